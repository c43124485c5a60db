// What an input holds, in words: "1 polygon, 12.4 km²".

import { area, length, lonLat, measured } from "../map/words.js";

/** Return the sentence for features of the map. */
export function summary(features) {
  const counts = features.length;
  if (!counts) return gettext("Nothing yet.");
  const kind = features[0].getGeometry().getType().replace("Multi", "");
  const parts = [counted(kind, counts), figure(features)];
  if (kind === "Point" && counts === 1) parts[1] = at(features[0].getGeometry());
  return parts.filter(Boolean).join(", ");
}

/** Return how many of a kind of geometry there are. */
export function counted(kind, count) {
  const shown = { count: count.toLocaleString(document.documentElement.lang) };
  const text = {
    Point: ngettext("%(count)s point", "%(count)s points", count),
    LineString: ngettext("%(count)s line", "%(count)s lines", count),
    Polygon: ngettext("%(count)s polygon", "%(count)s polygons", count),
  }[kind] ?? ngettext("%(count)s feature", "%(count)s features", count);
  return interpolate(text, shown, true);
}

/** Return the kind of geometry of an Esri name. */
export const kindOf = (esri) =>
  ({
    esriGeometryPoint: "Point", esriGeometryMultipoint: "Point",
    esriGeometryPolyline: "LineString", esriGeometryPolygon: "Polygon",
  })[esri] ?? "";

function figure(features) {
  let squareMetres = 0, metres = 0;
  for (const one of features) {
    const found = measured(one.getGeometry());
    squareMetres += found.area ?? 0;
    metres += found.length ?? 0;
  }
  if (squareMetres) return area(squareMetres);
  return metres ? length(metres) : "";
}

function at(geometry) {
  if (geometry.getType() !== "Point") return "";
  return lonLat(geometry.getCoordinates()).map((one) => Number(one.toFixed(5))).join(", ");
}
