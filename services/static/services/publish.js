// Says while a name is typed whether a service may have it, in the form's own words.

const form = document.querySelector("[data-check]");
const told = document.getElementById("name-check");
const { service, folder, name } = form.elements;
let timer = 0;
let asked = 0;

/** Ask the server about the name; what it says is told under the field. */
async function check() {
  const mine = ++asked;
  if (service.value || !name.value) {
    told.textContent = "";
    return;
  }
  const query = new URLSearchParams({ folder: folder.value, name: name.value });
  const answer = await fetch(`${form.dataset.check}?${query}`);
  if (!answer.ok || mine !== asked) return;
  const { problem, text } = await answer.json();
  told.textContent = text;
  told.classList.toggle("refused", Boolean(problem));
  name.setAttribute("aria-invalid", String(Boolean(problem)));
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(() => check().catch(() => {}), 250);
}

name.addEventListener("input", soon);
for (const one of [folder, service]) one.addEventListener("change", soon);
soon();
