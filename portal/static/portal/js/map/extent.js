// What a map shows: an extent, or all that the page has put on it.

/**
 * Show an extent of the map's projection, with room around it.
 * @param {{maxZoom?: number, atOnce?: boolean}} options how close at most; without a move
 */
export function showExtent(map, extent, { maxZoom = 14, atOnce = false } = {}) {
  if (!extent || extent.some(Number.isNaN)) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const [width, height] = map.getSize() ?? [600, 400];
  const room = Math.min(40, width / 8, height / 8);
  map.getView().fit(within(map, extent), {
    padding: [room, room, room, room],
    maxZoom,
    duration: still || atOnce ? 0 : 250,
  });
}

/** Return the part of an extent that the map can show: it knows no poles. */
function within(map, [left, bottom, right, top]) {
  const [, south, , north] = map.getView().getProjection().getExtent();
  const clamp = (value) => Math.min(Math.max(value, south), north);
  return [left, clamp(bottom), right, clamp(top)];
}

/** Return the extent of all that the page has put on a map; null if there is nothing. */
export function extentOfData(map) {
  const found = ol.extent.createEmpty();
  for (const layer of map.getLayers().getArray()) {
    const source = layer.get("basemap") ? null : layer.getSource?.();
    const own = layer.getExtent?.() ?? source?.getExtent?.();
    if (own && layer.getVisible() && !ol.extent.isEmpty(own)) ol.extent.extend(found, own);
  }
  return ol.extent.isEmpty(found) ? null : found;
}
