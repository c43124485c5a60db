// The inputs of a job on its map: features and extents, as outlines below the results.

import { jobUrl } from "./asking.js";

const shown = new WeakMap();

/**
 * Draw the inputs of a job that have a place, once for a map.
 * @param {HTMLElement} root the element with data-job; data-input names an input
 * @param {ol.Map} map the map of the page
 * @returns {Promise<ol.layer.Vector|null>} the layer, null if nothing has a place
 */
export function showInputs(root, map) {
  if (!shown.has(map)) shown.set(map, load(root, map));
  return shown.get(map);
}

async function load(root, map) {
  const named = [...root.querySelectorAll("[data-input]")];
  const asked = named.map((one) => featuresOf(root, one.dataset.input).catch(() => []));
  const lists = await Promise.all(asked);
  const features = lists.flat();
  if (!features.length) return null;
  const source = new ol.source.Vector({ features });
  const layer = new ol.layer.Vector({ source, zIndex: 5, style: outline() });
  layer.set("title", gettext("Inputs"));
  layer.set("isInput", true);
  map.addLayer(layer);
  document.addEventListener("themechange", () => layer.setStyle(outline()));
  return layer;
}

async function featuresOf(root, name) {
  const answer = await fetch(jobUrl(root, `/inputs/${encodeURIComponent(name)}`));
  const { value } = answer.ok ? await answer.json() : {};
  if (!value) return [];
  try {
    return value.features ? read(value) : box(value);
  } catch {
    return []; // in a reference that the map does not know
  }
}

function projectionOf(reference) {
  const code = reference?.latestWkid ?? reference?.wkid ?? 4326;
  return `EPSG:${code === 102100 ? 3857 : code}`;
}

function read(value) {
  const dataProjection = projectionOf(
    value.spatialReference ?? value.features[0]?.geometry?.spatialReference,
  );
  const format = new ol.format.EsriJSON();
  const options = { dataProjection, featureProjection: "EPSG:3857" };
  return format.readFeatures(value, options).filter((one) => one.getGeometry());
}

function box(value) {
  const sides = [value.xmin, value.ymin, value.xmax, value.ymax].map(Number);
  const shape = ol.geom.Polygon.fromExtent(sides);
  shape.transform(projectionOf(value.spatialReference), "EPSG:3857");
  return [new ol.Feature(shape)];
}

function outline() {
  const isDark = document.documentElement.dataset.bsTheme === "dark";
  const color = isDark ? "#ffd479" : "#7a3e00";
  const stroke = new ol.style.Stroke({ color, width: 2, lineDash: [6, 4] });
  const image = new ol.style.Circle({
    radius: 5,
    stroke: new ol.style.Stroke({ color, width: 2 }),
  });
  return new ol.style.Style({ stroke, image });
}
