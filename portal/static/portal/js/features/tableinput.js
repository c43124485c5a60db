// The value of a table input: its rows, and its field's text.

/** Keeps one table input; what widgets ask of it is what they ask of features. */
export class TableInput extends EventTarget {
  constructor(control) {
    super();
    this.field = control.querySelector("textarea");
    this.config = JSON.parse(control.querySelector("script[type='application/json']").textContent);
    this.place = { ...control.querySelector("[data-features]").dataset };
    this.place.service = this.field.form.dataset.task.replace(/\/[^/]+$/, "");
    this.most = Number(this.place.maxFeatures) || Infinity;
    this.field.addEventListener("change", () => this.writing || this.#read());
    this.#read();
  }

  get declared() {
    return this.config.fields ?? [];
  }

  /** Put rows, objects of attributes, in the place of all that was there. */
  replace(rows, fields, origin = "") {
    Object.assign(this, { list: rows, fields, origin, source: null });
    const features = rows.map((attributes) => ({ attributes }));
    this.#put(rows.length ? JSON.stringify({ fields, features }) : "");
  }

  refer(source, about, fields = []) {
    Object.assign(this, { list: [], fields, source, about });
    this.#put(JSON.stringify(source));
  }

  clear() {
    this.replace([], []);
  }

  remove(row) {
    this.replace(this.list.filter((one) => one !== row), this.fields);
  }

  /** Return how many rows there are. */
  rowsWord(count) {
    return interpolate(ngettext("%(count)s row", "%(count)s rows", count), { count }, true);
  }

  get words() {
    if (this.source) return this.about ?? gettext("A source that the server reads.");
    const count = this.list.length;
    if (!count) return this.unread ? gettext("What is in the field could not be read.") : gettext("Nothing yet.");
    return this.rowsWord(count) + (this.origin ? ` (${this.origin})` : "");
  }

  get problem() {
    if (this.list.length <= this.most) return "";
    const text = gettext("At most %(most)s rows. You have %(count)s.");
    return interpolate(text, { most: this.most, count: this.list.length }, true);
  }

  /** There is no map of a table. */
  zoom() {}

  #put(text) {
    this.writing = true;
    this.field.value = text;
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
    this.writing = false;
    this.#tell();
  }

  #read() {
    Object.assign(this, { list: [], fields: [], origin: "", source: null, unread: false });
    try {
      const value = this.field.value.trim() ? JSON.parse(this.field.value) : {};
      if (value.url || value.itemID) Object.assign(this, { source: value, about: value.url });
      this.list = (value.features ?? []).map((one) => one.attributes ?? {});
      this.fields = value.fields ?? [];
    } catch {
      this.unread = true;
    }
    this.#tell();
  }

  #tell() {
    const fields = this.fields.map(({ name, type, alias }) => ({ name, type, alias }));
    this.field.dispatchEvent(new CustomEvent("fieldschange", { detail: { fields }, bubbles: true }));
    this.dispatchEvent(new Event("change"));
  }
}
