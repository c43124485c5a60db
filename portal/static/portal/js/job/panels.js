// Pages that ask something, shown in a dialog of the page: cancel, share, rename, delete.

import { offerCopies } from "./copying.js";
import { showTimes } from "./times.js";

/**
 * Let links with data-opens-panel open their page's panel in a dialog.
 * @param {(page: Document) => void} changed called with the job's page after a change
 */
export function openPanels(changed) {
  const dialog = document.createElement("dialog");
  dialog.className = "panel-dialog";
  dialog.setAttribute("aria-labelledby", "panel-title");
  document.body.append(dialog);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-opens-panel], a[data-closes-panel]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if ("closesPanel" in link.dataset) {
      if (!dialog.contains(link)) return;
      event.preventDefault();
      dialog.close();
    } else {
      event.preventDefault();
      open(dialog, link.href);
    }
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("submit", (event) => {
    if (!("inPlace" in event.target.dataset)) return;
    event.preventDefault();
    send(dialog, event.target, changed);
  });
}

async function open(dialog, url) {
  try {
    const { page } = await asked(url);
    if (!show(dialog, page)) throw new Error("no panel");
    if (!dialog.open) dialog.showModal();
  } catch {
    location.assign(url);
  }
}

async function send(dialog, form, changed) {
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const { page } = await asked(form.action, { method: "POST", body: new FormData(form) });
    if (show(dialog, page)) return;
    dialog.close();
    if (!page.querySelector("[data-job]")) location.reload();
    else changed(page);
  } catch {
    button.disabled = false;
    form.submit();
  }
}

async function asked(url, options = {}) {
  const answer = await fetch(url, options);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { answer, page };
}

/** Show a page's panel in the dialog; false if it has none. */
function show(dialog, page) {
  const panel = page.querySelector("[data-panel]");
  if (!panel) return false;
  dialog.replaceChildren(panel);
  showTimes(dialog);
  offerCopies(dialog);
  return true;
}
