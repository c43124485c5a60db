// Where the pointer is, as longitude and latitude.

import { el } from "./elements.js";
import { place } from "./words.js";

/** Put the readout of coordinates on a map. */
export function readout(map) {
  const text = el("output", { class: "map-readout", "aria-hidden": "true" });
  map.addControl(new ol.control.Control({ element: text }));
  const show = (coordinate) => {
    const own = map.get("reference");
    const there = own && own !== "EPSG:4326" ? inReference(coordinate, own) : "";
    text.textContent = `${place(coordinate, decimals(map))} EPSG:4326 ${there}`;
  };
  map.on("pointermove", (event) => show(event.coordinate));
  map.on("crosshair", (event) => show(event.coordinate));
  map.getViewport().addEventListener("pointerleave", () => (text.textContent = ""));
}

/** Return a coordinate in the reference that an input came in. */
function inReference(coordinate, reference) {
  const there = ol.proj.transform(coordinate, "EPSG:3857", reference);
  return `· ${there.map((one) => one.toFixed(1)).join(", ")} ${reference}`;
}

/** Return how many decimals of a degree a pixel of the map is worth. */
function decimals(map) {
  const degrees = map.getView().getResolution() / 111_320;
  return Math.min(7, Math.max(1, Math.ceil(-Math.log10(degrees))));
}
