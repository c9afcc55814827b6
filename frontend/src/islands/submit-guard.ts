// A second click on a button that is already sending sends nothing. The server is safe anyway (each form carries
// an idempotency key); this spares the visitor the doubt.

/** Guards every form of the page, those that arrive later too. */
export function guardSubmits(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset["sending"] === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset["sending"] = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });

  // Coming back with the Back button shows the page as it was left: ready to be sent again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sending]")) {
      delete form.dataset["sending"];
      for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    }
  });
}
