// The choice of what lies below: the map that the portal ships, tiles of the administrator.

import { el, freshId } from "./elements.js";

/** Offer the basemaps that the page lists, if it lists any; the default one is shown. */
export function offerBasemaps(map, offline) {
  const listed = read();
  if (!listed.length) return;
  const layers = [[gettext("Countries (no network)"), offline], ...listed.map(tiles)];
  const chosen = listed.findIndex((one) => one.is_default) + 1;
  layers.slice(1).forEach(([, layer]) => map.getLayers().insertAt(0, layer));
  const show = (at) => layers.forEach(([, layer], n) => layer.setVisible(n === at));
  const name = freshId("basemap");
  const choices = layers.map(([text], at) =>
    el("label", {},
      el("input", { type: "radio", name, checked: at === chosen, onchange: () => show(at) }),
      ` ${text}`,
    ),
  );
  const element = el("details", { class: "map-switcher ol-control" },
    el("summary", { text: gettext("Basemap") }),
    el("fieldset", {}, el("legend", { class: "visually-hidden", text: gettext("Basemap") }), ...choices),
  );
  map.addControl(new ol.control.Control({ element }));
  show(chosen);
}

function read() {
  const block = document.getElementById("basemaps");
  try {
    const found = JSON.parse(block?.textContent || "[]");
    return Array.isArray(found) ? found.filter((one) => one.url_template) : [];
  } catch {
    return [];
  }
}

function tiles(row) {
  const source = new ol.source.XYZ({
    url: row.url_template,
    attributions: row.attribution ? escaped(row.attribution) : undefined,
    maxZoom: row.max_zoom || 19,
  });
  const layer = new ol.layer.Tile({ source, zIndex: 0 });
  layer.set("basemap", row.name);
  return [row.name, layer];
}

/** Return a text as HTML: OpenLayers takes an attribution for markup. */
const escaped = (text) => el("span", { text }).innerHTML;
