// Units that convert if asked, fields of the chosen features, parts of an expression.

import { checkSoon, controlOf } from "./fields.js";

/** Watch the units, field pickers and expressions of a form. */
export function watchPickers(form) {
  form.addEventListener("focusin", ({ target }) => {
    if ("units" in target.dataset) target.dataset.before = target.value;
  });
  form.addEventListener("change", ({ target }) => {
    if ("units" in target.dataset) offerConversion(target);
    if (target.hasAttribute("data-sql-field")) pickField(form, target);
    if (target.hasAttribute("data-sql-value")) pickValue(form, target);
    if (controlOf(target)?.dataset.control === "features") tellGround(form, target);
  });
  form.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-sql-insert]");
    if (button) insert(form, controlOf(button), button.dataset.sqlInsert);
  });
  form.addEventListener("fieldschange", (event) => fillFields(form, event));
  for (const one of form.querySelectorAll("[data-sql]")) one.hidden = false;
}

const number = (text) => Number(text.trim().replace(",", "."));

function offerConversion(select) {
  const before = [...select.options].find((one) => one.value === select.dataset.before);
  const now = select.selectedOptions[0];
  const group = select.closest(".input-group");
  const place = group.parentElement.querySelector("[data-convert]");
  const field = group.querySelector("input");
  const value = number(field.value);
  place.hidden = !before || before === now || !field.value || !Number.isFinite(value);
  if (place.hidden) return;
  const made = Number(((value * before.dataset.factor) / now.dataset.factor).toPrecision(12));
  const button = place.firstElementChild;
  button.textContent = interpolate(gettext("Convert %(value)s %(before)s to %(now)s"),
    { value: field.value, before: before.text, now: now.text }, true);
  button.onclick = () => {
    field.value = field.value.includes(",") ? String(made).replace(".", ",") : String(made);
    place.hidden = true;
    field.focus();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  select.dataset.before = select.value;
}

const ON_GLOBE = [4326, 3857, 102100, 4269, 4258];

/** Say that distances are on the ground, where the map's units could mislead. */
function tellGround(form, field) {
  const features = read(field.value);
  const reference = features?.spatialReference ?? features?.featureSet?.spatialReference;
  const isOnGlobe = ON_GLOBE.includes(reference?.wkid) || ON_GLOBE.includes(reference?.latestWkid);
  for (const note of form.querySelectorAll("[data-ground]")) note.hidden = !isOnGlobe;
}

function read(text) {
  try {
    return text.length < 5_000_000 ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

const SHOWN = { esriFieldTypeGeometry: true };

function fillFields(form, event) {
  const owner = event.target.closest("[data-name]")?.dataset.name;
  const fields = (event.detail?.fields ?? []).filter((one) => !SHOWN[one.type]);
  const name = CSS.escape(owner ?? "");
  for (const input of form.querySelectorAll(`[data-fields-of="${name}"]`)) {
    const admitted = configOf(controlOf(input)).fieldTypes ?? [];
    const fitting = fields.filter((one) => !admitted.length || admitted.includes(one.type));
    input.list?.replaceChildren(...fitting.map((one) => new Option(one.alias ?? one.name, one.name)));
    input.oninput = () => followType(input, fields);
  }
  for (const tools of form.querySelectorAll(`[data-sql="${name}"]`)) {
    const select = tools.querySelector("[data-sql-field]");
    select.replaceChildren(select.options[0],
      ...fields.map((one) => new Option(one.alias ?? one.name, one.name)));
  }
}

function followType(input, fields) {
  const found = fields.find((one) => one.name === input.value);
  const type = input.parentElement.querySelector('select[name$=".type"]');
  if (found && type) type.value = found.type;
}

/** Return what the server says of a control's parameter. */
export function configOf(control) {
  const scripts = control.querySelectorAll(':scope > script[type="application/json"]');
  return JSON.parse([...scripts].at(-1)?.textContent ?? "{}");
}

function pickField(form, select) {
  const control = controlOf(select);
  if (!select.value) return;
  insert(form, control, select.value);
  const owner = control.querySelector("[data-sql]").dataset.sql;
  const source = form.elements[owner];
  const features = read(source?.value ?? "")?.features ?? [];
  const values = [...new Set(features.slice(0, 5000).map((one) => one.attributes?.[select.value]))];
  const place = control.querySelector("[data-sql-value]");
  const texts = values.filter((one) => one !== null && one !== undefined).sort().slice(0, 200);
  place.replaceChildren(place.options[0], ...texts.map((one) => new Option(one, quoted(one))));
  select.value = "";
}

const quoted = (value) =>
  typeof value === "number" ? String(value) : `'${String(value).replaceAll("'", "''")}'`;

function pickValue(form, select) {
  if (select.value) insert(form, controlOf(select), select.value);
  select.value = "";
}

function insert(form, control, text) {
  const area = control.querySelector("textarea");
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.focus();
  control.dataset.touched = "";
  checkSoon(form, control);
}
