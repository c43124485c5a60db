// Numbers of a map in words: coordinates, lengths and areas that are true on the ground.

const language = document.documentElement.lang || "en";
const MAP = "EPSG:3857";
const LONLAT = "EPSG:4326";

/** Return a number as the reader's language writes it, to so many significant digits. */
export function number(value, digits = 3) {
  return value.toLocaleString(language, { maximumSignificantDigits: digits });
}

/** Return longitude and latitude of a coordinate of the map, -180 to 180. */
export function lonLat(coordinate) {
  const [x, y] = ol.proj.transform(coordinate, MAP, LONLAT);
  return [((((x + 180) % 360) + 360) % 360) - 180, y];
}

/** Return a coordinate of the map. */
export const onMap = (lonlat) => ol.proj.transform(lonlat, LONLAT, MAP);

/** Return "lon, lat" of a coordinate of the map. */
export function place(coordinate, decimals = 4) {
  return lonLat(coordinate).map((one) => one.toFixed(decimals)).join(", ");
}

/** Return a length on the ground in words. */
export function length(metres) {
  return metres < 1000 ? `${number(metres)} m` : `${number(metres / 1000)} km`;
}

/** Return an area on the ground in words. */
export function area(squareMetres) {
  return squareMetres < 100_000
    ? `${number(squareMetres)} m²`
    : `${number(squareMetres / 1e6)} km²`;
}

/** Return the length in metres or the area in square metres of a geometry of the map. */
export function measured(geometry) {
  const type = geometry.getType();
  if (type.endsWith("Polygon")) return { area: ol.sphere.getArea(geometry) };
  if (type.endsWith("LineString")) return { length: ol.sphere.getLength(geometry) };
  return {};
}
