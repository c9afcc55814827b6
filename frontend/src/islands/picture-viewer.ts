// A click on a picture opens it in a dialogue, with arrows and swipes to the others. Without this the link leads to
// the large file, and so it still does with a modifier key.

const SWIPE = 48;

export function openPicturesInPlace(): void {
  const viewer = document.querySelector<HTMLDialogElement>("#viewer");
  const image = viewer?.querySelector("img");
  const caption = viewer?.querySelector("figcaption");
  const links = [...document.querySelectorAll<HTMLAnchorElement>(".picture-link")];
  if (!viewer || !image || !caption || links.length === 0) return;
  let shown = 0;

  function show(index: number): void {
    shown = (index + links.length) % links.length;
    const link = links[shown];
    const small = link?.querySelector("img");
    if (!link || !small || !image || !caption) return;
    image.src = link.href;
    image.alt = small.alt;
    caption.textContent = link.dataset["caption"] ?? "";
    // The neighbours are likely next; one that has been fetched is not fetched again.
    for (const near of [shown + 1, shown - 1]) {
      const neighbour = links[(near + links.length) % links.length];
      if (neighbour) new Image().src = neighbour.href;
    }
  }

  for (const [index, link] of links.entries()) {
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      show(index);
      viewer.showModal();
    });
  }

  viewer.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-viewer]") : null;
    if (button?.dataset["viewer"] === "before") show(shown - 1);
    else if (button?.dataset["viewer"] === "after") show(shown + 1);
    else if (button || event.target === viewer) viewer.close();
  });

  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  viewer.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    show(shown + (event.key === forward ? 1 : -1));
  });

  let from: number | null = null;
  viewer.addEventListener("pointerdown", (event) => {
    from = event.pointerType === "touch" && event.isPrimary ? event.clientX : null;
  });
  viewer.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const way = event.clientX - from;
    from = null;
    if (Math.abs(way) > SWIPE) show(shown + (way < 0 === (forward === "ArrowRight") ? 1 : -1));
  });

  viewer.addEventListener("close", () => {
    image.removeAttribute("src");
    links[shown]?.focus();
  });
}
