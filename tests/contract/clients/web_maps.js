// Scenarios of OpenLayers and esri-leaflet, bundled for a page with a map of 600 x 400.
import * as EsriLeaflet from "esri-leaflet";
import L from "leaflet";
import Map from "ol/Map.js";
import View from "ol/View.js";
import EsriJSON from "ol/format/EsriJSON.js";
import ImageLayer from "ol/layer/Image.js";
import TileLayer from "ol/layer/Tile.js";
import VectorLayer from "ol/layer/Vector.js";
import { tile as tileStrategy } from "ol/loadingstrategy.js";
import { fromLonLat } from "ol/proj.js";
import ImageArcGISRest from "ol/source/ImageArcGISRest.js";
import TileArcGISRest from "ol/source/TileArcGISRest.js";
import VectorSource from "ol/source/Vector.js";
import { createXYZ } from "ol/tilegrid.js";

const target = () => {
  document.body.innerHTML =
    '<div id="map" style="position:absolute;left:0;top:0;width:600px;height:400px"></div>';
  return document.getElementById("map");
};

const count = (values) => Object.fromEntries(
  [...new Set(values)].map((one) => [one, values.filter((other) => other === one).length]),
);

// A map of OpenLayers, once all that it shows has been loaded and drawn.
function drawn(layer, { center, zoom }) {
  const view = new View({ center: fromLonLat(center), zoom });
  const map = new Map({ target: target(), layers: [layer], view, controls: [] });
  return new Promise((resolve) => map.once("rendercomplete", () => resolve(map)));
}

// As the example "ArcGIS REST Feature Service" of OpenLayers loads features.
function vectorSource(url) {
  const format = new EsriJSON();
  const source = new VectorSource({
    async loader(extent, resolution, projection, done, failed) {
      const [xmin, ymin, xmax, ymax] = extent;
      const query = new URLSearchParams({
        f: "json",
        returnGeometry: "true",
        spatialRel: "esriSpatialRelIntersects",
        geometry: JSON.stringify({ xmin, ymin, xmax, ymax, spatialReference: { wkid: 102100 } }),
        geometryType: "esriGeometryEnvelope",
        inSR: "102100",
        outFields: "*",
        outSR: "102100",
      });
      const answer = await (await fetch(`${url}/query/?${query}`)).json();
      const features = format.readFeatures(answer, { featureProjection: projection });
      features.forEach((one) => one.setId(one.get("OBJECTID")));
      source.addFeatures(features);
      done(features);
    },
    strategy: tileStrategy(createXYZ({ tileSize: 512 })),
  });
  return source;
}

const once = (object, event) => new Promise((resolve) => object.once(event, resolve));

function leafletMap({ center: [x, y], zoom }) {
  const options = { zoomControl: false, attributionControl: false, fadeAnimation: false };
  return L.map(target(), { ...options, zoomSnap: 0 }).setView([y, x], zoom);
}

const scenarios = {
  async olFeatures({ url, view }) {
    const source = vectorSource(url);
    await drawn(new VectorLayer({ source }), view);
    const features = source.getFeatures();
    const kinds = count(features.map((one) => one.getGeometry().getType()));
    return { count: features.length, kinds, names: features.map((one) => one.get("name")) };
  },
  async olTiles({ url, view }) {
    await drawn(new TileLayer({ source: new TileArcGISRest({ url }) }), view);
  },
  async olImage({ url, view, params }) {
    const source = new ImageArcGISRest({ ratio: 1, params: params ?? {}, url });
    await drawn(new ImageLayer({ source }), view);
  },
  async leafletMapLayer({ url, view, options }) {
    const map = leafletMap(view);
    const layer = EsriLeaflet.dynamicMapLayer({ url, opacity: 1, ...options }).addTo(map);
    await once(layer, "load");
    const [x, y] = view.center;
    const found = await new Promise((resolve, reject) => {
      layer.identify().on(map).at([y, x]).run((error, collection) =>
        error ? reject(error) : resolve(collection));
    });
    return found.features.map((one) => one.properties);
  },
  async leafletFeatures({ url, view }) {
    const map = leafletMap(view);
    const pointToLayer = (_, place) => L.circleMarker(place); // Leaflet's icon is a file
    const layer = EsriLeaflet.featureLayer({ url, where: "1=1", pointToLayer }).addTo(map);
    await once(layer, "load");
    const names = [];
    layer.eachActiveFeature((one) => names.push(one.feature.properties.name));
    const total = await new Promise((resolve, reject) => {
      layer.query().count((error, value) => (error ? reject(error) : resolve(value)));
    });
    return { names, total };
  },
};

window.run = async (name, given) => {
  try {
    return { value: await scenarios[name](given) };
  } catch (error) {
    return { error: { message: `${error?.message ?? error}`, stack: error?.stack } };
  }
};
