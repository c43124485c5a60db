// The map of a page: the basemap, and the layers that the page puts on it.

import { basemap } from "./basemap.js";

/** Return an ol.Map in an element, in Web Mercator, showing the world. */
export function createMap(element) {
  return new ol.Map({
    target: element,
    layers: [basemap()],
    view: new ol.View({ center: [0, 2_000_000], zoom: 1.5, minZoom: 1 }),
  });
}

/** Show an extent of the map's projection, with room around it. */
export function showExtent(map, extent) {
  if (!extent || extent.some((one) => !Number.isFinite(one))) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  map.getView().fit(extent, {
    padding: [30, 30, 30, 30],
    maxZoom: 16,
    duration: still ? 0 : 250,
  });
}
