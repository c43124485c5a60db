// Keeps the preview of a task's form with what is being edited, without saving it.

const button = document.querySelector("[data-preview]");
const form = button?.form;
const pause = 400; // milliseconds after the last key
let timer = 0;
let asked = 0;

/** Ask the server for the form as it would be, and put it in the place of the old one. */
async function refresh() {
  const mine = ++asked;
  const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) });
  if (!answer.ok || mine !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const made = page.getElementById("preview");
  if (made) document.getElementById("preview").replaceWith(made);
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => refresh().catch(() => {}), pause);
}

if (form) {
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  button.closest("p").hidden = true; // it happens by itself
}
