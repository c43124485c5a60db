// Makes elements without any HTML text, so that nothing in a value is ever markup.

/**
 * Return an element.
 * @param {string} tag
 * @param {Object} given attributes; functions are listeners (`onclick`), `true` is an
 *     attribute without a value, `false`, null and undefined are left out.
 * @param {...(Node|string)} children
 */
export function el(tag, given = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (name === "text") made.textContent = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((one) => one !== null && one !== undefined));
  return made;
}

/** Return a button that submits nothing. */
export function button(text, onclick, given = {}) {
  const look = "btn btn-sm btn-outline-secondary";
  return el("button", { type: "button", class: look, onclick, text, ...given });
}

let last = 0;

/** Return an id that no other element has. */
export const freshId = (prefix) => `${prefix}-${(last += 1)}`;

/** Return a label with its field below it. */
export function labelled(text, field) {
  field.id ||= freshId("w");
  return el("div", { class: "widget-field" }, el("label", { for: field.id, text }), field);
}
