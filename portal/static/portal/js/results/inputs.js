// The inputs of a job as outlines on its map.

const KNOWN = [3857, 102100, 102113, 4326];
const MOST = 2000;
const style = new ol.style.Style({
  stroke: new ol.style.Stroke({ color: "#8a2be2", width: 2, lineDash: [6, 4] }),
  image: new ol.style.RegularShape({
    points: 4, radius: 6, angle: Math.PI / 4,
    stroke: new ol.style.Stroke({ color: "#8a2be2", width: 2 }),
  }),
});

const shown = new WeakMap();

/** Show the inputs that are features once, as outlines; return their layer. */
export async function showInputs(rest, map) {
  if (rest.share) return undefined; // a link opens results only
  if (!shown.has(map)) shown.set(map, load(rest, map));
  return shown.get(map);
}

async function load(rest, map) {
  const inputs = await rest.get("inputs").catch(() => []);
  const features = inputs.flatMap(read);
  if (!features.length) return undefined;
  const source = new ol.source.Vector({ features });
  const layer = new ol.layer.Vector({ source, style, zIndex: 500 });
  map.addLayer(layer);
  return layer;
}

function read(input) {
  const value = input.value;
  if (!Array.isArray(value?.features)) return [];
  const wkid = value.spatialReference?.latestWkid ?? value.spatialReference?.wkid ?? 4326;
  if (!KNOWN.includes(wkid)) return [];
  const projection = wkid === 4326 ? "EPSG:4326" : "EPSG:3857";
  const format = new ol.format.EsriJSON();
  const shapes = value.features.filter((one) => one.geometry).slice(0, MOST);
  return shapes.map(({ geometry }) =>
    format.readFeature({ geometry, attributes: {} }, { dataProjection: projection, featureProjection: "EPSG:3857" }));
}
