// What lies under the pointer: hovering marks it, a click tells of it.

import { cellText } from "./cells.js";
import { button, el } from "./elements.js";
import { within } from "./windows.js";

const NEAR = 6;
const MOST_FIELDS = 60;

/**
 * Let a map tell of the features and pixels of views; return what undoes it.
 * @param {ol.Map} map
 * @param {() => Array} views those that are on the map
 * @param {Selection} selection
 */
export function identify(map, views, selection) {
  const box = el("aside", { class: "identify", hidden: true, role: "region", "aria-live": "polite", "aria-label": gettext("Selected feature") });
  map.getTargetElement().append(box);
  const close = () => {
    box.hidden = true;
    selection.clear();
  };
  box.addEventListener("keydown", (event) => event.key === "Escape" && close());
  const moved = (event) => !event.dragging && hover(map, event, selection);
  const clicked = (event) => tell(map, event, views(), selection, box);
  const changed = () => describe(selection, box, close);
  map.on("pointermove", moved);
  map.on("click", clicked);
  selection.addEventListener("change", changed);
  return () => {
    map.un("pointermove", moved);
    map.un("click", clicked);
    selection.removeEventListener("change", changed);
    box.remove();
  };
}

function under(map, pixel) {
  const found = map.forEachFeatureAtPixel(
    pixel, (feature, layer) => ({ feature, view: layer.get("view") }),
    { hitTolerance: NEAR, layerFilter: (layer) => Boolean(layer.get("view")) },
  );
  return found;
}

function hover(map, event, selection) {
  const feature = under(map, event.pixel)?.feature;
  selection.hover(feature);
  map.getTargetElement().classList.toggle("is-over", Boolean(feature));
}

async function tell(map, event, views, selection, box) {
  const found = under(map, event.pixel);
  if (found) return selection.select(found.view, found.feature.getId());
  for (const view of views.filter((one) => one.isPicture)) {
    const id = await asked(map, view, event.coordinate);
    if (id !== undefined) return selection.select(view, id);
  }
  selection.clear();
  for (const view of views.filter((one) => one.isRaster && one.visible)) {
    const value = await view.valueAt(event.coordinate).catch(() => "");
    if (value) return shown(box, view.about.name, [[gettext("Value"), value]], () => (box.hidden = true));
  }
}

async function asked(map, view, [x, y]) {
  const reach = NEAR * map.getView().getResolution();
  const found = await view.rest.get(`${view.path}/query`, {
    ...within([x - reach, y - reach, x + reach, y + reach]),
    spatialRel: "esriSpatialRelIntersects", returnGeometry: "false",
    outFields: view.about.objectIdField, resultRecordCount: "1",
  });
  return found.features[0]?.attributes[view.about.objectIdField];
}

async function describe(selection, box, close) {
  const { view, id } = selection;
  if (!view) {
    box.hidden = true;
    return;
  }
  const found = await view.rest.get(`${view.path}/query`, {
    objectIds: String(id), outFields: "*", returnGeometry: "false",
  });
  if (selection.view !== view || selection.id !== id) return;
  const row = found.features[0]?.attributes ?? {};
  const fields = view.about.fields.slice(0, MOST_FIELDS);
  shown(box, view.about.name, fields.map((one) => [one.alias || one.name, cellText(one, row[one.name])]), close);
}

function shown(box, title, pairs, close) {
  const list = el("dl", {}, ...pairs.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]));
  box.replaceChildren(
    el("div", { class: "identify-head" }, el("strong", {}, title),
      button("×", { class: "btn btn-sm", "aria-label": gettext("Close"), on: { click: close } })),
    list,
  );
  box.hidden = false;
}
