// Buttons that copy a text of the page.

/** Let each button with data-copies copy the element that it names. */
export function offerCopies(root) {
  for (const button of root.querySelectorAll("[data-copies]")) {
    if (!button.hidden) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      const element = document.querySelector(button.dataset.copies);
      copy(button, element.value ?? element.textContent, element);
    });
  }
}

/** Copy a text, and say so on the button; where that is not allowed, select it. */
export async function copy(button, text, element) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = gettext("Copied");
  } catch {
    select(element);
    button.textContent = gettext("Press Ctrl+C");
  }
  setTimeout(() => (button.textContent = before), 2000);
}

function select(element) {
  if (element.select) element.select();
  else getSelection().selectAllChildren(element);
}
