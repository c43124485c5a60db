// Features of the map to and from the text that the REST API takes: Esri JSON.

const WEB_MERCATOR = [3857, 102100, 900913];

const NAMES = {
  Point: "esriGeometryPoint", MultiPoint: "esriGeometryMultipoint",
  LineString: "esriGeometryPolyline", MultiLineString: "esriGeometryPolyline",
  Polygon: "esriGeometryPolygon", MultiPolygon: "esriGeometryPolygon",
};

/** Return the Esri name of a feature's geometry type. */
export const esriType = (feature) => NAMES[feature.getGeometry()?.getType()] ?? "";

/** Return an Esri JSON feature set, in longitude and latitude. */
export function featureSet(features, fields, allowed = []) {
  const onlyMulti = allowed.length === 1 && allowed[0] === "esriGeometryMultipoint";
  const rows = features.map((one) => ({
    geometry: geometryOf(one.getGeometry(), onlyMulti),
    attributes: attributesOf(one, fields),
  }));
  const type = features.length ? esriType(features[0]) : allowed[0];
  return {
    geometryType: onlyMulti ? "esriGeometryMultipoint" : type,
    spatialReference: { wkid: 4326 },
    ...(fields.length ? { fields } : {}),
    features: rows,
  };
}

function geometryOf(onTheMap, onlyMulti) {
  const geometry = onTheMap.clone().transform("EPSG:3857", "EPSG:4326");
  const [west, , east] = geometry.getExtent();
  const turns = Math.round((west + east) / 2 / 360);
  if (turns) geometry.translate(-360 * turns, 0);
  const type = geometry.getType();
  const [x, y] = type === "Point" ? rounded(geometry.getCoordinates()) : [];
  if (type === "Point") return onlyMulti ? { points: [[x, y]] } : { x, y };
  if (type === "MultiPoint") return { points: rounded(geometry.getCoordinates()) };
  if (type === "LineString") return { paths: [rounded(geometry.getCoordinates())] };
  if (type === "MultiLineString") return { paths: rounded(geometry.getCoordinates()) };
  if (type === "Polygon") return { rings: rounded(geometry.getCoordinates(false)) };
  return { rings: rounded(geometry.getCoordinates(false).flat()) };
}

/** Return coordinates of two dimensions to 7 decimals: a centimetre. */
function rounded(value) {
  if (Array.isArray(value[0])) return value.map(rounded);
  return value.slice(0, 2).map((one) => Math.round(one * 1e7) / 1e7);
}

function attributesOf(feature, fields) {
  const given = feature.getProperties();
  return Object.fromEntries(fields.map(({ name }) => [name, given[name] ?? null]));
}

/**
 * Return what a text of the REST API holds: `{features, fields}`, `{source}` for one that
 * names a source, `{raw, count}` for features that this map cannot show, null for "".
 * Throws for what is no JSON object.
 */
export function readValue(text) {
  if (!text.trim()) return null;
  const value = JSON.parse(text);
  if (value.url || value.itemID) return { source: value };
  if (value.type) return { features: fromGeoJson(value), fields: [] };
  if (!Array.isArray(value.features)) throw new SyntaxError("no features");
  const wkid = value.spatialReference?.latestWkid ?? value.spatialReference?.wkid ?? 4326;
  if (!projectionOf(wkid)) return { raw: text, count: value.features.length, wkid };
  return { features: fromEsri(value, wkid), fields: plainFields(value.fields ?? []), wkid };
}

/** Return the name of a reference that the map knows: UTM on WGS 84 too; else "". */
export function projectionOf(wkid) {
  if (WEB_MERCATOR.includes(wkid)) return "EPSG:3857";
  return ol.proj.get(`EPSG:${wkid}`) ? `EPSG:${wkid}` : "";
}

/** Return features of the map from an Esri feature set. */
export function fromEsri(value, wkid = 4326) {
  const dataProjection = projectionOf(wkid);
  const whole = { ...value, spatialReference: undefined };
  whole.features = value.features.map((one) => ({ ...one, attributes: one.attributes ?? {} }));
  const format = new ol.format.EsriJSON();
  return format
    .readFeatures(whole, { dataProjection, featureProjection: "EPSG:3857" })
    .filter((one) => one.getGeometry());
}

/** Return features of the map from GeoJSON. */
export function fromGeoJson(value) {
  const format = new ol.format.GeoJSON({ featureProjection: "EPSG:3857" });
  return format.readFeatures(value).flatMap(single);
}

/** Return the features of a collection of geometries, one for each. */
function single(feature) {
  const geometry = feature.getGeometry();
  if (!geometry) return [];
  if (geometry.getType() !== "GeometryCollection") return [feature];
  return geometry.getGeometries().map((one) => {
    const made = feature.clone();
    made.setGeometry(one);
    return made;
  });
}

/** Return fields without those that a server numbers itself. */
export function plainFields(fields) {
  const own = ["esriFieldTypeOID", "esriFieldTypeGeometry", "esriFieldTypeGlobalID"];
  return fields
    .filter((one) => !own.includes(one.type))
    .map(({ name, type, alias, length }) => ({ name, type, alias: alias ?? name, ...(length ? { length } : {}) }));
}

/** Return fields for the attributes that features carry. */
export function fieldsOf(features) {
  const found = new Map();
  for (const one of features.slice(0, 1000)) {
    for (const [name, value] of Object.entries(one.getProperties())) {
      if (value instanceof ol.geom.Geometry || value === null || value === undefined) continue;
      const kind = typeOf(value);
      const known = found.get(name);
      found.set(name, known && known !== kind ? wider(known, kind) : kind);
    }
  }
  return [...found].map(([name, type]) => ({ name, type, alias: name }));
}

function typeOf(value) {
  if (typeof value !== "number") return "esriFieldTypeString";
  const isWhole = Number.isInteger(value) && Math.abs(value) < 2 ** 31;
  return isWhole ? "esriFieldTypeInteger" : "esriFieldTypeDouble";
}

const wider = (one, other) =>
  [one, other].includes("esriFieldTypeString") ? "esriFieldTypeString" : "esriFieldTypeDouble";
