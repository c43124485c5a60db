// Scenarios of a MapView of @arcgis/core on a page, of 600 x 400 pixels.
import EsriMap from "@arcgis/core/Map.js";
import esriConfig from "@arcgis/core/config.js";
import { whenOnce } from "@arcgis/core/core/reactiveUtils.js";
import Extent from "@arcgis/core/geometry/Extent.js";
import FeatureLayer from "@arcgis/core/layers/FeatureLayer.js";
import MapImageLayer from "@arcgis/core/layers/MapImageLayer.js";
import MapView from "@arcgis/core/views/MapView.js";

esriConfig.assetsPath = new URL("assets", document.baseURI).href;

async function shown(layer, extent) {
  document.body.innerHTML =
    '<div id="map" style="position:absolute;left:0;top:0;width:600px;height:400px"></div>';
  const view = new MapView({
    container: "map",
    map: new EsriMap({ layers: [layer] }),
    extent: Extent.fromJSON(extent),
    ui: { components: [] },
    constraints: { snapToZoom: false },
  });
  await view.when();
  await view.whenLayerView(layer);
  await whenOnce(() => !view.updating);
  return view;
}

const scenarios = {
  async mapImage({ url, extent, sublayers }) {
    const layer = new MapImageLayer({ url, ...(sublayers ? { sublayers } : {}) });
    await shown(layer, extent);
    return { title: layer.title, sublayers: layer.allSublayers.map((one) => one.title).toArray() };
  },
  async features({ url, extent, where, query }) {
    const layer = new FeatureLayer({ url, outFields: ["*"], definitionExpression: where ?? "1=1" });
    const view = await shown(layer, extent);
    const seen = await (await view.whenLayerView(layer)).queryFeatureCount();
    const set = await layer.queryFeatures({ outFields: ["*"], returnGeometry: true, ...query });
    const round = await layer.queryExtent();
    return {
      seen,
      total: await layer.queryFeatureCount(),
      extent: round.extent.toJSON(),
      names: set.features.map((one) => one.attributes.name),
      more: set.exceededTransferLimit,
      geometryType: layer.geometryType,
    };
  },
};

window.run = async (name, given) => {
  try {
    return { value: await scenarios[name](given) };
  } catch (error) {
    return { error: { message: error.message, details: `${error.details?.messages}` } };
  }
};
