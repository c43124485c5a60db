// Before the first paint: the theme that was chosen, else that of the system, and then
// what that becomes, on every page while nothing is chosen.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    root.dataset.bsTheme = system.matches ? "dark" : "light";
  };
  if (!root.dataset.bsTheme) {
    follow();
    root.dataset.followsSystem = "";
  }
  system.addEventListener("change", () => {
    if (!("followsSystem" in root.dataset)) return;
    follow();
    const detail = root.dataset.bsTheme;
    document.dispatchEvent(new CustomEvent("themechange", { detail }));
  });
})();
