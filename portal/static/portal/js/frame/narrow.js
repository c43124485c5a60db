// The menu of narrow screens: a button shows and hides it (wide ones show it always).

/** Show the menu of a narrow screen, or hide it. */
export function openNarrowMenu(isOpen = true) {
  document.querySelector("#frame-menu")?.classList.toggle("show", isOpen);
  document.querySelector("[data-narrow-menu]")?.setAttribute("aria-expanded", String(isOpen));
}

/** Let the button of the menu show and hide it, and Escape hide it. */
export function narrowMenu() {
  const button = document.querySelector("[data-narrow-menu]");
  const menu = document.querySelector("#frame-menu");
  if (!button || !menu) return;
  button.addEventListener("click", () => openNarrowMenu(!menu.classList.contains("show")));
  menu.addEventListener("keydown", (event) => {
    const isMenu = !event.target.closest("details[open]");
    if (event.key !== "Escape" || !isMenu || !menu.classList.contains("show")) return;
    openNarrowMenu(false);
    if (getComputedStyle(button).display !== "none") button.focus();
  });
}
