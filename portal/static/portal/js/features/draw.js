// Drawing: the shapes that an input takes, one tool active on the whole page.

import { DrawTool } from "../map/drawing.js";
import { button, el } from "../map/elements.js";
import { closeSheet, isSmall, openSheet } from "../map/sheet.js";
import { activate, deactivate, isActive } from "../map/tools.js";
import { editTool } from "./edit.js";

const SHAPES = [
  ["point", "Point", () => gettext("Point")],
  ["line", "LineString", () => gettext("Line")],
  ["freehand-line", "LineString", () => gettext("Freehand line")],
  ["polygon", "Polygon", () => gettext("Polygon")],
  ["rectangle", "Polygon", () => gettext("Rectangle")],
  ["circle", "Polygon", () => gettext("Circle")],
  ["freehand", "Polygon", () => gettext("Freehand area")],
];

const HINTS = {
  point: () => gettext("Click or tap the map to place points."),
  line: () => gettext("Click or tap vertices; double-click, or press Finish, to end."),
  polygon: () => gettext("Click or tap corners; double-click, or press Finish, to end."),
  rectangle: () => gettext("Click or tap two opposite corners."),
  circle: () => gettext("Click or tap the centre, then a place on the circle."),
  freehand: () => gettext("Press, draw, and let go."),
};
const KEYS = () =>
  gettext("By keyboard: arrows move the crosshair, Enter adds a vertex, Backspace removes the last, F or Enter twice finishes, Escape cancels.");

/** Return the way of giving features by drawing. */
export function drawing(input, say) {
  const hint = el("p", { class: "hint" });
  const shapes = SHAPES.filter(([, kind]) => input.takes(kind)).map(([kind, , text]) =>
    button(text(), (event) => toggle(kind, event.detail === 0), { "data-shape": kind, "aria-pressed": "false" }),
  );
  let tool = null;
  const on = (name) => () => tool?.[name]?.();
  const steps = [
    button(gettext("Undo last vertex"), on("undo")),
    button(gettext("Finish"), on("finish")),
    button(gettext("Stop drawing"), () => tool && deactivate(tool)),
  ];
  const edit = editTool(input, say);
  const panel = el("div", {},
    el("div", { class: "widget-row", role: "group", "aria-label": gettext("Shape") }, ...shapes),
    hint,
    el("div", { class: "widget-row" }, ...steps, edit.button),
  );
  const show = (kind = "") => {
    for (const one of shapes) one.setAttribute("aria-pressed", String(one.dataset.shape === kind));
    for (const one of steps) one.hidden = !kind;
    hint.textContent = kind ? `${HINTS[kind.split("-")[0]]()} ${KEYS()}` : gettext("Choose a shape.");
  };

  function toggle(kind, byKeyboard) {
    if (tool && isActive(tool) && tool.options.kind === kind) deactivate(tool);
    else start(kind, byKeyboard);
  }

  function start(kind, byKeyboard) {
    tool = new DrawTool(input.map, {
      kind, byKeyboard, say, snapTo: input.features,
      done: (geometry) => {
        input.add([new ol.Feature(geometry)], input.declared);
        say(input.words);
      },
      leave: () => {
        deactivate(tool);
        shapes.find((one) => one.dataset.shape === kind)?.focus();
      },
      stopped: () => {
        show();
        closeSheet(input.map);
      },
    });
    activate(tool);
    show(kind);
    const mine = tool, before = input.snapshot();
    if (isSmall()) {
      openSheet(input.map, {
        undo: () => mine.undo() || input.removeLast(),
        done: () => (mine.finish(), deactivate(mine)),
        cancel: () => (input.restore(before), deactivate(mine)),
      });
    }
    say(isSmall() ? HINTS[kind.split("-")[0]]() : hint.textContent);
  }

  show();
  return {
    id: "draw", label: gettext("Draw"), panel,
    start: () => start(shapes[0].dataset.shape, false),
    close: () => {
      if (tool) deactivate(tool);
      edit.stop();
    },
  };
}
