// Image services in @arcgis/core and esri-leaflet, bundled for a page of 600 x 400.
import esriConfig from "@arcgis/core/config.js";
import { whenOnce } from "@arcgis/core/core/reactiveUtils.js";
import ImageryLayer from "@arcgis/core/layers/ImageryLayer.js";
import EsriMap from "@arcgis/core/Map.js";
import { fromJSON } from "@arcgis/core/renderers/support/jsonUtils.js";
import RasterStretchRenderer from "@arcgis/core/renderers/RasterStretchRenderer.js";
import MapView from "@arcgis/core/views/MapView.js";
import * as EsriLeaflet from "esri-leaflet";
import L from "leaflet";

esriConfig.assetsPath = new URL("assets", document.baseURI).href;

const target = () => {
  document.body.innerHTML =
    '<div id="map" style="position:absolute;left:0;top:0;width:600px;height:400px"></div>';
  return document.getElementById("map");
};

const scenarios = {
  async imagery({ url, renderer }) {
    const layer = new ImageryLayer({ url });
    await layer.load();
    if (renderer)
      layer.renderer = renderer.type === "rasterStretch"
        ? RasterStretchRenderer.fromJSON(renderer) : fromJSON(renderer);
    const view = new MapView({
      container: target(), map: new EsriMap({ layers: [layer] }),
      extent: layer.fullExtent, ui: { components: [] },
    });
    await view.when();
    await whenOnce(() => !view.updating);
    const { center } = layer.fullExtent;
    const place = await layer.identify({ geometry: center });
    const area = await layer.computeStatisticsHistograms({ geometry: layer.fullExtent });
    const { width, height, pixelType } = layer.serviceRasterInfo;
    return { width, height, pixelType, value: place.value, mean: area.statistics[0].mean };
  },
  async leaflet({ url, center: [x, y], zoom, rule }) {
    const still = { zoomAnimation: false, fadeAnimation: false, zoomControl: false };
    const map = L.map(target(), { center: [y, x], zoom, ...still });
    const layer = EsriLeaflet.imageMapLayer({ url, opacity: 1, renderingRule: rule });
    const loaded = new Promise((resolve) => layer.once("load", resolve));
    layer.addTo(map);
    await loaded;
    return new Promise((resolve, reject) => {
      layer.identify().at([y, x]).run((error, found) =>
        error ? reject(error) : resolve(found.pixel.properties));
    });
  },
};

window.run = async (name, given) => {
  try {
    return { value: await scenarios[name](given) };
  } catch (error) {
    return { error: { message: `${error?.message ?? error}`, stack: error?.stack } };
  }
};
