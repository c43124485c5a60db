// Where the pointer is, as longitude and latitude.

import { el } from "./elements.js";
import { place } from "./words.js";

/** Put the readout of coordinates on a map. */
export function readout(map) {
  const text = el("output", { class: "map-readout", "aria-hidden": "true" });
  map.addControl(new ol.control.Control({ element: text }));
  const show = (coordinate) => {
    text.textContent = `${place(coordinate, decimals(map))}  EPSG:4326`;
  };
  map.on("pointermove", (event) => show(event.coordinate));
  map.on("crosshair", (event) => show(event.coordinate));
  map.getViewport().addEventListener("pointerleave", () => (text.textContent = ""));
}

/** Return how many decimals of a degree a pixel of the map is worth. */
function decimals(map) {
  const degrees = map.getView().getResolution() / 111_320;
  return Math.min(7, Math.max(1, Math.ceil(-Math.log10(degrees))));
}
