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
  showTimes(rows);
  for (const row of rows.children) {
    const old = list.querySelector(`[data-row="${row.dataset.row}"]`);
    if (old) renewCells(old, row);
  }
  const known = (body) => [...body.children].map((row) => row.dataset.row).join();
  const body = list.querySelector("[data-rows]");
  if (known(rows) !== known(body)) body.replaceChildren(...rows.children);
  for (const box of list.querySelectorAll("[name=job]")) box.checked = ticked.has(box.value);
  if (!page.querySelector("[data-job-list][data-active]")) delete list.dataset.active;
}

/** Put the cells of a row in the place of another's, but for the one with the focus. */
function renewCells(old, row) {
  [...old.cells].forEach((cell, at) => {
    if (cell.contains(document.activeElement)) return;
    if (cell.innerHTML !== row.cells[at].innerHTML) cell.replaceWith(row.cells[at].cloneNode(true));
  });
}

async function follow() {
  while (list && "active" in list.dataset) {
    await new Promise((done) => setTimeout(done, EVERY));
    if (!document.hidden) await renew().catch(() => {}); // the next time, then
  }
}

follow();
