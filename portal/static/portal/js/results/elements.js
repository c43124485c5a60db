// Elements of pages, made in one expression each.

/**
 * Return an element with properties, attributes and children.
 * @param {string} name
 * @param {Object} [given] `class`, `on` (listeners by event), attributes with a hyphen or
 *   that are texts, and properties
 * @param {...(Node|string)} children
 */
export function el(name, given = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (key === "class") made.className = value;
    else if (key === "on") listen(made, value);
    else if (key in made && !key.startsWith("aria")) made[key] = value;
    else if (value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function listen(made, listeners) {
  for (const [event, heard] of Object.entries(listeners)) made.addEventListener(event, heard);
}

/** Return a button that is no submit; `given` as of `el`. */
export function button(text, given = {}) {
  return el("button", { type: "button", class: "btn btn-sm btn-outline-secondary", ...given }, text);
}

let made = 0;

/** Return a label with its control. */
export function labelled(text, control, kind = "") {
  control.id ||= `results-${++made}`;
  return el("span", { class: `labelled ${kind}` },
    el("label", { htmlFor: control.id }, text), control);
}

/** Return a select of [value, text] pairs. */
export function choice(pairs, value, changed) {
  const options = pairs.map(([one, text]) =>
    el("option", { value: one, selected: one === value }, text));
  return el("select", { class: "form-select form-select-sm", on: { change: changed } }, ...options);
}
