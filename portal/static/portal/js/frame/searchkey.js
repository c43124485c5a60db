// "/" goes to the search of tools; who types by voice can switch that off in the help.

import { openNarrowMenu } from "./narrow.js";

const KEY = "cairn.searchKeyOff";

function isOff() {
  return localStorage.getItem(KEY) !== null;
}

function isTyping(target) {
  return target.isContentEditable || target.closest("input, textarea, select, [role=application]");
}

/** Let the key reach the search, and the box of the help switch it off. */
export function searchKey() {
  const field = document.querySelector("[data-search]");
  const hint = document.querySelector("[data-search-key]");
  const box = document.querySelector("[data-search-key-switch]");

  function show() {
    if (hint) hint.hidden = isOff();
    if (box) box.checked = !isOff();
  }

  show();
  box?.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "yes");
    show();
  });
  document.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key !== "/" || !isPlain || isOff() || isTyping(event.target)) return;
    event.preventDefault();
    openNarrowMenu();
    field?.focus();
    field?.select();
  });
}
