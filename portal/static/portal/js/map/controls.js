// The buttons of a map, each with a word for those who do not see its sign.

import { el } from "./elements.js";
import { extentOfData, showExtent } from "./extent.js";

const TO_DATA = "M5 5h6v6H5zM1 5V1h4M11 1h4v4M15 11v4h-4M5 15H1v-4";
const FULL = "M1 6V1h5M10 1h5v5M15 10v5h-5M6 15H1v-5";
const FULL_OFF = "M6 1v5H1M10 1v5h5M15 10h-5v5M6 15v-5H1";

/** Return a control with one button; `paths` draw its sign in a box of 16 units. */
export function buttonControl(className, paths, label, onclick) {
  const inside = el("button", { type: "button", title: label, "aria-label": label, onclick }, sign(paths));
  const element = el("div", { class: `ol-unselectable ol-control ${className}` }, inside);
  return new ol.control.Control({ element });
}

/** Return a sign as a picture that screen readers leave out. */
function sign(paths) {
  const space = "http://www.w3.org/2000/svg";
  const made = document.createElementNS(space, "svg");
  const given = { viewBox: "0 0 16 16", width: 16, height: 16, fill: "none", stroke: "currentColor", "stroke-width": 2, "aria-hidden": "true" };
  for (const [name, value] of Object.entries(given)) made.setAttribute(name, value);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", paths);
  made.append(path);
  return made;
}

/** Return the controls that every map has. */
export function mapControls() {
  const made = [
    zoom(),
    new ol.control.ScaleLine({ minWidth: 80 }),
    new ol.control.Attribution({
      collapsible: false, tipLabel: gettext("Sources of the map"),
    }),
    dataControl(),
  ];
  if (document.fullscreenEnabled) made.push(fullScreen());
  return made;
}

function zoom() {
  const near = gettext("Zoom in");
  const far = gettext("Zoom out");
  const control = new ol.control.Zoom({
    zoomInTipLabel: near,
    zoomOutTipLabel: far,
    duration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 250,
  });
  const [first, second] = control.element.querySelectorAll("button");
  first.setAttribute("aria-label", near);
  second.setAttribute("aria-label", far);
  return control;
}

function dataControl() {
  const control = buttonControl("map-to-data", TO_DATA, gettext("Zoom to data"), () => {
    const map = control.getMap();
    showExtent(map, extentOfData(map) ?? map.getView().getProjection().getExtent());
  });
  return control;
}

function fullScreen() {
  const label = gettext("Full screen");
  const control = new ol.control.FullScreen({
    tipLabel: label, label: sign(FULL), labelActive: sign(FULL_OFF),
  });
  for (const one of control.element.querySelectorAll("button")) {
    one.setAttribute("aria-label", label);
  }
  return control;
}
