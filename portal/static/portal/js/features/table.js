// The inputs that take tables: a grid to type in, a paste, or a file.

import { button, el } from "../map/elements.js";
import { csvRows } from "./csv.js";
import { Refused, typed } from "./reading.js";
import { pasting } from "./paste.js";
import { TableInput } from "./tableinput.js";
import { uploading } from "./upload.js";
import { FeatureWidget } from "./widget.js";

const MOST_TYPED = 200;

/** Turn the table inputs of a form into widgets. */
export function startTables(root) {
  for (const one of root.querySelectorAll("[data-control=table]")) {
    if (!one.querySelector("textarea")) continue;
    const about = gettext("Lines of CSV, the first with the names of the columns; or JSON.");
    new FeatureWidget(new TableInput(one), [
      typing,
      (input, say) => uploading(input, say, readTable),
      (input, say) => pasting(input, say, readTable, about),
    ]);
  }
}

/** Return `{features, fields}` of CSV or JSON; features are objects of attributes. */
export function readTable(text) {
  const given = text.trim();
  if (!given) throw new Refused(gettext("There is nothing in it."));
  const rows = given.startsWith("{") || given.startsWith("[") ? jsonRows(given) : csvObjects(given);
  if (!rows.length) throw new Refused(gettext("There are no rows in it."));
  return { features: rows, fields: columns(rows) };
}

function jsonRows(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (problem) {
    const why = gettext("This is no valid JSON: %(reason)s");
    throw new Refused(interpolate(why, { reason: problem.message }, true));
  }
  const rows = Array.isArray(value) ? value : value.features?.map((one) => one.attributes ?? one.properties);
  if (!rows?.every((one) => one && typeof one === "object" && !Array.isArray(one))) {
    throw new Refused(gettext("Expected a list of objects, or features with attributes."));
  }
  return rows;
}

function csvObjects(text) {
  const [header, ...rows] = csvRows(text);
  return rows.map((row) => Object.fromEntries(header.map((name, at) => [name.trim(), typed(row[at] ?? "")])));
}

/** Return the fields that rows have. */
export function columns(rows) {
  const names = [...new Set(rows.slice(0, 1000).flatMap(Object.keys))].filter(Boolean);
  return names.map((name) => {
    const values = rows.map((one) => one[name]).filter((one) => one !== null && one !== undefined && one !== "");
    const isNumber = values.length && values.every((one) => typeof one === "number");
    const isWhole = isNumber && values.every((one) => Number.isInteger(one) && Math.abs(one) < 2 ** 31);
    const kind = isWhole ? "Integer" : isNumber ? "Double" : "String";
    return { name, type: `esriFieldType${kind}`, alias: name };
  });
}

/** Return the way of giving a table by typing it. */
function typing(input, say) {
  const grid = el("table", { class: "table table-sm widget-table" });
  const problem = el("p", { class: "problem", role: "alert" });
  const cell = (value, label) => el("input", { type: "text", class: "form-control form-control-sm", value, "aria-label": label, autocomplete: "off" });
  const head = () => [...(grid.tHead?.rows[0]?.querySelectorAll("input") ?? [])];
  const name = (at) => interpolate(gettext("Name of column %(number)s"), { number: at + 1 }, true);
  const addRow = (values = []) => {
    const number = grid.tBodies[0].rows.length + 1;
    const cells = head().map((one, at) => el("td", {}, cell(values[at] ?? "",
      interpolate(gettext("%(column)s, row %(number)s"), { column: one.value || name(at), number }, true))));
    const row = el("tr", {}, ...cells, el("td", {}, button("✕", () => row.remove(), { "aria-label": interpolate(gettext("Delete row %(number)s"), { number }, true) })));
    grid.tBodies[0].append(row);
    return row;
  };
  const addColumn = (value = "") => {
    const at = head().length;
    grid.tHead.rows[0].insertBefore(el("th", { scope: "col" }, cell(value, name(at))), grid.tHead.rows[0].lastElementChild);
    for (const row of grid.tBodies[0].rows) row.insertBefore(el("td", {}, cell("", name(at))), row.lastElementChild);
  };
  const take = () => {
    const names = head().map((one) => one.value.trim());
    problem.textContent = names.every(Boolean) && new Set(names).size === names.length ? "" : gettext("Each column needs a name of its own.");
    if (problem.textContent) return;
    const rows = [...grid.tBodies[0].rows].map((row) => [...row.querySelectorAll("input")].map((one) => typed(one.value)));
    const full = rows.filter((row) => row.some((one) => one !== null));
    const objects = full.map((row) => Object.fromEntries(names.map((one, at) => [one, row[at]])));
    input.replace(objects, input.declared.length ? input.declared : columns(objects));
    say(input.words);
  };
  grid.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    addRow().querySelector("input")?.focus();
  });
  return {
    id: "grid", label: gettext("Type"),
    panel: el("div", {}, el("div", { class: "widget-scroll" }, grid), problem,
      el("div", { class: "widget-row" },
        button(gettext("Add row"), () => addRow().querySelector("input")?.focus()),
        button(gettext("Add column"), () => (addColumn(), head().at(-1).focus())),
        button(gettext("Use this table"), take))),
    open() {
      const list = input.list.length <= MOST_TYPED ? input.list : [];
      const names = (input.fields.length ? input.fields : input.declared).map((one) => one.name);
      grid.replaceChildren(el("thead", {}, el("tr", {}, el("td"))), el("tbody"));
      (names.length ? names : [""]).forEach((one) => addColumn(one));
      if (list.length) list.forEach((one) => addRow(names.map((key) => one[key] ?? "")));
      else addRow();
    },
  };
}
