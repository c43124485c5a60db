// What came of a job: its results on the map of its page, in tables and charts.

import { dateText } from "./cells.js";
import { FeatureView } from "./featureview.js";
import { identify } from "./identify.js";
import { ResultPanel } from "./panel.js";
import { RasterView } from "./rasterview.js";
import { Rest } from "./rest.js";
import { Selection } from "./selection.js";
import { Dock } from "./dock.js";

const stages = new WeakMap();

/**
 * Show the results that a job has; may be called again whenever the page has changed.
 * @param {HTMLElement} root the element with data-job, the address of the job; with
 *   data-share, the secret of a share link, and data-only, the one result to show
 * @param {ol.Map} map the map of the page
 */
export async function showResults(root, map) {
  const section = root.querySelector('[data-part="results"]');
  const before = stages.get(map);
  if (!section || before?.section === section) return;
  before?.dispose();
  const stage = new Stage(root, map, section);
  stages.set(map, stage);
  await stage.show();
}

/** All that the results of a job have put on its map and page. */
class Stage {
  constructor(root, map, section) {
    Object.assign(this, { root, map, section });
    this.rest = new Rest(root);
    this.views = [];
    this.undo = [];
  }

  async show() {
    this.#readable();
    const items = [...this.section.querySelectorAll("[data-layer]")];
    if (items.length) await this.#layers(items).catch((error) => this.#complain(error));
  }

  dispose() {
    this.undo.splice(0).forEach((one) => one());
  }

  #readable() {
    for (const one of this.section.querySelectorAll("[data-file]")) one.href = this.rest.shared(one.href);
    for (const one of this.section.querySelectorAll('[data-value="GPDate"]')) {
      if (/^-?\d+$/.test(one.textContent)) one.textContent = dateText(Number(one.textContent));
    }
  }

  async #layers(items) {
    const { layers } = await this.rest.get("layers");
    const selection = new Selection(this.map);
    const dock = new Dock(this.map.getTargetElement(), selection, this.rest);
    this.undo.push(identify(this.map, () => this.views, selection), () => selection.dispose(), () => dock.dispose());
    const panels = [];
    items.forEach((item, at) => {
      const about = layers.find((one) => String(one.id) === item.dataset.layer);
      if (about) panels.push(this.#panel(item, about, 100 - at, { selection, dock }));
    });
    await this.#overlook();
    await Promise.all(this.views.map((one) => one.refresh?.()));
    const [first] = panels;
    const hasNoMap = this.views.every((one) => one.isTable);
    if (first && !first.view.isRaster && (hasNoMap || this.root.dataset.only)) first.openTable();
  }

  #panel(item, about, zIndex, parts) {
    let panel;
    const changed = (state) => panel?.changed(state);
    const isTable = item.dataset.kind === "table";
    const view = isTable
      ? tableView(this.rest, about)
      : about.isRaster
        ? new RasterView(this.rest, this.map, about, zIndex - 50, changed, item.dataset.service)
        : new FeatureView(this.rest, this.map, about, zIndex, changed);
    panel = new ResultPanel(item, view, { ...parts, map: this.map, rest: this.rest });
    this.views.push(view);
    this.undo.push(() => view.dispose());
    return panel;
  }

  async #overlook() {
    const whole = ol.extent.createEmpty();
    const known = await Promise.all(this.views.map((one) => one.extent().catch(() => undefined)));
    known.filter(Boolean).forEach((one) => ol.extent.extend(whole, one));
    const at = { padding: [30, 30, 30, 30], maxZoom: 16 };
    if (!ol.extent.isEmpty(whole)) this.map.getView().fit(whole, at); // at once: what is shown is loaded next
  }

  #complain(error) {
    const text = document.createElement("p");
    text.setAttribute("role", "alert");
    text.textContent = error.message;
    this.section.append(text);
  }
}

function tableView(rest, about) {
  return {
    rest, about, path: `layers/${about.id}`, isTable: true,
    extent: async () => undefined, feature: async () => undefined, dispose() {},
  };
}
