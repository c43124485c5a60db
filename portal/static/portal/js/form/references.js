// The search for coordinate systems: a combobox over what the server knows.

/** Make a combobox of each field for a coordinate system, those of new rows too. */
export function watchReferences(form) {
  const all = (root) => root.querySelectorAll("[data-crs]").forEach(combobox);
  all(form);
  form.addEventListener("rowadded", (event) => all(event.target));
}

function combobox(input) {
  const list = input.parentElement.querySelector("[role=listbox]");
  const said = input.parentElement.querySelector("[data-crs-said]");
  let timer;
  let at = -1;
  set(input, { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list",
    "aria-controls": list.id });
  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => {
    input.value = option.dataset.code;
    said.textContent = option.dataset.name;
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const mark = (place) => {
    const options = [...list.children];
    at = (place + options.length) % options.length;
    options.forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    input.setAttribute("aria-activedescendant", options[at].id);
    options[at].scrollIntoView({ block: "nearest" });
  };
  const search = async () => {
    if (input.value.trim().length < 2 || input.value.startsWith("{")) return close();
    const asked = new URLSearchParams({ q: input.value });
    const answer = await fetch(`${input.dataset.crs}?${asked}`);
    const { found, total } = await answer.json();
    list.replaceChildren(...found.map((one, index) => option(list, one, index)));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    said.textContent = total
      ? interpolate(ngettext("%(total)s found", "%(total)s found", total), { total }, true)
      : gettext("Nothing found.");
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 250);
  });
  input.addEventListener("blur", () => setTimeout(close, 150));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const chosen = event.target.closest("[role=option]");
    if (chosen) choose(chosen);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && at >= 0) choose(list.children[at]);
    else return;
    event.preventDefault();
  });
}

function option(list, { code, name, area }, index) {
  const item = document.createElement("li");
  const more = document.createElement("small");
  set(item, { role: "option", id: `${list.id}-${index}`, "aria-selected": "false" });
  Object.assign(item.dataset, { code, name });
  more.textContent = area;
  item.append(`${code} ${name}`, more);
  return item;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
