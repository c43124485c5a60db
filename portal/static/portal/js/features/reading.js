// Features from what people paste or give as a small file; errors are sentences.

import { onMap } from "../map/words.js";
import { csvRows } from "./csv.js";
import { fieldsOf, fromGeoJson, readValue } from "./esri.js";

const X_NAMES = ["x", "lon", "lng", "long", "longitude"];
const Y_NAMES = ["y", "lat", "latitude"];

/** An error whose message is a sentence for the reader. */
export class Refused extends Error {}

/** Return `{features, fields}` or `{raw, …}` of a text of any kind that is known. */
export function readText(text, name = "") {
  const given = text.trim();
  if (!given) throw new Refused(gettext("There is nothing in it."));
  if (/\.kml$/i.test(name) || /^<(\?xml|kml)/i.test(given)) return read(() => kml(given));
  if (/\.(csv|txt)$/i.test(name)) return withFields(csv(given));
  if (given.startsWith("{") || given.startsWith("[")) return json(given);
  if (/^(srid=\d+;)?\s*(multi)?(point|linestring|polygon|geometrycollection)\b/i.test(given)) {
    return read(() => wkt(given));
  }
  return withFields(lines(given));
}

function json(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (problem) {
    const why = gettext("This is no valid JSON: %(reason)s");
    throw new Refused(interpolate(why, { reason: problem.message }, true));
  }
  if (Array.isArray(value.features) && !value.type) {
    const found = read(() => readValue(text), true);
    return found.raw || found.fields.length ? found : withFields(found.features);
  }
  if (value.type) return read(() => fromGeoJson(value));
  if ("x" in value || value.rings || value.paths || value.points) {
    const set = { features: [{ geometry: value }], spatialReference: value.spatialReference };
    return read(() => readValue(JSON.stringify(set)), true);
  }
  throw new Refused(gettext("This JSON is neither GeoJSON nor an Esri feature set."));
}

/** Return what `make` gives; any failure of a format becomes a sentence. */
function read(make, isWhole = false) {
  let found;
  try {
    found = make();
  } catch {
    throw new Refused(gettext("The geometry in it could not be read."));
  }
  return isWhole ? found : withFields(found);
}

function withFields(features) {
  const whole = features.filter((one) => one.getGeometry());
  if (!whole.length) throw new Refused(gettext("There are no features in it."));
  const bad = whole.some((one) => one.getGeometry().getExtent().some((n) => !Number.isFinite(n)));
  if (bad) throw new Refused(gettext("Coordinates have to be longitude, latitude in degrees."));
  return { features: whole, fields: fieldsOf(whole) };
}

function kml(text) {
  const format = new ol.format.KML({ extractStyles: false });
  const features = format.readFeatures(text, { featureProjection: "EPSG:3857" });
  for (const one of features) one.getGeometry()?.setLayout?.("XY");
  return features.map((one) => flat(one));
}

/** Return a feature in two dimensions, with the attributes that are plain values. */
function flat(feature) {
  const format = new ol.format.GeoJSON();
  const plain = format.writeFeatureObject(feature);
  for (const [name, value] of Object.entries(plain.properties ?? {})) {
    if (value !== null && typeof value === "object") delete plain.properties[name];
  }
  return format.readFeature(plain);
}

function wkt(text) {
  const format = new ol.format.WKT();
  return text.split(/\n(?=\s*(?:srid|multi|point|linestring|polygon|geom))/i).map((one) =>
    format.readFeature(one.replace(/^\s*srid=\d+;/i, ""), {
      dataProjection: "EPSG:4326", featureProjection: "EPSG:3857",
    }),
  );
}

/** Return points of lines of "lon, lat". */
function lines(text) {
  return text.split("\n").map((one) => one.trim()).filter(Boolean).map((line, at) => {
    const [x, y, ...more] = line.split(/[;,\s]+/).filter(Boolean).map(Number);
    if (!isPlace(x, y) || more.some(Number.isNaN)) {
      const why = gettext("Line %(number)s is no “longitude, latitude”: %(line)s");
      throw new Refused(interpolate(why, { number: at + 1, line: line.slice(0, 60) }, true));
    }
    return new ol.Feature(new ol.geom.Point(onMap([x, y])));
  });
}

/** Return points of a table with a column for x and one for y. */
function csv(text) {
  const [header, ...rows] = csvRows(text);
  const find = (names) => header.findIndex((one) => names.includes(one.trim().toLowerCase()));
  const [atX, atY] = [find(X_NAMES), find(Y_NAMES)];
  if (atX < 0 || atY < 0) {
    throw new Refused(gettext("The first line has to name a column x (or lon) and a column y (or lat)."));
  }
  return rows.map((row, at) => {
    const [x, y] = [row[atX], row[atY]].map((one) => (one?.trim() ? Number(one) : NaN));
    if (!isPlace(x, y)) {
      const why = gettext("Line %(number)s has no longitude and latitude in degrees.");
      throw new Refused(interpolate(why, { number: at + 2 }, true));
    }
    const made = new ol.Feature(new ol.geom.Point(onMap([x, y])));
    header.forEach((name, n) => n === atX || n === atY || made.set(name.trim(), typed(row[n] ?? "")));
    return made;
  });
}

const isPlace = (x, y) => Math.abs(x) <= 400 && Math.abs(y) <= 90;

/** Return a number for what is written as one, else the text, null for nothing. */
export function typed(text) {
  const given = text.trim();
  if (!given) return null;
  return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given) ? Number(given) : given;
}
