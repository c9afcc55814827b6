// Repeats the chosen time in the summary and on the button ("Hold 16:30"). Without JavaScript the button says
// "Continue" and does the same.

/** Follows the choice of a time, on pages that have times to choose. */
export function followSlotChoice(): void {
  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.name === "start") showChoice(event.target);
  });
  // A browser that restores the form after Back restores the choice without an event.
  addEventListener("pageshow", () => {
    const chosen = document.querySelector<HTMLInputElement>('input[name="start"]:checked');
    if (chosen) showChoice(chosen);
  });
}

function showChoice(slot: HTMLInputElement): void {
  for (const place of document.querySelectorAll<HTMLElement>("[data-chosen]")) {
    place.textContent = slot.dataset["when"] ?? "";
    place.closest<HTMLElement>("[data-chosen-row]")?.toggleAttribute("hidden", false);
  }
  for (const button of document.querySelectorAll<HTMLElement>("[data-choose-label]")) {
    button.textContent = slot.dataset["label"] ?? "";
  }
}
