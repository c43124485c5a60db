// The list of jobs: states are renewed while some may change; one tick for all.

import { showTimes } from "./job/times.js";

const EVERY = 3000;
const list = document.querySelector("[data-job-list]");

showTimes(document);

const all = list?.querySelector("[data-tick-all]");
if (all) {
  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of list.querySelectorAll("[name=job]")) box.checked = all.checked;
  });
}

/** Fetch the same page, and put its rows in the place of these; ticks stay. */
async function renew() {
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const rows = page.querySelector("[data-rows]");
  if (!rows) {
    location.reload(); // the last job has left what is listed
    return;
  }
  const ticked = new Set([...list.querySelectorAll("[name=job]:checked")].map((box) => box.value));
  for (const box of rows.querySelectorAll("[name=job]")) box.checked = ticked.has(box.value);
  for (const row of rows.children) {
    const old = list.querySelector(`[data-row="${row.dataset.row}"]`);
    if (old?.contains(document.activeElement)) continue; // whoever is in it stays in it
    if (old) old.replaceWith(row.cloneNode(true));
  }
  const known = (body) => [...body.children].map((row) => row.dataset.row).join();
  const body = list.querySelector("[data-rows]");
  if (known(rows) !== known(body)) body.replaceChildren(...rows.children);
  if (!page.querySelector("[data-job-list][data-active]")) delete list.dataset.active;
  showTimes(list);
}

async function follow() {
  while (list && "active" in list.dataset) {
    await new Promise((done) => setTimeout(done, EVERY));
    if (!document.hidden) await renew().catch(() => {}); // the next time, then
  }
}

follow();
