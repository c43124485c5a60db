// The inputs that take features: every way to give them, on one map.

import { addressing } from "./address.js";
import { tabling } from "./coordinates.js";
import { drawing } from "./draw.js";
import { startExtents } from "./extents.js";
import { extentOfMap } from "./here.js";
import { FeatureInput } from "./input.js";
import { choosingLayers } from "./layers.js";
import { pasting } from "./paste.js";
import { selecting } from "./select.js";
import { startTables } from "./table.js";
import { uploading } from "./upload.js";
import { FeatureWidget } from "./widget.js";

const WAYS = [drawing, selecting, choosingLayers, uploading, tabling, pasting, extentOfMap, addressing];

/** Turn the features and table inputs of a form into widgets on a map. */
export function startFeatures(root, map) {
  const widgets = [...root.querySelectorAll("[data-control=features]")]
    .filter((one) => one.querySelector("textarea"))
    .map((one) => new FeatureWidget(new FeatureInput(one, map), WAYS));
  map.on("sheetopen", () => widgets[0]?.draw());
  startTables(root);
}

export { startExtents };
