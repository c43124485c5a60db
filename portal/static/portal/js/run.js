// The page that runs a task: its map, and one press of Run for one job.

import { startExtents, startFeatures } from "./features/features.js";
import { createMap } from "./map/portalmap.js";

const form = document.querySelector("[data-run]");
const map = createMap(document.querySelector("[data-map]"));

if (form) {
  startFeatures(form, map);
  startExtents(form, map);
}

document.querySelector("[data-error-summary]")?.focus();

form?.addEventListener("submit", (event) => {
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.querySelector("[data-run-button]").setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => delete form?.dataset.sent);

export { map };
