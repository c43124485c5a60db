// Pasting: GeoJSON, Esri JSON, KML, well-known text, or lines of "longitude, latitude".

import { button, el, labelled } from "../map/elements.js";
import { Refused, readText } from "./reading.js";

/** Return the way of giving features by pasting a text. */
export function pasting(input, say, read = readText, about) {
  const text = el("textarea", { class: "form-control", rows: 5, spellcheck: "false" });
  const problem = el("p", { class: "problem", role: "alert" });
  const take = () => {
    problem.textContent = "";
    try {
      const found = read(text.value);
      if (found.raw) input.keep(found);
      else input.replace(found.features, found.fields);
      say(input.words);
      input.zoom();
    } catch (wrong) {
      if (!(wrong instanceof Refused)) throw wrong;
      problem.textContent = wrong.message;
      text.focus();
    }
  };
  const hint = about ?? gettext("GeoJSON, Esri JSON, KML, WKT, or a line of “longitude, latitude” for each point.");
  return {
    id: "paste", label: gettext("Paste"),
    panel: el("div", {}, labelled(gettext("Text"), text), problem,
      button(gettext("Use this text"), take), el("p", { class: "hint", text: hint })),
  };
}
