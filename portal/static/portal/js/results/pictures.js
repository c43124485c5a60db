// Layers of the map that the server draws: rasters, and features by the thousand.

/**
 * Return an image layer whose pictures come from the export resource of a job.
 * @param {Rest} rest
 * @param {() => Object} parameters what to draw, asked anew for each picture
 * @param {Object} heard `drawn(milliseconds)` and `failed(error)`
 */
export function pictureLayer(rest, parameters, heard = {}) {
  let asking = null;
  const loader = async (extent, resolution, pixelRatio) => {
    asking?.abort();
    asking = new AbortController();
    const size = sizeOf(extent, resolution);
    const image = await rest.picture("layers/export", {
      bbox: extent.join(","), bboxSR: "3857", imageSR: "3857", size: size.join(","),
      format: "png32", transparent: "true", ...parameters(),
    }, asking.signal).catch((error) => {
      if (error.name !== "AbortError") heard.failed?.(error);
      return null;
    });
    if (!image) return { image: nothing(), extent, resolution, pixelRatio };
    heard.drawn?.();
    return { image, extent, resolution, pixelRatio };
  };
  const source = () => new ol.source.Image({ loader, projection: "EPSG:3857" });
  const layer = new ol.layer.Image({ source: source() });
  layer.renew = () => layer.setSource(source());
  return layer;
}

/** Return a picture of nothing: OpenLayers would report a loader that fails. */
function nothing() {
  return Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
}

function sizeOf(extent, resolution) {
  const width = Math.max(1, Math.round(ol.extent.getWidth(extent) / resolution));
  const height = Math.max(1, Math.round(ol.extent.getHeight(extent) / resolution));
  const share = Math.min(1, 4000 / Math.max(width, height));
  return [Math.max(1, Math.round(width * share)), Math.max(1, Math.round(height * share))];
}

/** Return the parameters that draw one layer of a job with some drawing information. */
export function drawn(number, drawingInfo) {
  const source = { type: "mapLayer", mapLayerId: number };
  const layer = { id: number, source, ...(drawingInfo ? { drawingInfo } : {}) };
  return { layers: `show:${number}`, dynamicLayers: JSON.stringify([layer]) };
}

/** Return the entries of a layer's legend: pictures as data, with labels. */
export async function legendOf(rest, number, drawingInfo) {
  const asked = drawingInfo ? { dynamicLayers: drawn(number, drawingInfo).dynamicLayers } : {};
  const found = await rest.get("layers/legend", asked);
  return found.layers.find((one) => one.layerId === number)?.legend ?? [];
}
