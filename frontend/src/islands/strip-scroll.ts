// Brings the chosen day of the strip into view, without moving the page.

/** Scrolls each strip of days below `root` so that its chosen day is visible. */
export function revealChosenDay(root: ParentNode = document): void {
  for (const strip of root.querySelectorAll<HTMLElement>(".strip")) {
    const chosen = strip.querySelector<HTMLElement>("[aria-current]");
    if (!chosen) continue;
    const start = strip.getBoundingClientRect();
    const day = chosen.getBoundingClientRect();
    if (day.left < start.left || day.right > start.right) {
      strip.scrollBy({ left: day.left - start.left - (start.width - day.width) / 2 });
    }
  }
}
