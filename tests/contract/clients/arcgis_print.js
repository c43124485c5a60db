// Printing by @arcgis/core: what its print widget does with a view of 600 x 400 pixels.
import Graphic from "@arcgis/core/Graphic.js";
import EsriMap from "@arcgis/core/Map.js";
import esriConfig from "@arcgis/core/config.js";
import { whenOnce } from "@arcgis/core/core/reactiveUtils.js";
import Extent from "@arcgis/core/geometry/Extent.js";
import FeatureLayer from "@arcgis/core/layers/FeatureLayer.js";
import GraphicsLayer from "@arcgis/core/layers/GraphicsLayer.js";
import * as print from "@arcgis/core/rest/print.js";
import PrintParameters from "@arcgis/core/rest/support/PrintParameters.js";
import PrintTemplate from "@arcgis/core/rest/support/PrintTemplate.js";
import MapView from "@arcgis/core/views/MapView.js";
import PrintViewModel from "@arcgis/core/widgets/Print/PrintViewModel.js";

esriConfig.assetsPath = new URL("assets", document.baseURI).href;

async function shown(layers, extent) {
  document.body.innerHTML =
    '<div id="map" style="position:absolute;left:0;top:0;width:600px;height:400px"></div>';
  const view = new MapView({
    container: "map",
    map: new EsriMap({ layers }),
    extent: Extent.fromJSON(extent),
    spatialReference: extent.spatialReference, // else a map without layers has none
    ui: { components: [] },
    constraints: { snapToZoom: false },
  });
  await view.when();
  await Promise.all(layers.map((one) => view.whenLayerView(one)));
  await whenOnce(() => !view.updating);
  return view;
}

const scenarios = {
  async templates({ url, extent }) {
    const view = await shown([], extent);
    const widget = new PrintViewModel({ view, printServiceUrl: url });
    await widget.load();
    const { format, layout } = widget.templatesInfo;
    return { formats: format.choiceList, layouts: layout.choiceList };
  },
  async print({ url, layer, extent, graphics, template }) {
    const drawn = new GraphicsLayer({ title: "Drawn" });
    drawn.addMany(graphics.map((one) => Graphic.fromJSON(one)));
    const countries = new FeatureLayer({ url: layer, title: "Countries" });
    const view = await shown([countries, drawn], extent);
    const asked = new PrintParameters({ view, template: new PrintTemplate(template) });
    const { url: file } = await print.execute(url, asked);
    return { file };
  },
};

window.run = async (name, given) => {
  try {
    return { value: await scenarios[name](given) };
  } catch (error) {
    return { error: { message: error.message, details: `${error.details?.messages}` } };
  }
};
