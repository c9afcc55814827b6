// Shows how long a held time is still kept. The deadline is the server's; this page only counts towards it, so a
// reload, a sleeping phone or a wrong clock changes nothing. Without JavaScript the sentence names the deadline.
//
//   <div class="hold" data-deadline="2026-11-20T12:38:00Z" data-server-now="2026-11-20T12:30:00Z" data-seconds="480">
//     <svg class="ring">… <circle data-ring/> <text data-clock></text></svg>
//     <p data-kept>…</p> <p data-over hidden>…</p>
//     <p role="status" data-announce data-minutes-5="…" data-minutes-2="…" data-minutes-1="…"></p>
//   </div>

const CIRCUMFERENCE = 2 * Math.PI * 19;
const ANNOUNCED_MINUTES = [5, 2, 1];

/** Starts the countdown of every hold on the page. */
export function startHoldCountdowns(root: ParentNode = document): void {
  for (const panel of root.querySelectorAll<HTMLElement>("[data-deadline]")) countDown(panel);
}

function countDown(panel: HTMLElement): void {
  const deadline = Date.parse(panel.dataset["deadline"] ?? "");
  const serverNow = Date.parse(panel.dataset["serverNow"] ?? "");
  const total = Number(panel.dataset["seconds"]);
  if (Number.isNaN(deadline) || Number.isNaN(serverNow) || !total) return;

  // Date.now() at the first paint stands for the server's clock when it rendered the page.
  const skew = serverNow - Date.now();
  let announced = Number.POSITIVE_INFINITY;

  const tick = (): void => {
    const left = Math.max(0, Math.ceil((deadline - Date.now() - skew) / 1000));
    draw(panel, left, total);
    for (const minutes of ANNOUNCED_MINUTES) {
      if (left <= minutes * 60 && left > minutes * 60 - 5 && minutes < announced) {
        announced = minutes;
        announce(panel, minutes);
      }
    }
    if (left === 0) {
      clearInterval(timer);
      showAsOver(panel);
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
}

function draw(panel: HTMLElement, left: number, total: number): void {
  const clock = panel.querySelector<SVGTextElement>("[data-clock]");
  const ring = panel.querySelector<SVGCircleElement>("[data-ring]");
  if (clock) clock.textContent = shortTime(left);
  if (ring) {
    ring.style.strokeDasharray = String(CIRCUMFERENCE);
    ring.style.strokeDashoffset = String(CIRCUMFERENCE * (1 - Math.min(1, left / total)));
  }
}

/** Minutes and seconds; of more than there is room for, whole minutes, and nothing where they are too many. */
function shortTime(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes > 999) return "";
  return minutes > 99 ? `${minutes}′` : `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Says the remaining minutes to a screen reader: at five, two and one, not every second. */
function announce(panel: HTMLElement, minutes: number): void {
  const status = panel.querySelector<HTMLElement>("[data-announce]");
  if (status) status.textContent = status.dataset[`minutes-${minutes}`] ?? "";
}

function showAsOver(panel: HTMLElement): void {
  panel.classList.add("hold-over");
  panel.querySelector<HTMLElement>("[data-kept]")?.toggleAttribute("hidden", true);
  const over = panel.querySelector<HTMLElement>("[data-over]");
  over?.toggleAttribute("hidden", false);
  const status = panel.querySelector<HTMLElement>("[data-announce]");
  if (status) status.textContent = over?.textContent ?? "";
}
