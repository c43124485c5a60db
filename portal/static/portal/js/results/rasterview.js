// One raster of a job on the map: pictures of it, and the value at a place.

import { drawn, pictureLayer } from "./pictures.js";

/** A raster of a job; `changed(state)` hears of what went wrong. */
export class RasterView {
  constructor(rest, map, about, zIndex, changed = () => {}, service = "") {
    Object.assign(this, { rest, map, about, service, changed });
    this.renderer = about.drawingInfo?.renderer;
    this.visible = true;
    this.isRaster = true;
    this.layer = pictureLayer(rest, () => drawn(about.id, this.drawingInfo()), {
      drawn: () => changed({}), failed: (error) => changed({ error }),
    });
    this.layer.setZIndex(zIndex);
    map.addLayer(this.layer);
  }

  get opacity() {
    return this.layer.getOpacity();
  }

  drawingInfo() {
    return { renderer: this.renderer, transparency: this.about.drawingInfo?.transparency ?? 0 };
  }

  /** Return the extent of the raster in Web Mercator. */
  async extent() {
    const asked = { imageSR: "3857", size: "100,100", adjustAspectRatio: "false" };
    this.whole ??= this.rest.get(`${this.service}/exportImage`, asked);
    const { xmin, ymin, xmax, ymax } = (await this.whole).extent;
    return [xmin, ymin, xmax, ymax];
  }

  /** Do nothing: the map asks for pictures itself. */
  async refresh() {}

  /** Return the value at a place in Web Mercator, "" where there is none. */
  async valueAt([x, y]) {
    const found = await this.rest.get(`${this.service}/identify`, {
      geometry: JSON.stringify({ x, y, spatialReference: { wkid: 3857 } }),
      geometryType: "esriGeometryPoint", returnGeometry: "false",
    });
    return found.value === "NoData" ? "" : String(found.value ?? "");
  }

  setVisible(visible) {
    this.visible = visible;
    this.layer.setVisible(visible);
  }

  setOpacity(opacity) {
    this.layer.setOpacity(opacity);
  }

  async setRenderer(renderer) {
    this.renderer = renderer;
    this.layer.renew();
  }

  dispose() {
    this.map.removeLayer(this.layer);
  }
}
