// The page of a job: follows it to its end, then shows what came of it.

import { createMap } from "./map/portalmap.js";
import { showResults } from "./results/results.js";

const root = document.querySelector("[data-job]");
const map = createMap(document.querySelector("[data-map]"));
const ACTIVE = ["queued", "running", "cancelling"];

async function follow() {
  while (ACTIVE.includes(root.dataset.state)) {
    await new Promise((done) => setTimeout(done, 1000));
    await renew();
  }
  await showResults(root, map);
}

/** Replace the parts of the page by what the server says now. */
async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.querySelector("[data-job]");
  if (!now) return;
  root.dataset.state = now.dataset.state;
  for (const part of now.querySelectorAll("[data-part]")) {
    root.querySelector(`[data-part="${part.dataset.part}"]`)?.replaceWith(part);
  }
}

follow();
