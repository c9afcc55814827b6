// Passkeys need a browser that has them: what offers one is hidden in the page until we know.

/** Shows what needs passkeys where there are any, and says it in words when one did not work. */
export function revealPasskeys(): void {
  if (!("PublicKeyCredential" in window)) return;
  for (const element of document.querySelectorAll<HTMLElement>("[data-needs-passkeys]")) element.hidden = false;

  document.addEventListener("allauth.error", (event) => {
    const problem = document.querySelector<HTMLElement>("[data-passkey-problem]");
    if (!problem) return;
    event.preventDefault();
    problem.hidden = false;
  });
}
