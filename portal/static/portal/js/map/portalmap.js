// The map of a page: the basemap, its controls, and the layers that the page puts on it.

import { basemap } from "./basemap.js";
import { mapControls } from "./controls.js";
import { measureControl } from "./measure.js";
import { readout } from "./readout.js";
import { prepareSheet } from "./sheet.js";
import { offerBasemaps } from "./switcher.js";

// The middle of the world is 0, 0, which OpenLayers takes for degrees and warns of.
ol.proj.disableCoordinateWarning();

/** Return an ol.Map in an element, in Web Mercator, showing the world. */
export function createMap(element) {
  const offline = basemap();
  const map = new ol.Map({
    target: element,
    layers: [offline],
    controls: mapControls(),
    view: new ol.View({
      center: [0, 2_000_000], zoom: 1.5, minZoom: 1, maxZoom: 20,
      extent: [-40_075_016, -20_037_508, 40_075_016, 20_037_508], constrainOnlyCenter: true,
    }),
  });
  map.addControl(measureControl(map));
  offerBasemaps(map, offline);
  readout(map);
  prepareSheet(map, element);
  map.once("rendercomplete", () => performance.mark("map-usable"));
  return map;
}

export { extentOfData, showExtent } from "./extent.js";
