// One layer of features on the map: as features while they are few, else as a picture.

import { styleFunction, fieldsOf } from "./renderers.js";
import { drawn, pictureLayer } from "./pictures.js";
import { bufferedExtent, offsetOf, windowOf, within } from "./windows.js";

/** Most features that the map holds at once. */
export const MOST = 2000;
/** Features of a large layer that are shown until all are drawn. */
const FIRST = 500;
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
    const near = knownExtent(this.about.extent);
    if (near || !this.about.count) return near;
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
    const place = now && [...now.extent, now.resolution].join();
    if (!this.visible || !now || place === this.asking || this.#covers(now)) return;
    this.asking = place;
    const turn = ++this.turn;
    const extent = bufferedExtent(now.extent);
    try {
      const isMany = this.mode === "picture" && (await this.#count(extent)) > MOST;
      if (turn !== this.turn) return;
      if (isMany) this.changed({ picture: true });
      else await this.#load(now, extent, turn);
    } catch (error) {
      if (turn === this.turn) this.changed({ error });
    } finally {
      if (turn === this.turn) this.asking = undefined;
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
      this.loaded = this.asking = undefined;
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

  /** Load the features in view; of too many, the first are shown until they are drawn. */
  async #load(now, extent, turn) {
    const isFine = !this.loaded || now.resolution >= this.loaded.resolution / 3;
    const place = this.about.count <= MOST && isFine ? null : extent;
    const { features, isCut } = await this.#query(now, place);
    if (turn !== this.turn) return;
    this.mode = isCut ? "picture" : "features";
    this.loaded = isCut ? null : { extent: place, resolution: now.resolution };
    this.source.clear(true);
    const shown = isCut ? features.slice(0, FIRST) : features; // until the picture is there
    this.source.addFeatures(shown);
    this.picture.setVisible(isCut && this.visible);
    this.changed({ count: shown.length });
  }

  #pictured() {
    if (this.mode !== "picture") return;
    this.source.clear(true);
    this.changed({ picture: true });
  }

  async #query(now, extent) {
    const isPoint = this.about.geometryType.endsWith("oint");
    const found = await this.rest.get(`${this.path}/query`, {
      where: "1=1", outFields: this.#fields().join(","), f: "geojson",
      resultRecordCount: String(MOST), ...within(extent),
      ...(isPoint ? {} : { maxAllowableOffset: offsetOf(now.resolution) }),
    });
    const isCut = Boolean(found.exceededTransferLimit ?? found.properties?.exceededTransferLimit);
    return { features: geojson().readFeatures(found), isCut };
  }
}

/** Return an extent of a layer's document in Web Mercator, if that needs no server. */
function knownExtent(extent) {
  const wkid = extent?.spatialReference?.latestWkid ?? extent?.spatialReference?.wkid;
  const sides = extent && [extent.xmin, extent.ymin, extent.xmax, extent.ymax].map(Number);
  if (!sides?.every(Number.isFinite)) return undefined;
  if (wkid === 3857) return sides;
  if (wkid !== 4326) return undefined;
  const [west, south, east, north] = sides;
  return ol.proj.transformExtent([west, Math.max(south, -85), east, Math.min(north, 85)], "EPSG:4326", "EPSG:3857");
}
