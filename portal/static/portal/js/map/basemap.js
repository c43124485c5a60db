// The map that needs no network: land, borders and cities from data that the portal ships.

import { colours } from "./theme.js";

const data = (name) => new URL(`../../basemap/${name}`, import.meta.url).href;

const countries = new ol.source.Vector({
  url: data("countries.json"),
  format: new ol.format.TopoJSON(),
  attributions: "Made with Natural Earth",
  wrapX: true,
});

const cities = new ol.source.Vector({
  url: data("cities.json"),
  format: new ol.format.GeoJSON(),
  attributions: gettext("Cities: GeoNames, CC BY 4.0, changed"),
  wrapX: true,
});

const EDGE = 20_037_500;

countries.on("featuresloadend", ({ features }) => {
  for (const one of features) {
    const [west, , east] = one.getGeometry().getExtent();
    if (west < -EDGE || east > EDGE) one.set("outline", withoutCut(one.getGeometry()), true);
  }
});

/** Return the rings of polygons as lines, without what runs along the antimeridian. */
function withoutCut(geometry) {
  const isCut = ([x]) => Math.abs(x) > EDGE;
  const lines = geometry.getCoordinates().flat().flatMap((ring) => {
    const found = [[]];
    ring.forEach((at, n) => {
      if (n && isCut(at) && isCut(ring[n - 1])) found.push([]);
      found.at(-1).push(at);
    });
    return found.filter((line) => line.length > 1);
  });
  return new ol.geom.MultiLineString(lines);
}

/** The countries that the basemap draws, to select from. */
export const countrySource = () => countries;

/** The cities that the basemap draws, to select from. */
export const citySource = () => cities;

/** Return the layer; it follows the theme of the page. */
export function basemap() {
  const group = new ol.layer.Group({ zIndex: 0 });
  group.set("basemap", "offline");
  const land = new ol.layer.Vector({ source: countries, zIndex: 0 });
  const names = new ol.layer.Vector({ source: cities, zIndex: 1, declutter: true, minZoom: 3.5 });
  group.setLayers(new ol.Collection([land, names]));
  const dress = () => {
    const now = colours();
    land.setBackground(now.sea);
    land.setStyle([
      new ol.style.Style({ fill: new ol.style.Fill({ color: now.land }) }),
      new ol.style.Style({
        stroke: new ol.style.Stroke({ color: now.border, width: 0.8 }),
        geometry: (one) => one.get("outline") ?? one.getGeometry(),
      }),
    ]);
    names.setStyle((feature, resolution) => cityStyle(feature, resolution, now));
  };
  dress();
  document.addEventListener("themechange", dress);
  return group;
}

/** Return the style of a city; small ones show when one looks closer. */
function cityStyle(feature, resolution, now) {
  if (feature.get("population") < resolution * 700) return null;
  return new ol.style.Style({
    image: new ol.style.Circle({
      radius: 2.5,
      fill: new ol.style.Fill({ color: now.label }),
      stroke: new ol.style.Stroke({ color: now.halo, width: 1 }),
    }),
    text: new ol.style.Text({
      text: feature.get("name"),
      font: "12px system-ui, sans-serif",
      offsetY: -10,
      fill: new ol.style.Fill({ color: now.label }),
      stroke: new ol.style.Stroke({ color: now.halo, width: 3 }),
    }),
  });
}
