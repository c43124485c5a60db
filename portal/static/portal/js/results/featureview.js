// One layer of features on the map: as features while they are few, else as a picture.

import { styleFunction, fieldsOf } from "./renderers.js";
import { drawn, pictureLayer } from "./pictures.js";
import { bufferedExtent, offsetOf, windowOf, within } from "./windows.js";

/** Most features that the map holds at once. */
export const MOST = 2000;
const geojson = () => new ol.format.GeoJSON({ featureProjection: "EPSG:3857" });

/** A layer of features of a job; `changed(state)` hears of what is shown. */
export class FeatureView {
  constructor(rest, map, about, zIndex, changed = () => {}) {
    Object.assign(this, { rest, map, about, changed });
    this.path = `layers/${about.id}`;
    this.renderer = about.drawingInfo?.renderer;
    this.visible = true;
    this.loaded = null;
    this.turn = 0;
    this.source = new ol.source.Vector();
    this.layer = new ol.layer.Vector({ source: this.source, zIndex, style: styleFunction(this.renderer) });
    this.layer.set("view", this);
    this.picture = pictureLayer(rest, () => drawn(about.id, this.drawingInfo()), {
      drawn: () => this.#pictured(), failed: () => {},
    });
    this.picture.setVisible(false);
    this.picture.setZIndex(zIndex);
    this.layers = [this.picture, this.layer];
    this.layers.forEach((one) => map.addLayer(one));
    this.moved = () => this.refresh();
    map.on("moveend", this.moved);
  }

  /** True while the server draws the layer. */
  get isPicture() {
    return this.picture.getVisible() && this.visible;
  }

  get opacity() {
    return this.layer.getOpacity();
  }

  drawingInfo() {
    return { renderer: this.renderer, transparency: this.about.drawingInfo?.transparency ?? 0 };
  }

  /** Return the extent of all features in Web Mercator, undefined if there are none. */
  async extent() {
    this.whole ??= this.rest.get(`${this.path}/query`, {
      where: "1=1", returnExtentOnly: "true", returnCountOnly: "true", outSR: "3857",
    });
    const found = (await this.whole).extent;
    const sides = found && [found.xmin, found.ymin, found.xmax, found.ymax].map(Number);
    return sides?.every(Number.isFinite) ? sides : undefined;
  }

  /** Load what the map shows now, unless it is there already. */
  async refresh() {
    const now = windowOf(this.map);
    if (!this.visible || !now || this.#covers(now)) return;
    const turn = ++this.turn;
    const extent = bufferedExtent(now.extent);
    try {
      const isLarge = this.about.count > MOST;
      const count = isLarge ? await this.#count(extent) : this.about.count;
      if (turn !== this.turn) return;
      if (count > MOST) await this.#asPicture(now, extent, turn);
      else await this.#asFeatures(now, extent, turn, count);
    } catch (error) {
      if (turn === this.turn) this.changed({ error });
    }
  }

  setVisible(visible) {
    this.visible = visible;
    this.layer.setVisible(visible);
    this.picture.setVisible(visible && this.mode === "picture");
    if (visible) this.refresh();
  }

  setOpacity(opacity) {
    this.layers.forEach((one) => one.setOpacity(opacity));
  }

  /** Draw the layer with another renderer; its fields may have to be loaded. */
  async setRenderer(renderer) {
    const known = new Set(this.#fields());
    this.renderer = renderer;
    this.layer.setStyle(styleFunction(renderer));
    this.picture.renew();
    if (this.#fields().some((one) => !known.has(one))) {
      this.loaded = null;
      await this.refresh();
    }
  }

  /** Return a feature by its object id, with its whole geometry; asked if need be. */
  async feature(id) {
    const here = this.source.getFeatureById(id);
    if (here) return here;
    const found = await this.rest.get(`${this.path}/query`, {
      objectIds: String(id), outFields: this.about.objectIdField, f: "geojson",
      maxAllowableOffset: offsetOf(this.map.getView().getResolution() / 4),
    });
    return geojson().readFeatures(found)[0];
  }

  dispose() {
    this.map.un("moveend", this.moved);
    this.turn = Infinity;
    this.layers.forEach((one) => this.map.removeLayer(one));
  }

  #fields() {
    const about = this.about;
    return [...new Set([about.objectIdField, about.displayField, ...fieldsOf(this.renderer)])].filter(Boolean);
  }

  #covers(now) {
    const known = this.loaded;
    if (!known) return false;
    if (!known.extent && this.about.geometryType.endsWith("oint")) return true;
    if (now.resolution < known.resolution / 3) return false;
    if (!known.extent) return true;
    return now.resolution < known.resolution * 3 && ol.extent.containsExtent(known.extent, now.extent);
  }

  async #count(extent) {
    if (!extent) return this.about.count;
    const asked = { where: "1=1", returnCountOnly: "true", ...within(extent) };
    return (await this.rest.get(`${this.path}/query`, asked)).count;
  }

  async #asPicture(now, extent, turn) {
    this.mode = "picture";
    const isFirst = !this.picture.getVisible();
    this.picture.setVisible(this.visible);
    this.loaded = null;
    this.shown = null;
    if (!isFirst) return this.changed({ picture: true });
    const first = await this.#query(now, extent); // something to see while it is drawn
    if (turn !== this.turn || this.hasPicture) return this.changed({ picture: true });
    this.#replace(first);
    this.changed({ count: first.length });
  }

  #pictured() {
    if (this.mode !== "picture") return;
    this.hasPicture = true;
    this.source.clear(true);
    this.changed({ picture: true });
  }

  async #asFeatures(now, extent, turn, count) {
    const isWhole = this.about.count <= MOST && (!this.loaded || now.resolution >= this.loaded.resolution / 3);
    const place = isWhole ? null : extent;
    const features = await this.#query(now, place);
    if (turn !== this.turn) return;
    this.mode = "features";
    this.hasPicture = false;
    this.picture.setVisible(false);
    this.#replace(features);
    this.loaded = { extent: place, resolution: now.resolution };
    this.changed({ count: place ? features.length : Math.max(count, features.length) });
  }

  async #query(now, extent) {
    const isPoint = this.about.geometryType.endsWith("oint");
    const found = await this.rest.get(`${this.path}/query`, {
      where: "1=1", outFields: this.#fields().join(","), f: "geojson",
      resultRecordCount: String(MOST), ...within(extent),
      ...(isPoint ? {} : { maxAllowableOffset: offsetOf(now.resolution) }),
    });
    return geojson().readFeatures(found);
  }

  #replace(features) {
    this.source.clear(true);
    this.source.addFeatures(features);
  }
}
