// What one sees of an input: its summary, the ways to give it, the panel of one of them.

import { button, el, freshId } from "../map/elements.js";
import { sayInSheet } from "../map/sheet.js";
import { attributeFields } from "./attributes.js";

const MOST_LISTED = 20;

/** The widget in the place of a features or table input's field. */
export class FeatureWidget {
  constructor(input, ways) {
    this.input = input;
    this.live = el("p", { class: "visually-hidden", role: "status" });
    this.said = el("p", { class: "widget-summary" });
    this.problem = el("p", { class: "problem", role: "alert" });
    this.items = el("ul", { class: "widget-items" });
    this.panel = el("div", { class: "widget-panel", hidden: true, id: freshId("panel") });
    const say = (text) => {
      this.live.textContent = text;
      if (input.map) sayInSheet(input.map, text);
    };
    this.ways = ways.map((way) => way(input, say)).filter(Boolean);
    this.buttons = this.ways.map((way) =>
      button(way.label, () => this.toggle(way), {
        "aria-expanded": "false", "aria-controls": this.panel.id, "data-way": way.id,
      }),
    );
    this.actions = el("span", { class: "widget-actions" },
      input.map && button(gettext("Zoom to it"), () => input.zoom(), { "data-act": "zoom" }),
      button(gettext("Delete all"), () => (input.clear(), say(input.words), this.buttons[0].focus()), { "data-act": "clear" }));
    const ids = input.field.getAttribute("aria-describedby");
    this.element = el("div", { class: "widget", "aria-describedby": ids },
      el("div", { class: "widget-head" }, this.said, this.actions),
      this.problem, this.items,
      el("div", { class: "widget-row", role: "group", "aria-label": gettext("Ways to give it") }, ...this.buttons),
      this.panel, this.live);
    this.#place();
    input.addEventListener("change", () => this.show());
    this.show();
  }

  /** Open a way's panel, or close it. */
  toggle(way) {
    const was = this.open === way;
    this.close();
    if (was) return;
    this.open = way;
    this.panel.replaceChildren(way.panel);
    this.panel.hidden = false;
    this.#mark();
    way.open?.();
  }

  close() {
    this.open?.close?.();
    this.open = null;
    this.panel.hidden = true;
    this.#mark();
  }

  /** Begin to draw. */
  draw() {
    const way = this.ways.find((one) => one.id === "draw");
    if (this.open !== way) this.toggle(way);
    way.start();
  }

  show() {
    const { input } = this;
    this.said.textContent = input.words;
    this.problem.textContent = input.problem;
    const isEmpty = !input.field.value.trim();
    this.element.classList.toggle("is-empty", isEmpty);
    this.actions.hidden = isEmpty;
    if (this.items.contains(document.activeElement) && document.activeElement.matches("input")) return;
    this.items.replaceChildren(...this.#rows());
  }

  /** Return an item for each feature, if there are few and each may be changed. */
  #rows() {
    const list = this.input.list ?? [];
    if (list.length > MOST_LISTED || this.input.isDefault) return [];
    const needsRows = list.length > 1 || this.input.declared?.length;
    return needsRows ? list.map((one, at) => this.#row(one, at + 1)) : [];
  }

  #row(feature, number) {
    const label = interpolate(gettext("Delete feature %(number)s"), { number }, true);
    const remove = () => {
      this.input.remove(feature);
      this.buttons[0].focus();
    };
    return el("li", {}, el("span", { text: `${number}.` }),
      ...attributeFields(this.input, feature, number),
      button("✕", remove, { "aria-label": label, title: label }));
  }

  #mark() {
    this.ways.forEach((way, at) => this.buttons[at].setAttribute("aria-expanded", String(way === this.open)));
  }

  /** Stand in for the field, which stays in the form; links to it lead here. */
  #place() {
    const { field } = this.input;
    field.before(this.element);
    field.classList.add("visually-hidden");
    field.tabIndex = -1;
    document.addEventListener("click", (event) => {
      if (!event.target.closest?.(`a[href="#${CSS.escape(field.id)}"]`)) return;
      event.preventDefault();
      this.buttons[0].focus();
      this.element.scrollIntoView({ block: "center" });
    });
  }
}
