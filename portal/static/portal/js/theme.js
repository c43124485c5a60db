// Before the first paint: the theme that was chosen, else that of the system.
(() => {
  const root = document.documentElement;
  if (!root.dataset.bsTheme) {
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.bsTheme = isDark ? "dark" : "light";
    root.dataset.followsSystem = "";
  }
})();
