// The tabs of a tool without a new page, and its run as code that can be copied.

import { sent } from "./fields.js";

/** Switch tabs in place, so that nothing of the form is lost. */
export function watchTabs(form, map) {
  document.querySelector("[data-tabs]").addEventListener("click", (event) => {
    const link = event.target.closest("[data-tab]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link.dataset.tab);
    const url = new URL(location.href);
    url.searchParams.set("tab", link.dataset.tab);
    history.replaceState(null, "", url);
    if (link.dataset.tab === "api") renew(form);
    if (link.dataset.tab === "run") map.updateSize();
  });
  document.addEventListener("click", copy);
  showCopyButtons();
}

function show(name) {
  for (const panel of document.querySelectorAll("[data-panel]")) {
    panel.hidden = panel.dataset.panel !== name;
  }
  for (const link of document.querySelectorAll("[data-tab]")) {
    const isHere = link.dataset.tab === name;
    link.classList.toggle("active", isHere);
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

async function renew(form) {
  const place = document.querySelector("[data-snippets]");
  place.setAttribute("aria-busy", "true");
  const answer = await fetch(`${form.dataset.page}code/`, { method: "POST", body: sent(form) });
  if (answer.ok && !answer.redirected) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...page.body.childNodes);
    showCopyButtons();
  }
  place.removeAttribute("aria-busy");
}

function showCopyButtons() {
  for (const one of document.querySelectorAll("[data-copy]")) one.hidden = false;
}

async function copy(event) {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy).textContent;
  const said = document.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = gettext("Copied.");
  } catch {
    getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    said.textContent = gettext("Press Ctrl+C to copy what is selected.");
  }
}
