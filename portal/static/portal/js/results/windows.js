// What part of the world a map shows, as queries ask for it.

const HALF = 20_037_508.342789244;
const METRES_OF_DEGREE = 111_319.49;

/** Return the part of the map that is in view, in Web Mercator; null if it is all. */
export function windowOf(map) {
  const size = map.getSize();
  const view = map.getView();
  const resolution = view.getResolution();
  if (!size || !size[0] || !resolution) return null;
  return { extent: view.calculateExtent(size), resolution };
}

/** Return an extent with room around it, within the world; null for nearly all of it. */
export function bufferedExtent(extent) {
  const room = ol.extent.getWidth(extent) * 0.25;
  let [west, south, east, north] = ol.extent.buffer(extent, room);
  if (east - west >= 1.8 * HALF) return null;
  const turns = Math.floor((west + HALF) / (2 * HALF)) * 2 * HALF;
  [west, east] = [west - turns, east - turns];
  if (east > HALF) [west, east] = [-HALF, HALF]; // across the antimeridian
  return [west, Math.max(south, -HALF), east, Math.min(north, HALF)];
}

/** Return the parameters of a query for what lies in an extent. */
export function within(extent) {
  if (!extent) return {};
  return {
    geometry: extent.join(","), geometryType: "esriGeometryEnvelope", inSR: "3857",
    spatialRel: "esriSpatialRelEnvelopeIntersects",
  };
}

/** Return half a pixel in degrees: what a line may lose without being seen to. */
export function offsetOf(resolution) {
  return resolution / 2 / METRES_OF_DEGREE;
}
