// The value of a features input: what is on the map, what its field says, and in words.

import { addLayer, outlined } from "../map/theme.js";
import { extentOfData, showExtent } from "../map/extent.js";
import { esriType, featureSet, projectionOf, readValue } from "./esri.js";
import { counted, kindOf, summary } from "./summary.js";

/** The basemap has little to show closer than that. */
const FIRST_ZOOM = 7;

/** Keeps one features input: its field, its layer on the map, the limits. */
export class FeatureInput extends EventTarget {
  constructor(control, map) {
    super();
    this.map = map;
    this.control = control;
    this.name = control.dataset.name;
    this.field = control.querySelector("textarea");
    this.config = JSON.parse(control.querySelector("script[type='application/json']").textContent);
    this.place = { ...control.querySelector("[data-features]").dataset };
    this.place.service = this.field.form.dataset.task.replace(/\/[^/]+$/, "");
    this.most = Number(this.place.maxFeatures) || Infinity;
    this.features = new ol.source.Vector();
    this.layer = addLayer(map, this.features, (now) => outlined(now.input, now.inputFill), 20);
    this.preview = new ol.source.Vector();
    addLayer(map, this.preview, (now) => outlined(now.source, undefined, { dash: [4, 4], radius: 4 }), 15);
    this.isDefault = this.field.value === this.config.default;
    this.#read();
    this.field.addEventListener("change", () => this.writing || this.#read());
    this.field.addEventListener("input", () => this.writing || this.#read());
  }

  /** The types of geometry that the parameter takes, as Esri names them; [] for all. */
  get types() {
    return this.config.geometryTypes ?? [];
  }

  /** Tell if the parameter takes a kind of geometry ("Point", "LineString", "Polygon"). */
  takes(kind) {
    return !this.types.length || this.types.some((one) => kindOf(one) === kind);
  }

  /** The features that were drawn, selected, pasted or read. */
  get list() {
    return this.features.getFeatures();
  }

  /** Put features in the place of all that was there. */
  replace(features, fields = [], origin = "") {
    this.#forget();
    this.fields = fields;
    this.origin = origin;
    this.features.addFeatures(features);
    this.write();
  }

  /** Add features to those that are there; a default or another kind gives way. */
  add(features, fields = []) {
    const former = this.list;
    const isOther = former.length && esriType(former[0]) !== esriType(features[0]);
    if (this.isDefault || this.source || this.raw || isOther) this.replace(features, fields);
    else {
      const known = this.fields.map((one) => one.name);
      this.fields = [...this.fields, ...fields.filter((one) => !known.includes(one.name))];
      this.features.addFeatures(features);
      this.write();
    }
  }

  remove(feature) {
    this.features.removeFeature(feature);
    this.write();
  }

  /** Take away the feature that was added last. */
  removeLast() {
    const last = this.list.at(-1);
    if (last) this.remove(last);
  }

  /** Return the text of the field now, for `restore`. */
  snapshot() {
    return this.field.value;
  }

  /** Go back to a text that the field had. */
  restore(text) {
    if (text === this.field.value) return;
    this.#put(text);
    this.#read();
  }

  /** Name a source in the place of features; `about` says what it is in words. */
  refer(source, about, fields = [], shown = []) {
    this.#forget();
    Object.assign(this, { source, about, fields });
    this.preview.addFeatures(shown);
    this.#put(JSON.stringify(source));
  }

  /** Take a feature set that the map cannot show as it is. */
  keep(found, origin = "") {
    this.#forget();
    Object.assign(this, { raw: found.raw, count: found.count, wkid: found.wkid, origin });
    this.#put(found.raw);
  }

  clear() {
    this.#forget();
    this.#put("");
  }

  /** Write the features of the map into the field. */
  write() {
    const list = this.list;
    const fields = this.fields.length ? this.fields : this.declared;
    this.#put(list.length ? JSON.stringify(featureSet(list, fields, this.types)) : "");
  }

  /** The few fields that the parameter declares, which get inputs for each feature. */
  get declared() {
    return this.config.fields ?? [];
  }

  /** What the input holds, in words. */
  get words() {
    if (this.source) return this.about ?? gettext("A source that the server reads.");
    if (this.raw) {
      const text = gettext("%(count)s in EPSG:%(wkid)s, which this map does not show");
      return interpolate(text, { count: counted("", this.count), wkid: this.wkid }, true);
    }
    if (this.unread) return gettext("What is in the field could not be read.");
    const origin = this.origin ? ` (${this.origin})` : "";
    return summary(this.list) + origin + (this.isDefault && this.list.length ? ` – ${gettext("the default")}` : "");
  }

  /** What is wrong with it, as a sentence; "" if nothing is. */
  get problem() {
    const count = this.raw ? this.count : this.list.length;
    if (count > this.most) {
      const text = gettext("At most %(most)s features. You have %(count)s.");
      return interpolate(text, { most: this.most, count }, true);
    }
    const wrong = this.list.find((one) => !this.takes(kindOf(esriType(one))));
    return wrong ? gettext("This input takes another kind of geometry.") : "";
  }

  /** Show on the map what the input holds. */
  zoom() {
    const shown = this.list.length ? this.features : this.preview;
    if (!ol.extent.isEmpty(shown.getExtent())) showExtent(this.map, shown.getExtent());
  }

  #forget() {
    this.features.clear();
    this.preview.clear();
    Object.assign(this, { source: null, raw: "", about: "", fields: [], origin: "", unread: false });
    this.isDefault = false;
  }

  #put(text) {
    this.writing = true;
    this.field.value = text;
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
    this.writing = false;
    this.tell();
  }

  /** Tell the form which fields the input has now. */
  tell() {
    const fields = this.fields.map(({ name, type, alias }) => ({ name, type, alias }));
    const event = new CustomEvent("fieldschange", { detail: { fields }, bubbles: true });
    this.field.dispatchEvent(event);
    this.dispatchEvent(new Event("change"));
  }

  #read() {
    const isDefault = this.field.value === this.config.default;
    this.#forget();
    this.isDefault = isDefault && Boolean(this.field.value);
    try {
      const found = readValue(this.field.value) ?? { features: [], fields: [] };
      Object.assign(this, { source: found.source ?? null, raw: found.raw ?? "" });
      Object.assign(this, { count: found.count, wkid: found.wkid, fields: found.fields ?? [] });
      if (found.features && found.wkid) this.map.set("reference", projectionOf(found.wkid));
      this.features.addFeatures(found.features ?? []);
      if (found.source) this.about = found.source.url ?? gettext("An uploaded file");
    } catch {
      this.unread = true;
    }
    this.tell();
    if (this.list.length) showExtent(this.map, extentOfData(this.map), { maxZoom: FIRST_ZOOM, atOnce: true });
  }
}
