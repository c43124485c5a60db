// Taking features of a layer that the map shows: by click, tap, or the crosshair.

import { Crosshair } from "../map/crosshair.js";
import { citySource, countrySource } from "../map/basemap.js";
import { button, el, labelled } from "../map/elements.js";
import { addLayer, outlined } from "../map/theme.js";
import { activate, deactivate, isActive } from "../map/tools.js";
import { fieldsOf } from "./esri.js";
import { fetchLayers, layerFeatures } from "./layers.js";

const REACH_PIXELS = 6;

/** Return the way of giving features by selecting them on the map. */
export function selecting(input, say) {
  const sources = [
    input.takes("Polygon") && [gettext("Countries"), countrySource()],
    input.takes("Point") && [gettext("Cities"), citySource()],
  ].filter(Boolean).map(([title, source]) => ({ title, source }));
  const choice = el("select", { class: "form-select", onchange: () => changed() });
  const press = button(gettext("Select on the map"), (event) => toggle(event.detail === 0), { "aria-pressed": "false" });
  const hint = el("p", { class: "hint", text: gettext("Click or tap features to take them; once more to put them back. By keyboard: arrows move the crosshair, Enter takes what lies below.") });
  const shown = new ol.source.Vector();
  const tool = selectTool(input, say, press, () => sources[choice.value]?.source, shown);
  const toggle = (byKeyboard) => {
    tool.byKeyboard = byKeyboard;
    if (isActive(tool)) deactivate(tool);
    else activate(tool);
  };
  const fill = () => {
    const chosen = choice.value || 0;
    choice.replaceChildren(...sources.map((one, at) => el("option", { value: at, text: one.title })));
    choice.value = chosen;
  };
  let layer;

  async function changed() {
    shown.clear();
    const row = sources[choice.value];
    if (row?.url && !row.source) {
      const found = await layerFeatures(row);
      row.source = new ol.source.Vector({ features: found.features });
      row.source.set("fields", found.fields);
    }
    if (row?.source === citySource()) await loaded(row.source, input.map);
    const isDrawn = !row || row.source === countrySource();
    shown.setAttributions(row?.source?.getAttributions() ?? undefined);
    if (!isDrawn) shown.addFeatures(row.source.getFeatures());
  }

  fill();
  return {
    id: "select", label: gettext("Select"),
    panel: el("div", {}, labelled(gettext("Layer to select from"), choice), press, hint),
    async open() {
      activate(tool);
      layer ??= addLayer(input.map, shown, (now) => outlined(now.source, "rgba(120, 120, 120, 0.1)"), 12);
      if (!sources.some((one) => one.url)) {
        const rows = (await fetchLayers()).filter((one) => input.takes(one.kind));
        sources.push(...rows);
        fill();
      }
    },
    close() {
      shown.clear();
      deactivate(tool);
    },
  };
}

function selectTool(input, say, press, current, shown) {
  const taken = new Map();
  let listener, crosshair;
  const take = async (coordinate, pixel) => {
    const source = current();
    if (source) await loaded(source, input.map);
    const found = source && hit(input.map, source, coordinate, pixel);
    if (!found) return say(gettext("There is no feature of this layer here."));
    const before = taken.get(found);
    if (before && input.list.includes(before)) {
      input.remove(before);
      taken.delete(found);
    } else {
      const copy = copyOf(found);
      taken.set(found, copy);
      input.add([copy], current().get("fields") ?? fieldsOf([copy]));
    }
    return say(`${found.get("name") ?? ""} ${input.words}`.trim());
  };
  const tool = {
    start() {
      press.setAttribute("aria-pressed", "true");
      input.map.getViewport().classList.add("is-drawing");
      listener = [
        input.map.on("click", (event) => take(event.coordinate, event.pixel)),
        input.map.on("dblclick", (event) => event.stopPropagation()),
      ];
      crosshair = new Crosshair(input.map, {
        enter: (at) => take(at, input.map.getPixelFromCoordinate(at)),
        escape: () => (deactivate(tool), press.focus()),
        say,
      });
      if (this.byKeyboard) crosshair.show();
    },
    stop() {
      press.setAttribute("aria-pressed", "false");
      input.map.getViewport().classList.remove("is-drawing");
      ol.Observable.unByKey(listener);
      crosshair.remove();
      shown.changed();
    },
  };
  return tool;
}

function copyOf(feature) {
  const { outline, ...given } = feature.getProperties();
  return new ol.Feature({ ...given, geometry: feature.getGeometry().clone() });
}

/** Wait until a source has its features, whether or not the map shows them. */
async function loaded(source, map) {
  if (source.getFeatures().length || !source.getUrl()) return;
  const done = new Promise((resolve) => {
    source.once("featuresloadend", resolve);
    source.once("featuresloaderror", resolve);
  });
  const projection = map.getView().getProjection();
  source.loadFeatures(projection.getExtent(), 1, projection);
  await done;
}

/** Return the feature of a source at a place of the map, in any copy of the world. */
function hit(map, source, coordinate, pixel) {
  const world = ol.extent.getWidth(map.getView().getProjection().getExtent());
  const x = ((((coordinate[0] + world / 2) % world) + world) % world) - world / 2;
  const inside = source.getFeaturesAtCoordinate([x, coordinate[1]]);
  if (inside.length) return inside[0];
  const near = source.getClosestFeatureToCoordinate([x, coordinate[1]]);
  if (!near || near.getGeometry().getType().includes("Polygon")) return null;
  const [nearX, nearY] = near.getGeometry().getClosestPoint([x, coordinate[1]]);
  const away = map.getPixelFromCoordinate([nearX + coordinate[0] - x, nearY]);
  return Math.hypot(away[0] - pixel[0], away[1] - pixel[1]) <= 2 * REACH_PIXELS ? near : null;
}
