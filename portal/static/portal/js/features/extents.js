// The inputs that take a rectangle: what the map shows, drawn, typed, or that of a layer.

import { DrawTool } from "../map/drawing.js";
import { button, el, labelled } from "../map/elements.js";
import { showExtent } from "../map/extent.js";
import { closeSheet, openSheet } from "../map/sheet.js";
import { addLayer, outlined } from "../map/theme.js";
import { activate, deactivate, isActive } from "../map/tools.js";
import { visibleExtent } from "./here.js";
import { fetchLayers } from "./layers.js";

const SIDES = ["xmin", "ymin", "xmax", "ymax"];

/** Turn the extent inputs of a form into widgets on a map. */
export function startExtents(root, map) {
  for (const one of root.querySelectorAll("[data-control=extent]")) {
    if (one.querySelector("textarea")) startExtent(one, map);
  }
}

function startExtent(control, map) {
  const field = control.querySelector("textarea");
  const source = new ol.source.Vector();
  addLayer(map, source, ({ extent }) => outlined(extent, undefined, { dash: [8, 6], width: 2.5 }), 25);
  const live = el("p", { class: "visually-hidden", role: "status" });
  const problem = el("p", { class: "problem", role: "alert" });
  const numbers = SIDES.map((name) => sideField(name, () => typed()));
  let reference = 4326;
  let isMine = false;

  const put = (text) => {
    isMine = true;
    field.value = text;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    isMine = false;
    show();
  };
  /** Take a rectangle of the map. */
  const take = (extent) => {
    const degrees = ol.proj.transformExtent(extent, "EPSG:3857", "EPSG:4326");
    const values = degrees.map((one) => Math.round(one * 1e6) / 1e6);
    reference = 4326;
    put(written(values, reference));
    live.textContent = values.join(", ");
  };
  const typed = () => {
    const texts = numbers.map((one) => one.value.trim().replace(",", "."));
    if (texts.every((one) => !one)) return put("");
    const values = texts.map((one) => (one ? Number(one) : NaN));
    const bad = values.findIndex((one) => !Number.isFinite(one));
    problem.textContent = bad >= 0 ? interpolate(gettext("%(side)s has to be a number."), { side: SIDES[bad] }, true)
      : values[0] > values[2] || values[1] > values[3] ? gettext("The least number of a side is above the greatest.") : "";
    return problem.textContent ? null : put(written(values, reference));
  };
  const show = () => {
    source.clear();
    problem.textContent = "";
    const found = read(field.value);
    if (!found) {
      if (!field.value.trim()) numbers.forEach((one) => (one.value = ""));
      else problem.textContent = gettext("What is in the field is no extent.");
      return;
    }
    reference = found.wkid;
    SIDES.forEach((name, at) => (numbers[at].value = found.values[at]));
    const box = onMap(found);
    if (box) source.addFeature(new ol.Feature(ol.geom.Polygon.fromExtent(box)));
  };

  const draw = drawButton(map, take, live);
  const layers = layerChoice((values) => {
    reference = 4326;
    put(written(values, reference));
    showExtent(map, source.getExtent());
  });
  const element = el("div", { class: "widget" },
    el("div", { class: "widget-row", role: "group", "aria-label": gettext("Ways to give it") },
      button(gettext("Use map extent"), () => take(visibleExtent(map))), draw,
      button(gettext("Zoom to it"), () => source.getFeatures().length && showExtent(map, source.getExtent())),
      button(gettext("Clear"), () => put(""))),
    el("div", { class: "widget-sides" }, ...SIDES.map((name, at) => labelled(LABELS[name](), numbers[at]))),
    layers, problem, live);
  field.before(element);
  field.classList.add("visually-hidden");
  field.tabIndex = -1;
  field.addEventListener("change", () => isMine || show());
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(`a[href="#${CSS.escape(field.id)}"]`)) return;
    event.preventDefault();
    numbers[0].focus();
  });
  show();
}

const LABELS = {
  xmin: () => gettext("West (xmin)"), ymin: () => gettext("South (ymin)"),
  xmax: () => gettext("East (xmax)"), ymax: () => gettext("North (ymax)"),
};

function sideField(name, onchange) {
  return el("input", {
    type: "text", inputmode: "decimal", class: "form-control form-control-sm", autocomplete: "off", "data-side": name, onchange,
    onkeydown: (event) => event.key === "Enter" && (event.preventDefault(), onchange()),
  });
}

/** Return the button that draws the rectangle. */
function drawButton(map, take, live) {
  const say = (text) => (live.textContent = text);
  const press = button(gettext("Draw"), (event) => {
    tool.options.byKeyboard = event.detail === 0;
    if (isActive(tool)) deactivate(tool);
    else activate(tool);
  }, { "aria-pressed": "false" });
  const tool = new DrawTool(map, {
    kind: "rectangle", say,
    done: (geometry) => {
      take(geometry.getExtent());
      setTimeout(() => deactivate(tool));
    },
    leave: () => (deactivate(tool), press.focus()),
    stopped: () => {
      press.setAttribute("aria-pressed", "false");
      closeSheet(map);
    },
  });
  const start = tool.start.bind(tool);
  tool.start = () => {
    start();
    press.setAttribute("aria-pressed", "true");
    say(gettext("Click or tap two opposite corners."));
    openSheet(map, { undo: () => tool.undo(), done: () => deactivate(tool), cancel: () => deactivate(tool) });
  };
  return press;
}

/** Return the choice of a layer whose extent is taken. */
function layerChoice(take) {
  const choice = el("select", { class: "form-select form-select-sm" });
  const use = button(gettext("Use extent of layer"), async () => {
    const row = rows[choice.value];
    const asked = new URLSearchParams({ where: "1=1", returnExtentOnly: "true", outSR: "4326", f: "json" });
    const { extent } = row ? await (await fetch(`${row.query}?${asked}`)).json() : {};
    const values = SIDES.map((name) => extent?.[name]);
    if (values.every(Number.isFinite)) take(values);
  });
  let rows = [];
  return el("details", {
    ontoggle: async () => {
      rows = await fetchLayers();
      choice.replaceChildren(...rows.map((one, at) => el("option", { value: at, text: one.title })));
      use.disabled = !rows.length;
    },
  }, el("summary", { text: gettext("From a layer") }), labelled(gettext("Layer"), choice), use);
}

const written = (values, wkid) =>
  JSON.stringify({ ...Object.fromEntries(SIDES.map((name, at) => [name, values[at]])), spatialReference: { wkid } });

/** Return `{values, wkid}` of a text; null for what is no extent. */
function read(text) {
  try {
    const given = JSON.parse(text);
    const values = SIDES.map((name) => Number(given[name]));
    const reference = given.spatialReference ?? given.spatial_reference ?? {};
    return values.every(Number.isFinite) ? { values, wkid: reference.latestWkid ?? reference.wkid ?? 4326 } : null;
  } catch {
    return null;
  }
}

/** Return the rectangle on the map; null if this map does not know its reference. */
function onMap({ values, wkid }) {
  if ([3857, 102100].includes(wkid)) return values;
  if (wkid !== 4326) return null;
  const [west, south, east, north] = values;
  const inside = [west, Math.max(south, -85.05), east, Math.min(north, 85.05)];
  return ol.proj.transformExtent(inside, "EPSG:4326", "EPSG:3857");
}
