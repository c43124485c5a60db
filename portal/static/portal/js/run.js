// The page that runs a tool: its map, its form, and one press of Run for one job.

import { startExtents, startFeatures } from "./features/features.js";
import { watchFields } from "./form/fields.js";
import { watchFiles } from "./form/files.js";
import { watchPickers } from "./form/pickers.js";
import { watchReferences } from "./form/references.js";
import { watchRows } from "./form/rows.js";
import { watchSending } from "./form/sending.js";
import { watchTabs } from "./form/tabs.js";
import { createMap } from "./map/portalmap.js";

const form = document.querySelector("[data-run]");
const map = createMap(document.querySelector("[data-map]"));

watchSending(form);
watchRows(form);
watchFields(form);
watchFiles(form);
watchPickers(form);
watchReferences(form);
watchTabs(form, map);
startFeatures(form, map);
startExtents(form, map);

export { map };
