// The page of one result: its map above its table.

import { createMap } from "../map/portalmap.js";
import { showResults } from "./results.js";

const root = document.querySelector("[data-job]");
await showResults(root, createMap(root.querySelector("[data-map]")));
