// What every page's frame does: themes, menus, the key of the search.

import { closeMenus } from "./frame/menus.js";
import { narrowMenu } from "./frame/narrow.js";
import { searchKey } from "./frame/searchkey.js";
import { themes } from "./frame/themes.js";

closeMenus();
narrowMenu();
searchKey();
themes();
document.querySelector("[data-error-summary]")?.focus();

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent);
    button.closest("[data-copied-here]").querySelector("[data-copied]").textContent =
      gettext("Copied.");
  });
}
