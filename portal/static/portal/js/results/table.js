// The table of a result, a page at a time from the server, linked with the map.

import { cellText, countText, isNumber } from "./cells.js";
import { button, el } from "./elements.js";
import { whereOf } from "./filters.js";

/** Rows of a page. */
export const ROWS = 100;

/** A table: sorted, filtered and paged by the server; its rows select features. */
export class TablePanel {
  constructor(place, view, selection) {
    Object.assign(this, { view, selection });
    this.fields = view.about.fields;
    this.id = view.about.objectIdField;
    this.hidden = new Set();
    this.filters = {};
    this.where = "1=1";
    this.order = { field: this.id, way: "ASC" };
    this.page = 0;
    this.status = el("p", { class: "table-status", role: "status" });
    this.body = el("tbody");
    this.head = el("thead");
    this.table = el("table", { class: "table table-sm result-table" },
      el("caption", { class: "visually-hidden" }, view.about.name), this.head, this.body);
    this.pager = el("nav", { class: "pager", "aria-label": gettext("Pages of the table") });
    this.scroller = el("div", { class: "table-scroll", tabIndex: 0, role: "region", "aria-label": view.about.name }, this.table);
    place.append(this.scroller, el("div", { class: "table-foot" }, this.status, this.pager));
    this.tools = el("span", { class: "dock-tools" }, this.#filterButton(), this.#columns());
    this.selected = () => this.#follow();
    selection.addEventListener("change", this.selected);
    this.#drawHead();
  }

  dispose() {
    this.selection.removeEventListener("change", this.selected);
    this.turn = Infinity;
  }

  /** Ask for the page, and show it. */
  async load() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.scroller.setAttribute("aria-busy", "true");
    try {
      this.where = whereOf(this.fields, this.filters);
      const [{ count }, found] = await Promise.all([this.#ask({ returnCountOnly: "true" }), this.#rows()]);
      if (turn !== this.turn) return;
      this.count = count;
      this.rows = found.features.map((one) => one.attributes);
      this.#drawBody();
    } catch (error) {
      if (turn === this.turn) this.#say(error.message, true);
    }
    this.scroller.removeAttribute("aria-busy");
  }

  #ask(params) {
    return this.view.rest.get(`${this.view.path}/query`, { where: this.where, ...params });
  }

  #rows() {
    const shown = this.#shown().map((one) => one.name);
    return this.#ask({
      outFields: [...new Set([this.id, ...shown])].join(","), returnGeometry: "false",
      orderByFields: this.#orderText(), resultOffset: String(this.page * ROWS), resultRecordCount: String(ROWS),
    });
  }

  #orderText() {
    const { field, way } = this.order;
    return field === this.id ? `${field} ${way}` : `${field} ${way},${this.id} ASC`;
  }

  #shown() {
    return this.fields.filter((one) => !this.hidden.has(one.name));
  }

  #drawHead() {
    const names = this.#shown().map((field) => {
      const isSorted = this.order.field === field.name;
      const way = isSorted ? (this.order.way === "ASC" ? "ascending" : "descending") : "none";
      const mark = { ascending: " ▲", descending: " ▼", none: "" }[way];
      const sort = button(`${field.alias || field.name}${mark}`, { class: "sort", on: { click: () => this.#sort(field) } });
      return el("th", { scope: "col", "aria-sort": way, class: isNumber(field) ? "is-number" : "", title: field.name }, sort);
    });
    const first = el("th", { scope: "col", class: "row-head" }, el("span", { class: "visually-hidden" }, gettext("Row")));
    this.head.replaceChildren(el("tr", {}, first, ...names));
    if (this.filtering) this.head.append(this.#filterRow());
  }

  #filterRow() {
    const cells = this.#shown().map((field) => {
      const label = interpolate(gettext("Filter %(field)s"), { field: field.alias || field.name }, true);
      const hint = isNumber(field) ? "> 5" : gettext("contains");
      const input = el("input", {
        type: "search", class: "form-control form-control-sm", "aria-label": label, placeholder: hint,
        value: this.filters[field.name] ?? "",
        on: { change: (event) => {
          this.filters[field.name] = event.target.value;
          this.page = 0;
          this.load();
        } },
      });
      return el("td", {}, input);
    });
    return el("tr", { class: "filters" }, el("td"), ...cells);
  }

  #drawBody() {
    const shown = this.#shown();
    this.body.replaceChildren(...this.rows.map((row) => this.#row(row, shown)));
    this.#rove(this.body.rows[0]);
    this.#mark();
    const from = this.page * ROWS;
    const counts = { from: countText(from + 1), to: countText(from + this.rows.length), count: countText(this.count) };
    const text = this.count
      ? interpolate(gettext("Rows %(from)s to %(to)s of %(count)s"), counts, true)
      : gettext("No row fits the filters.");
    this.#say(text);
    this.table.dataset.count = this.count;
    this.#drawPager();
  }

  #row(row, shown) {
    const id = row[this.id];
    const label = interpolate(gettext("Select feature %(id)s"), { id }, true);
    const choose = button("◎", { class: "choose", "aria-label": label, "aria-pressed": "false", tabIndex: -1 });
    const cells = shown.map((field) => el("td", { class: isNumber(field) ? "is-number" : "" }, cellText(field, row[field.name])));
    const made = el("tr", { on: {
      click: () => this.selection.select(this.view, id),
      dblclick: () => this.selection.select(this.view, id, { zoom: true }),
      keydown: (event) => this.#key(event, made, id),
    } }, el("td", { class: "row-head" }, choose), ...cells);
    made.dataset.id = id;
    return made;
  }

  #key(event, row, id) {
    const next = {
      ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling,
      Home: this.body.rows[0], End: this.body.rows[this.body.rows.length - 1],
    }[event.key];
    if (next) {
      event.preventDefault();
      this.#rove(next);
      next.querySelector(".choose").focus();
    } else if (event.key === "z") {
      this.selection.select(this.view, id, { zoom: true });
    }
  }

  /** Let one row be reached by Tab; the arrow keys go on from there. */
  #rove(row) {
    const before = this.body.querySelector('.choose[tabindex="0"]');
    if (before) before.tabIndex = -1;
    if (row) row.querySelector(".choose").tabIndex = 0;
  }

  #drawPager() {
    const last = Math.max(0, Math.ceil(this.count / ROWS) - 1);
    const go = (page) => {
      this.page = page;
      this.scroller.scrollTop = 0;
      return this.load();
    };
    const one = (text, label, page, off) =>
      button(text, { "aria-label": label, disabled: off, on: { click: () => go(page) } });
    const zoom = button(gettext("Zoom to selected"), { disabled: !this.selection.view, on: { click: () => {
      if (this.selection.view) this.selection.select(this.selection.view, this.selection.id, { zoom: true });
    } } });
    this.zoom = zoom;
    const pages = { page: countText(this.page + 1), pages: countText(last + 1) };
    this.pager.replaceChildren(
      ...(this.view.isTable ? [] : [zoom]),
      one("«", gettext("First page"), 0, this.page === 0),
      one("‹", gettext("Previous page"), this.page - 1, this.page === 0),
      el("span", {}, interpolate(gettext("Page %(page)s of %(pages)s"), pages, true)),
      one("›", gettext("Next page"), this.page + 1, this.page >= last),
      one("»", gettext("Last page"), last, this.page >= last),
    );
  }

  #sort(field) {
    const isSame = this.order.field === field.name;
    this.order = { field: field.name, way: isSame && this.order.way === "ASC" ? "DESC" : "ASC" };
    this.page = 0;
    this.#drawHead();
    this.head.querySelector('[aria-sort="ascending"] button, [aria-sort="descending"] button')?.focus();
    this.load();
  }

  #filterButton() {
    const open = button(gettext("Filter"), { "aria-expanded": "false" });
    open.addEventListener("click", () => {
      this.filtering = !this.filtering;
      open.setAttribute("aria-expanded", String(this.filtering));
      this.#drawHead();
      this.head.querySelector("input")?.focus();
    });
    return open;
  }

  #columns() {
    const list = this.fields.map((field) => {
      const box = el("input", { type: "checkbox", class: "form-check-input", checked: true, on: { change: () => {
        if (box.checked) this.hidden.delete(field.name);
        else this.hidden.add(field.name);
        this.#drawHead();
        this.load();
      } } });
      return el("li", {}, el("label", {}, box, ` ${field.alias || field.name}`));
    });
    return el("details", { class: "columns" }, el("summary", { class: "btn btn-sm btn-outline-secondary" }, gettext("Columns")), el("ul", {}, ...list));
  }

  /** Mark the row of what is selected, on another page if it is there. */
  async #follow() {
    this.#mark();
    if (this.zoom) this.zoom.disabled = !this.selection.view;
    const { view, id } = this.selection;
    if (view !== this.view || this.body.querySelector(".is-selected")) return;
    const found = await this.#ask({ returnIdsOnly: "true", orderByFields: this.#orderText() }).catch(() => ({}));
    const at = found.objectIds?.indexOf(id) ?? -1;
    if (at < 0 || this.selection.id !== id) return;
    this.page = Math.floor(at / ROWS);
    await this.load();
  }

  #mark() {
    for (const row of this.body.rows) {
      const isChosen = this.selection.view === this.view && row.dataset.id === String(this.selection.id);
      row.classList.toggle("is-selected", isChosen);
      row.querySelector(".choose").setAttribute("aria-pressed", String(isChosen));
      if (isChosen) {
        this.#rove(row);
        this.#reveal(row);
      }
    }
  }

  #reveal(row) {
    const top = row.offsetTop - this.head.offsetHeight;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop || row.offsetTop + row.offsetHeight > scrollTop + clientHeight) this.scroller.scrollTop = top;
  }

  #say(text, isError = false) {
    this.status.textContent = text;
    this.status.classList.toggle("is-error", isError);
  }
}
