// The page of a job: follows it to its end, then shows what came of it.

import { createMap, showExtent } from "./map/portalmap.js";

const root = document.querySelector("[data-job]");
const map = createMap(document.querySelector("[data-map]"));
const ACTIVE = ["queued", "running", "cancelling"];

async function follow() {
  while (ACTIVE.includes(root.dataset.state)) {
    await new Promise((done) => setTimeout(done, 1000));
    await renew();
  }
  await showLayers();
}

/** Replace the parts of the page by what the server says now. */
async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.querySelector("[data-job]");
  if (!now) return;
  root.dataset.state = now.dataset.state;
  for (const part of now.querySelectorAll("[data-part]")) {
    root.querySelector(`[data-part="${part.dataset.part}"]`)?.replaceWith(part);
  }
}

async function showLayers() {
  let extent = ol.extent.createEmpty();
  for (const item of root.querySelectorAll('[data-layer][data-kind="features"]')) {
    const url = `${root.dataset.job}/layers/${item.dataset.layer}/query`;
    const asked = new URLSearchParams({
      where: "1=1", outFields: "*", outSR: "4326", resultRecordCount: "2000", f: "geojson",
    });
    const answer = await fetch(`${url}?${asked}`);
    const format = new ol.format.GeoJSON({ featureProjection: "EPSG:3857" });
    const source = new ol.source.Vector({ features: format.readFeatures(await answer.json()) });
    map.addLayer(new ol.layer.Vector({ source, zIndex: 10 }));
    extent = ol.extent.extend(extent, source.getExtent());
  }
  if (!ol.extent.isEmpty(extent)) showExtent(map, extent);
}

follow();
