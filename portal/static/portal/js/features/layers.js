// Layers of this portal: what earlier jobs have made, and hosted feature services.

import { button, el, labelled } from "../map/elements.js";
import { fieldsOf, fromEsri, plainFields } from "./esri.js";
import { counted, kindOf } from "./summary.js";

const PREVIEW = 2000;
let listed = null;

/** Return the layers that the reader may use, each `{title, url, query, kind, count}`. */
export async function fetchLayers() {
  if (listed) return listed;
  const answer = await fetch(document.querySelector("[data-layers-url]").dataset.layersUrl);
  const { layers } = answer.ok ? await answer.json() : { layers: [] };
  listed = layers.map((one) => ({ ...one, kind: kindOf(one.geometryType) }));
  return listed;
}

/** Return the first features of a layer, and its fields. */
export async function layerFeatures(row) {
  const asked = new URLSearchParams({
    where: "1=1", outFields: "*", outSR: "4326", resultRecordCount: PREVIEW, f: "json",
  });
  const found = await (await fetch(`${row.query}?${asked}`)).json();
  if (!Array.isArray(found.features)) return { features: [], fields: [] };
  const features = fromEsri(found);
  return { features, fields: found.fields ? plainFields(found.fields) : fieldsOf(features) };
}

/** Return the way of giving features by naming a layer; nothing is copied. */
export function choosingLayers(input, say) {
  const choice = el("select", { class: "form-select" });
  const use = button(gettext("Use this layer"), () => take(rows[choice.value]));
  const note = el("p", { class: "hint" });
  let rows = [];

  async function take(row) {
    if (!row) return;
    const words = [counted(row.kind, row.count), row.title].join(", ");
    input.refer({ url: row.url }, words);
    say(words);
    const { features, fields } = await layerFeatures(row);
    if (input.source?.url === row.url) input.refer({ url: row.url }, words, fields, features);
    input.zoom();
  }

  return {
    id: "layer", label: gettext("Layer or earlier result"),
    panel: el("div", {}, labelled(gettext("Layer"), choice), use, note),
    async open() {
      rows = (await fetchLayers()).filter((one) => input.takes(one.kind));
      choice.replaceChildren(...rows.map((one, at) =>
        el("option", { value: at, text: `${one.title} (${counted(one.kind, one.count)})` })));
      use.disabled = !rows.length;
      note.textContent = rows.length
        ? gettext("The tool reads the whole layer when it runs; the map shows the first 2,000 features.")
        : gettext("There is no layer yet: results of your jobs and hosted layers are listed here.");
    },
  };
}
