// What every page's frame does: the switch of the theme, the choice of the language.

const root = document.documentElement;

function show(theme) {
  root.dataset.bsTheme = theme;
  document.dispatchEvent(new CustomEvent("themechange", { detail: theme }));
}

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  button.addEventListener("click", () => {
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    delete root.dataset.followsSystem;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    show(theme);
  });
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
  if ("followsSystem" in root.dataset) show(event.matches ? "dark" : "light");
});

for (const select of document.querySelectorAll(".frame-language select")) {
  select.form.querySelector("button").hidden = true;
  select.addEventListener("change", () => select.form.requestSubmit());
}
