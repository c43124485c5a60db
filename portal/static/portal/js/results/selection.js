// What is selected: one feature of one layer, shown above all others on the map.

import { showExtent } from "../map/portalmap.js";

const casing = (color, width) =>
  new ol.style.Style({
    stroke: new ol.style.Stroke({ color, width }),
    image: new ol.style.Circle({ radius: 9, stroke: new ol.style.Stroke({ color, width }) }),
  });
const SELECTED = [casing("#111", 7), casing("#ffd400", 4)];
const HOVERED = [casing("rgba(17,17,17,0.7)", 4), casing("rgba(255,255,255,0.9)", 2)];

/** The selection on a map; an EventTarget that tells of `change`. */
export class Selection extends EventTarget {
  constructor(map) {
    super();
    this.map = map;
    this.layer = layerOf(SELECTED, 900);
    this.hovered = layerOf(HOVERED, 899);
    map.addLayer(this.layer);
    map.addLayer(this.hovered);
  }

  /** Select a feature by its object id, and show it if it is out of sight or asked. */
  async select(view, id, { zoom = false } = {}) {
    this.view = view;
    this.id = id;
    this.dispatchEvent(new Event("change"));
    const feature = await view.feature(id);
    if (this.view !== view || this.id !== id) return;
    this.#show(this.layer, feature);
    const extent = feature?.getGeometry()?.getExtent();
    if (!extent) return;
    if (zoom) showExtent(this.map, extent);
    else this.#bring(extent);
  }

  /** Show a feature as hovered, or none. */
  hover(feature) {
    if (feature === this.under) return;
    this.under = feature;
    this.#show(this.hovered, feature);
  }

  clear() {
    this.view = this.id = undefined;
    this.layer.getSource().clear();
    this.dispatchEvent(new Event("change"));
  }

  dispose() {
    this.map.removeLayer(this.layer);
    this.map.removeLayer(this.hovered);
  }

  /** Move the map so that an extent is in sight, as near as it is now. */
  #bring(extent) {
    const view = this.map.getView();
    const now = view.calculateExtent(this.map.getSize());
    if (!ol.extent.intersects(now, extent)) view.setCenter(ol.extent.getCenter(extent));
  }

  #show(layer, feature) {
    const source = layer.getSource();
    source.clear();
    const geometry = feature?.getGeometry();
    if (geometry) source.addFeature(new ol.Feature(geometry));
  }
}

function layerOf(style, zIndex) {
  return new ol.layer.Vector({ source: new ol.source.Vector(), style, zIndex });
}
