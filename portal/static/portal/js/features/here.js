// The rectangle that the map shows, as a polygon.

import { button, el } from "../map/elements.js";

/** Return the extent that a map shows, at most the whole world once. */
export function visibleExtent(map) {
  const shown = map.getView().calculateExtent(map.getSize());
  const [west, south, east, north] = map.getView().getProjection().getExtent();
  const isWide = shown[2] - shown[0] >= east - west;
  const [left, right] = isWide ? [west, east] : [shown[0], shown[2]];
  return [left, Math.max(shown[1], south), right, Math.min(shown[3], north)];
}

/** Return the way of giving what the map shows; null for an input without polygons. */
export function extentOfMap(input, say) {
  if (!input.takes("Polygon")) return null;
  const take = () => {
    const geometry = ol.geom.Polygon.fromExtent(visibleExtent(input.map));
    input.replace([new ol.Feature(geometry)], input.declared);
    say(input.words);
  };
  return {
    id: "extent", label: gettext("Map extent"),
    panel: el("div", {}, el("p", { class: "hint", text: gettext("The rectangle that the map shows now, as a polygon.") }),
      button(gettext("Use map extent"), take)),
  };
}
