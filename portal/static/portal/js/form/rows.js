// Tables and lists of values: rows that are added and removed.

/** Let rows be added and removed; the kind of a composite shows its own field. */
export function watchRows(form) {
  for (const rows of form.querySelectorAll("[data-rows]")) prepare(rows);
  form.addEventListener("rowschange", (event) => prepare(event.target));
  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    const remove = event.target.closest("[data-remove-row]");
    if (add) addRow(add.parentElement);
    if (remove) removeRow(remove.closest("[data-row]"));
  });
  form.addEventListener("change", (event) => {
    if ("kinds" in event.target.dataset) showPart(event.target);
  });
  for (const one of form.querySelectorAll("[data-kinds]")) showPart(one);
}

function prepare(rows) {
  const control = rows.parentElement;
  control.querySelector(":scope > [data-add-row]").hidden = false;
  for (const one of rows.querySelectorAll("[data-remove-row]")) one.hidden = false;
  for (const one of rows.querySelectorAll("[data-kinds]")) showPart(one);
}

function addRow(control) {
  const rows = control.querySelector("[data-rows]");
  const used = [...rows.querySelectorAll("[name]")].map((one) => placeOf(control, one.name));
  const next = Math.max(-1, ...used.filter(Number.isFinite)) + 1;
  const row = control.querySelector(":scope > template").content.cloneNode(true);
  for (const one of row.querySelectorAll("*")) number(one, next);
  rows.append(row);
  prepare(rows);
  const last = rows.lastElementChild;
  last.dispatchEvent(new CustomEvent("rowadded", { bubbles: true }));
  last.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

function placeOf(control, name) {
  const start = `${control.dataset.name ?? ""}.`;
  return Number.parseInt(name.slice(start.length), 10);
}

const NUMBERED = ["name", "id", "for", "list", "data-name", "aria-describedby"];

function number(element, place) {
  for (const name of NUMBERED) {
    const text = element.getAttribute(name);
    if (text?.includes(".__")) element.setAttribute(name, text.replaceAll(".__", `.${place}`));
  }
}

function removeRow(row) {
  const rows = row.parentElement;
  const control = rows.parentElement;
  row.remove();
  const field = rows.querySelector("input, select, textarea");
  field?.dispatchEvent(new Event("change", { bubbles: true }));
  control.querySelector(":scope > [data-add-row]").focus();
}

function showPart(select) {
  for (const part of select.parentElement.querySelectorAll(":scope > [data-part]")) {
    const isChosen = part.dataset.part === select.value;
    part.hidden = !isChosen;
    for (const field of part.querySelectorAll("[name]")) field.disabled = !isChosen;
  }
}
