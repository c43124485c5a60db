// Measuring on the map: lengths and areas on the ground, not on the plane of the map.

import { DrawTool } from "./drawing.js";
import { button, el } from "./elements.js";
import { addLayer, outlined } from "./theme.js";
import { activate, deactivate } from "./tools.js";
import { area, length, measured } from "./words.js";

/** Return the control that measures. */
export function measureControl(map) {
  const source = new ol.source.Vector();
  addLayer(map, source, ({ sketch }) => outlined(sketch, undefined, { dash: [2, 4] }), 35);
  const said = el("p", { class: "map-measured", role: "status" });
  const tools = {};
  const made = [
    ["line", gettext("Measure a length")],
    ["polygon", gettext("Measure an area")],
  ].map(([kind, label]) => {
    const press = button(label, (event) => toggle(kind, event), { "aria-pressed": "false" });
    tools[kind] = tool(map, kind, source, said, press);
    return press;
  });
  const clear = button(gettext("Clear"), () => {
    source.clear();
    said.textContent = "";
  });
  const toggle = (kind, event) => {
    const was = made[kind === "line" ? 0 : 1].getAttribute("aria-pressed") === "true";
    tools[kind].options.byKeyboard = event.detail === 0;
    if (was) deactivate(tools[kind]);
    else activate(tools[kind]);
  };
  const element = el("details", { class: "map-measure ol-control" },
    el("summary", { text: gettext("Measure") }), ...made, clear, said);
  return new ol.control.Control({ element });
}

function tool(map, kind, source, said, press) {
  const made = new DrawTool(map, {
    kind,
    say: (text) => (said.textContent = text),
    done: (geometry) => {
      source.clear();
      source.addFeature(new ol.Feature(geometry));
      const found = measured(geometry);
      said.textContent = found.area === undefined ? length(found.length) : area(found.area);
    },
    leave: () => deactivate(made),
    stopped: () => press.setAttribute("aria-pressed", "false"),
  });
  const start = made.start.bind(made);
  made.start = () => {
    press.setAttribute("aria-pressed", "true");
    said.textContent = gettext("Click or tap vertices; double-click, or press F, to finish.");
    start();
  };
  return made;
}
