// The map that needs no network: land and borders from data that the portal ships.

const source = () =>
  new ol.source.Vector({
    url: new URL("../../basemap/countries.json", import.meta.url).href,
    format: new ol.format.GeoJSON(),
    attributions: "Made with Natural Earth",
  });

const colours = {
  light: { sea: "#dfe9ee", land: "#f7f5f0", border: "#b9b4a8" },
  dark: { sea: "#16222b", land: "#26313a", border: "#4b5963" },
};

/** Return the layer; it follows the theme of the page. */
export function basemap() {
  const layer = new ol.layer.Vector({ source: source(), zIndex: 0 });
  const dress = () => {
    const now = colours[document.documentElement.dataset.bsTheme] ?? colours.light;
    layer.setBackground(now.sea);
    layer.setStyle(
      new ol.style.Style({
        fill: new ol.style.Fill({ color: now.land }),
        stroke: new ol.style.Stroke({ color: now.border, width: 0.8 }),
      }),
    );
  };
  dress();
  document.addEventListener("themechange", dress);
  return layer;
}
