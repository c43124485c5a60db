// A table of vertices: what drawing does, without the map.

import { button, el, labelled } from "../map/elements.js";
import { lonLat, onMap } from "../map/words.js";
import { shape } from "../map/sketch.js";

const KINDS = [
  ["point", "Point", () => gettext("Points")],
  ["line", "LineString", () => gettext("Line")],
  ["polygon", "Polygon", () => gettext("Polygon")],
];
const LEAST = { point: 1, line: 2, polygon: 3 };
const MOST_ROWS = 500;

/** Return the way of giving features by a table of coordinates. */
export function tabling(input, say) {
  const body = el("tbody");
  const kinds = KINDS.filter(([, kind]) => input.takes(kind));
  const choice = el("select", { class: "form-select" }, ...kinds.map(([value, , text]) => el("option", { value, text: text() })));
  const problem = el("p", { class: "problem", role: "alert" });
  const append = (lon = "", lat = "") => {
    const row = vertexRow(lon, lat, () => remove(row));
    body.append(row);
    renumber(body);
    return row;
  };
  const remove = (row) => {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    renumber(body);
    (next?.querySelector("button") ?? choice).focus();
  };
  const centre = () => lonLat(input.map.getView().getCenter()).map((one) => one.toFixed(5));
  const take = () => {
    const found = readRows(body, choice.value);
    problem.textContent = found.problem ?? "";
    if (found.problem) return found.field?.focus();
    const features = found.shapes.map((one) => new ol.Feature(one));
    input.replace(features, input.declared);
    input.zoom();
    return say(input.words);
  };
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    append().querySelector("input").focus();
  });
  const table = el("table", { class: "table table-sm widget-table" },
    el("caption", { class: "visually-hidden", text: gettext("Vertices") }),
    el("thead", {}, el("tr", {}, ...["#", gettext("Longitude"), gettext("Latitude"), gettext("Delete")].map((text) => el("th", { scope: "col", text })))),
    body);
  return {
    id: "coordinates", label: gettext("Coordinates"),
    panel: el("div", {}, labelled(gettext("Kind"), choice), table, problem,
      el("div", { class: "widget-row" },
        button(gettext("Add row"), () => append().querySelector("input").focus()),
        button(gettext("Place at map centre"), () => append(...centre())),
        button(gettext("Use these coordinates"), take)),
      el("p", { class: "hint", text: gettext("Degrees of WGS 84, such as -84.241 and 36.5921. Enter adds a row.") })),
    open() {
      body.replaceChildren();
      const known = input.isDefault ? null : vertices(input.list);
      if (known) {
        choice.value = known.kind;
        known.places.forEach((one) => append(...one));
      } else append();
    },
  };
}

function vertexRow(lon, lat, remove) {
  const field = (value) => el("input", { type: "text", inputmode: "decimal", class: "form-control form-control-sm", value, autocomplete: "off" });
  return el("tr", {}, el("th", { scope: "row" }), el("td", {}, field(lon)), el("td", {}, field(lat)),
    el("td", {}, button("✕", remove)));
}

function renumber(body) {
  [...body.rows].forEach((row, at) => {
    const number = at + 1;
    row.cells[0].textContent = number;
    const [lon, lat] = row.querySelectorAll("input");
    lon.setAttribute("aria-label", interpolate(gettext("Longitude of vertex %(number)s"), { number }, true));
    lat.setAttribute("aria-label", interpolate(gettext("Latitude of vertex %(number)s"), { number }, true));
    row.querySelector("button").setAttribute("aria-label", interpolate(gettext("Delete vertex %(number)s"), { number }, true));
  });
}

/** Return `{shapes}` of the rows, or `{problem, field}`. */
function readRows(body, kind) {
  const places = [];
  for (const row of body.rows) {
    const fields = [...row.querySelectorAll("input")];
    if (fields.every((one) => !one.value.trim())) continue;
    const values = fields.map((one) => (one.value.trim() ? Number(one.value.trim().replace(",", ".")) : NaN));
    const bad = [400, 90].findIndex((most, at) => !(Math.abs(values[at]) <= most));
    if (bad >= 0) {
      const text = gettext("%(field)s has to be a number of degrees.");
      return { problem: interpolate(text, { field: fields[bad].getAttribute("aria-label") }, true), field: fields[bad] };
    }
    places.push(onMap(values));
  }
  if (places.length < LEAST[kind]) {
    const count = LEAST[kind];
    const text = ngettext("At least %(count)s vertex is needed.", "At least %(count)s vertices are needed.", count);
    return { problem: interpolate(text, { count }, true) };
  }
  return { shapes: kind === "point" ? places.map((one) => new ol.geom.Point(one)) : [shape(kind, places)] };
}

/** Return the vertices of simple features, to go on with; null for others. */
function vertices(list) {
  const [first] = list;
  const type = first?.getGeometry().getType();
  const rounded = (at) => lonLat(at).map((one) => Number(one.toFixed(7)));
  if (type === "Point" && list.length <= MOST_ROWS && list.every((one) => one.getGeometry().getType() === "Point")) {
    return { kind: "point", places: list.map((one) => rounded(one.getGeometry().getCoordinates())) };
  }
  if (list.length !== 1 || !["LineString", "Polygon"].includes(type)) return null;
  const found = first.getGeometry().getCoordinates();
  const line = type === "Polygon" ? found[0].slice(0, -1) : found;
  if (line.length > MOST_ROWS || (type === "Polygon" && found.length > 1)) return null;
  return { kind: type === "Polygon" ? "polygon" : "line", places: line.map(rounded) };
}
