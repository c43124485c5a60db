// Colours of the map, light and dark, and the styles of what people put on it.

const themes = {
  light: {
    sea: "#dfe9ee", land: "#f7f5f0", border: "#b9b4a8", label: "#3d4650", halo: "#ffffff",
    input: "#0b57d0", inputFill: "rgba(11, 87, 208, 0.15)",
    sketch: "#b42318", extent: "#7a3ea8", source: "#57606a",
  },
  dark: {
    sea: "#16222b", land: "#26313a", border: "#4b5963", label: "#cbd5dd", halo: "#16222b",
    input: "#8ab4ff", inputFill: "rgba(138, 180, 255, 0.2)",
    sketch: "#ff9d94", extent: "#d3a9f5", source: "#a3b0bb",
  },
};

/** Return the colours of the theme that the page has now. */
export const colours = () => themes[document.documentElement.dataset.bsTheme] ?? themes.light;

/** Return a style: an outline with dots for points. */
export function outlined(color, fill, { width = 2, dash, radius = 6 } = {}) {
  const stroke = new ol.style.Stroke({ color, width, lineDash: dash });
  const inside = new ol.style.Fill({ color: fill ?? "rgba(0, 0, 0, 0)" });
  return new ol.style.Style({
    stroke,
    fill: inside,
    image: new ol.style.Circle({
      radius,
      fill: new ol.style.Fill({ color }),
      stroke: new ol.style.Stroke({ color: colours().halo, width: 2 }),
    }),
  });
}

/** Put a vector layer on a map, dressed by `style(colours)` in both themes. */
export function addLayer(map, source, style, zIndex = 20) {
  const layer = new ol.layer.Vector({ source, zIndex });
  const dress = () => layer.setStyle(style(colours()));
  dress();
  document.addEventListener("themechange", dress);
  map.addLayer(layer);
  return layer;
}
