// The choice of a theme without a reload; without scripts its form does the same.

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const ICONS = { light: "sun", dark: "moon", system: "screen" };

/** Show a theme now: "light", "dark", or "system" for that of the system. */
function show(choice) {
  const theme = choice === "system" ? (system.matches ? "dark" : "light") : choice;
  root.dataset.bsTheme = theme;
  if (choice === "system") root.dataset.followsSystem = "";
  else delete root.dataset.followsSystem;
  document.querySelector("meta[name=color-scheme]").content =
    choice === "system" ? "light dark" : choice;
  document.dispatchEvent(new CustomEvent("themechange", { detail: theme }));
}

function mark(choice) {
  for (const button of document.querySelectorAll("[data-themes] button")) {
    button.setAttribute("aria-pressed", String(button.value === choice));
  }
  for (const use of document.querySelectorAll(".theme-icon use")) {
    const [file] = use.getAttribute("href").split("#");
    use.setAttribute("href", `${file}#${ICONS[choice]}`);
  }
}

/** Follow the buttons of the page; theme.js follows the system. */
export function themes() {
  for (const form of document.querySelectorAll("[data-themes]")) {
    form.addEventListener("submit", (event) => {
      const choice = event.submitter?.value;
      if (!choice) return;
      event.preventDefault();
      const age = choice === "system" ? 0 : 31536000;
      const secure = location.protocol === "https:" ? "; secure" : "";
      document.cookie = `theme=${choice}; path=/; max-age=${age}; samesite=lax${secure}`;
      show(choice);
      mark(choice);
    });
  }
}
