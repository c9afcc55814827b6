// While files are being sent the page says how far it is; without this the browser does, in its own small way.

export function showUploadProgress(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("upload" in form.dataset)) return;
    event.preventDefault();
    const line = form.querySelector<HTMLElement>(".upload-progress");
    const bar = line?.querySelector("progress");
    const button = form.querySelector("button");
    const request = new XMLHttpRequest();
    if (line) line.hidden = false;
    if (button) button.disabled = true;
    request.upload.addEventListener("progress", (sent) => {
      if (bar && sent.lengthComputable) bar.value = (100 * sent.loaded) / sent.total;
    });
    // What became of each file is said on the page itself, which is asked for anew.
    request.addEventListener("loadend", () => {
      if (request.status === 204) location.assign(location.pathname);
      else form.submit();
    });
    request.open("POST", form.action);
    request.setRequestHeader("X-Upload", "in-place");
    request.send(new FormData(form));
  });
}
