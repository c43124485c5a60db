// What came of a job: its results on the map of its page.

import { showExtent } from "../map/portalmap.js";

/**
 * Show the results that a job has; may be called again whenever the page has changed.
 * @param {HTMLElement} root the element with data-job, the address of the job
 * @param {ol.Map} map the map of the page
 */
export async function showResults(root, map) {
  let extent = ol.extent.createEmpty();
  for (const item of root.querySelectorAll('[data-layer][data-kind="features"]')) {
    const url = `${root.dataset.job}/layers/${item.dataset.layer}/query`;
    const asked = new URLSearchParams({
      where: "1=1", outFields: "*", outSR: "4326", resultRecordCount: "2000", f: "geojson",
    });
    if (root.dataset.share) asked.set("share", root.dataset.share);
    const answer = await fetch(`${url}?${asked}`);
    const format = new ol.format.GeoJSON({ featureProjection: "EPSG:3857" });
    const source = new ol.source.Vector({ features: format.readFeatures(await answer.json()) });
    map.addLayer(new ol.layer.Vector({ source, zIndex: 10 }));
    extent = ol.extent.extend(extent, source.getExtent());
  }
  if (!ol.extent.isEmpty(extent)) showExtent(map, extent);
}
