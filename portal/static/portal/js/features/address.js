// A layer or file of elsewhere by its address, and the token that opens it.

import { button, el, labelled } from "../map/elements.js";

/** Return the way of giving features by an address. */
export function addressing(input, say) {
  const address = el("input", { type: "url", class: "form-control", inputmode: "url", spellcheck: "false", placeholder: "https://…/FeatureServer/0" });
  const token = el("input", { type: "password", class: "form-control", autocomplete: "off", spellcheck: "false" });
  const problem = el("p", { class: "problem", role: "alert" });
  const take = () => {
    const url = address.value.trim();
    const isGood = /^https?:\/\/[^\s/]+/i.test(url);
    problem.textContent = isGood ? "" : gettext("An address begins with http:// or https://.");
    if (!isGood) return address.focus();
    const source = { url, ...(token.value ? { token: token.value } : {}) };
    const shown = url.replace(/([?&]token=)[^&]*/i, "$1…");
    input.refer(source, token.value ? `${shown} (${gettext("with a token")})` : shown);
    return say(gettext("The server will read the address when the tool runs."));
  };
  for (const one of [address, token]) {
    one.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      take();
    });
  }
  return {
    id: "url", label: gettext("Web address"),
    panel: el("div", {},
      labelled(gettext("Address of a layer, a query or a file"), address),
      labelled(gettext("Token (optional)"), token), problem,
      button(gettext("Use this address"), take),
      el("p", { class: "hint", text: gettext("Hosts have to be allowed by the administrator. The token is kept until the job has ended, and shown nowhere.") })),
  };
}
