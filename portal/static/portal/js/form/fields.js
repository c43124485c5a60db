// Fields of a form: checked by the server's own parser, and put back to their defaults.

/** Return the control that an element belongs to: of a cell, that of its table. */
export function controlOf(element) {
  const control = element.closest("[data-control]");
  return control && (controlOf(control.parentElement) ?? control);
}

const named = (control) => [...control.querySelectorAll("[name]:not([type=file])")];
const isEmpty = (control) =>
  named(control)
    .filter((one) => one.type !== "hidden" && !/\.(units|type)$/.test(one.name))
    .every((one) => (one.type === "checkbox" ? !one.checked : !one.value.trim()));

/** Return the fields of a form, or of one control, as the server reads them. */
export function sent(form, control) {
  const all = new FormData(form);
  const body = new URLSearchParams();
  const only = control && new Set(named(control).map((one) => one.name));
  for (const [name, value] of all) {
    const isWanted = !only || only.has(name) || name === "csrfmiddlewaretoken";
    if (isWanted && typeof value === "string") body.append(name, value);
  }
  return body;
}

/** Show what is wrong with a control, or take it away with an empty text. */
export function showProblem(control, text) {
  const place = control.querySelector(".problem");
  if (!place) return;
  control.classList.toggle("is-refused", Boolean(text));
  place.hidden = !text;
  place.replaceChildren();
  if (text) {
    const label = document.createElement("span");
    label.className = "visually-hidden";
    label.textContent = `${control.querySelector("[data-label]")?.textContent ?? ""}: `;
    place.append(label, text);
  }
  const field = control.querySelector("input:not([type=hidden]), select, textarea");
  if (text) field?.setAttribute("aria-invalid", "true");
  else field?.removeAttribute("aria-invalid");
}

const timers = new WeakMap();
const rounds = new WeakMap();

/** Ask the server about one control, 400 ms after the last of several calls. */
export function checkSoon(form, control) {
  clearTimeout(timers.get(control));
  timers.set(control, setTimeout(() => check(form, control), 400));
}

const LONGEST = 200_000;

async function check(form, control) {
  const round = (rounds.get(control) ?? 0) + 1;
  rounds.set(control, round);
  if (isEmpty(control)) return showProblem(control, "");
  const body = sent(form, control);
  if (body.toString().length > LONGEST) return showProblem(control, "");
  try {
    const answer = await fetch(`${form.dataset.page}check/`, { method: "POST", body });
    if (!answer.ok || answer.redirected || rounds.get(control) !== round) return;
    const { problems } = await answer.json();
    showProblem(control, problems?.[control.dataset.name] ?? "");
  } catch {
    // without the server nothing is said: Run will tell
  }
}

function showReset(control) {
  const button = control.querySelector(":scope > [data-reset]");
  if (button) button.hidden = false;
}

let plain;

/** Return the page as it is with all defaults. */
function defaults(form) {
  plain ??= fetch(form.dataset.page)
    .then((answer) => answer.text())
    .then((text) => new DOMParser().parseFromString(text, "text/html"));
  return plain;
}

async function reset(form, control) {
  const page = await defaults(form);
  const name = CSS.escape(control.dataset.name);
  const fresh = page.querySelector(`[data-control][data-name="${name}"]`);
  if (!fresh) return;
  const rows = control.querySelector("[data-rows]");
  if (rows) {
    const copied = document.importNode(fresh.querySelector("[data-rows]"), true);
    rows.replaceChildren(...copied.childNodes);
    rows.dispatchEvent(new CustomEvent("rowschange", { bubbles: true }));
  }
  for (const field of named(control)) copyValue(field, fresh);
  showProblem(control, "");
  clearTimeout(timers.get(control));
  control.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  control.querySelector(":scope > [data-reset]").hidden = true;
}

function copyValue(field, fresh) {
  const same = [...fresh.querySelectorAll(`[name="${CSS.escape(field.name)}"]`)];
  const match = field.type === "checkbox" ? same.find((one) => one.value === field.value) : same[0];
  if (!match) return;
  if (field.type === "checkbox") field.checked = match.checked;
  else field.value = match.value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Check fields as they are left, and once refused as they are typed in; reset them. */
export function watchFields(form) {
  form.addEventListener("focusout", (event) => {
    const control = controlOf(event.target);
    if (control && event.target.name && "touched" in control.dataset) checkSoon(form, control);
  });
  form.addEventListener("input", (event) => {
    const control = controlOf(event.target);
    if (!control) return;
    showReset(control);
    control.dataset.touched = "";
    if (control.classList.contains("is-refused")) checkSoon(form, control);
  });
  form.addEventListener("change", (event) => {
    const control = controlOf(event.target);
    if (!control || !event.target.name || event.target.type === "file") return;
    showReset(control);
    checkSoon(form, control);
  });
  for (const button of form.querySelectorAll("[data-reset]")) {
    button.hidden = !("changed" in button.dataset);
    button.addEventListener("click", () => reset(form, controlOf(button)));
  }
}
