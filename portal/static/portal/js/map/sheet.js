// On a small screen the map is a preview that opens to the whole screen to draw on.

import { el } from "./elements.js";

const SMALL = matchMedia("(max-width: 47.98rem)");
const sheets = new WeakMap();

/** Tell if the screen is small. */
export const isSmall = () => SMALL.matches;

/** Make the map of an element one that opens to the whole screen. */
export function prepareSheet(map, element) {
  const open = el("button", {
    type: "button", class: "map-open btn btn-light",
    text: document.querySelector("[data-control=features], [data-control=extent]")
      ? gettext("Open map to draw") : gettext("Open map"),
  });
  element.after(open);
  element.parentElement.classList.add("map-holder");
  const sheet = new Sheet(map, element, open);
  sheets.set(map, sheet);
  open.addEventListener("click", () => {
    sheet.open();
    map.dispatchEvent("sheetopen");
  });
}

/** Open a map to the whole screen if it is small; `actions`: undo, done, cancel. */
export function openSheet(map, actions) {
  if (isSmall()) sheets.get(map)?.open(actions);
}

/** Close what `openSheet` has opened. */
export const closeSheet = (map) => sheets.get(map)?.close();

/** Say a sentence in the sheet of a map: what lies outside of it is not heard. */
export function sayInSheet(map, text) {
  const sheet = sheets.get(map);
  if (sheet?.isOpen) sheet.said.textContent = text;
}

class Sheet {
  constructor(map, element, opener) {
    Object.assign(this, { map, element, opener, actions: {}, isOpen: false });
    this.holder = element.parentElement;
    const press = (text, name, look) =>
      el("button", { type: "button", class: `btn ${look}`, text, onclick: () => this.#press(name) });
    this.bar = el("div", { class: "map-sheet-bar", role: "group", "aria-label": gettext("Drawing"), hidden: true },
      press(gettext("Undo"), "undo", "btn-outline-secondary"),
      press(gettext("Done"), "done", "btn-primary"),
      press(gettext("Cancel"), "cancel", "btn-outline-secondary"));
    this.said = el("p", { class: "map-sheet-said", role: "status" });
    this.holder.append(this.said, this.bar);
    this.holder.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isOpen && !event.defaultPrevented) this.#press("cancel");
    });
    SMALL.addEventListener("change", () => SMALL.matches || this.close());
  }

  open(actions = {}) {
    this.actions = actions;
    if (this.isOpen) return;
    this.isOpen = true;
    this.before = document.activeElement;
    this.#set(true);
    this.element.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#set(false);
    (this.before?.isConnected ? this.before : this.opener).focus();
  }

  #set(open) {
    this.holder.classList.toggle("is-sheet", open);
    document.body.classList.toggle("has-sheet", open);
    this.bar.hidden = !open;
    if (open) {
      this.holder.setAttribute("role", "dialog");
      this.holder.setAttribute("aria-modal", "true");
      this.holder.setAttribute("aria-label", gettext("Map"));
    } else for (const name of ["role", "aria-modal", "aria-label"]) this.holder.removeAttribute(name);
    for (const one of outside(this.holder)) one.inert = open;
    this.map.updateSize();
  }

  #press(name) {
    const { actions } = this;
    actions[name]?.();
    if (name !== "undo") this.close();
  }
}

/** Yield the elements of the page that hold no part of an element. */
function* outside(element) {
  for (let one = element; one !== document.body; one = one.parentElement) {
    for (const other of one.parentElement.children) {
      if (other !== one && other.tagName !== "SCRIPT") yield other;
    }
  }
}
