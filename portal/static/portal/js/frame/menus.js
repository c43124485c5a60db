// Menus are <details>: they open without scripts; here they close again by themselves.

/** Close menus on Escape, on a click elsewhere, and when another one opens. */
export function closeMenus() {
  const menus = [...document.querySelectorAll("details[data-menu]")];

  function closeAllBut(kept) {
    for (const one of menus) if (one !== kept) one.open = false;
  }

  document.addEventListener("click", (event) => {
    closeAllBut(menus.find((one) => one.contains(event.target)));
  });
  document.addEventListener("focusin", (event) => {
    closeAllBut(menus.find((one) => one.contains(event.target)));
  });
  document.addEventListener("keydown", (event) => {
    const open = menus.find((one) => one.open);
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });
}
