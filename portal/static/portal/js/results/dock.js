// The place below the map where the table and the chart of a result are open.

import { button, el } from "./elements.js";
import { ChartPanel } from "./chart.js";
import { TablePanel } from "./table.js";

/** The dock of a map; it shows one result at a time. */
export class Dock {
  constructor(target, selection, rest) {
    Object.assign(this, { selection, rest });
    this.element = el("section", { class: "dock", hidden: true, "aria-label": gettext("Table") });
    target.closest(".job-map").after(this.element);
  }

  /** Open the table of a view, or close it if it is open; `opener` gets the focus back. */
  open(view, opener) {
    const isOpen = this.view === view && !this.element.hidden;
    this.close();
    if (isOpen) return;
    Object.assign(this, { view, opener });
    const body = el("div", { class: "dock-body" });
    this.table = new TablePanel(body, view, this.selection);
    const chart = button(gettext("Chart"), { "aria-expanded": "false" });
    chart.addEventListener("click", () => this.#chart(chart, body));
    this.element.replaceChildren(
      el("div", { class: "dock-head" }, el("h2", { class: "h6" }, view.about.name), this.table.tools, chart,
        button(gettext("Close"), { on: { click: () => { this.close(); opener?.focus(); } } })),
      body,
    );
    this.element.hidden = false;
    opener?.setAttribute("aria-expanded", "true");
    this.table.load();
    if (matchMedia("(max-width: 62rem)").matches) this.element.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.table?.dispose();
    this.table = this.chart = undefined;
    this.element.hidden = true;
    this.opener?.setAttribute("aria-expanded", "false");
  }

  dispose() {
    this.close();
    this.element.remove();
  }

  #chart(opener, body) {
    if (this.chart) {
      this.chart.element.remove();
      this.chart = undefined;
    } else {
      this.chart = new ChartPanel(this.view, () => this.table.where);
      body.prepend(this.chart.element);
    }
    opener.setAttribute("aria-expanded", String(Boolean(this.chart)));
  }
}
