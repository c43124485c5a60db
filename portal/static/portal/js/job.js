// The page of a job: follows it to its end, then shows what came of it.

import { openPanels } from "./job/panels.js";
import { follow } from "./job/follow.js";
import { showInputs } from "./job/inputs.js";
import { messageLog } from "./job/messages.js";
import { showTimes } from "./job/times.js";
import { offerCopies } from "./job/copying.js";
import { createMap, showExtent } from "./map/portalmap.js";
import { showResults } from "./results/results.js";

const root = document.querySelector("[data-job]");
const map = createMap(document.querySelector("[data-map]"));

showTimes(document);
offerCopies(document);
// first, so that the map ends at the results
const drawn = showInputs(root, map).then((layer) => {
  if (layer && !root.querySelector("[data-layer]")) showExtent(map, layer.getSource().getExtent());
});
const follower = follow(root, messageLog(document), async () => {
  await drawn;
  await showResults(root, map);
});
openPanels((page) => follower.renewFrom(page));
