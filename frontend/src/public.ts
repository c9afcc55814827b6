// The booking pages. Everything here is an extra: each page works without it.
import htmx from "htmx.org";
import { startHoldCountdowns } from "./islands/hold-countdown";
import { followSlotChoice } from "./islands/slot-choice";
import { revealChosenDay } from "./islands/strip-scroll";
import { guardSubmits } from "./islands/submit-guard";

// Back and Forward load the page anew: free times must not come from memory.
htmx.config.history = "reload";
htmx.config.includeIndicatorCSS = false;

startHoldCountdowns();
followSlotChoice();
guardSubmits();
revealChosenDay();

document.addEventListener("htmx:before:request", () => setBusy(true));
document.addEventListener("htmx:finally:request", () => setBusy(false));
document.addEventListener("htmx:after:swap", () => revealChosenDay());

// A day that could not be fetched in place is opened as a page of its own, which says what is wrong.
document.addEventListener("htmx:before:response", (event) => {
  const status = (event as CustomEvent<{ ctx: { response: { status: number } } }>).detail.ctx.response.status;
  if (status >= 400 && openAsPage(event.target)) event.preventDefault();
});
document.addEventListener("htmx:error", (event) => void openAsPage(event.target));

function openAsPage(source: EventTarget | null): boolean {
  const link = source instanceof Element ? source.closest("a") : null;
  if (link) location.assign(link.href);
  return link !== null;
}

function setBusy(busy: boolean): void {
  const when = document.getElementById("when");
  if (busy) when?.setAttribute("aria-busy", "true");
  else when?.removeAttribute("aria-busy");
}
