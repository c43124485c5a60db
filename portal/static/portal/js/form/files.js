// Files of a form: checked, sent while one goes on, and chosen again later.

import { controlOf, showProblem } from "./fields.js";

/** Upload what is chosen or dropped on a field. */
export function watchFiles(form) {
  form.addEventListener("change", (event) => {
    const place = event.target.closest("[data-upload]");
    if (place && event.target.type === "file" && event.target.files[0]) {
      take(form, place, event.target.files[0]);
    }
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    form.addEventListener(kind, (event) => drag(form, event));
  }
}

function drag(form, event) {
  const place = controlOf(event.target)?.querySelector("[data-upload]");
  if (!place || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  place.classList.toggle("is-over", event.type === "dragover");
  if (event.type === "drop" && event.dataTransfer.files[0]) {
    take(form, place, event.dataTransfer.files[0]);
  }
}

/** Return why a file is not accepted, "" if it is. */
function refusal(place, file) {
  const accepted = place.dataset.accept.split(",").filter(Boolean);
  const name = file.name.toLowerCase();
  if (accepted.length && !accepted.some((one) => name.endsWith(one))) {
    return interpolate(gettext("%(name)s is not accepted here. Use %(kinds)s."),
      { name: file.name, kinds: accepted.join(", ") }, true);
  }
  const most = Number(place.dataset.maxMb);
  if (file.size > most * 2 ** 20) {
    return interpolate(gettext("%(name)s has %(size)s MB. At most %(most)s MB are accepted."),
      { name: file.name, size: Math.ceil(file.size / 2 ** 20), most }, true);
  }
  if (!file.size) return interpolate(gettext("%(name)s is empty."), { name: file.name }, true);
  return "";
}

async function take(form, place, file) {
  const control = controlOf(place);
  const input = place.querySelector("input[type=file]");
  const said = place.querySelector("[data-upload-said]");
  const why = refusal(place, file);
  said.textContent = "";
  showProblem(control, why);
  if (why) {
    input.value = "";
    return;
  }
  try {
    const item = await upload(place, file);
    choose(control, item, file.name);
    input.value = "";
    said.textContent = interpolate(gettext("%(name)s is uploaded."), { name: file.name }, true);
  } catch (problem) {
    input.value = "";
    showProblem(control, problem.message);
  }
}

function upload(place, file) {
  const bar = place.querySelector("progress");
  const body = new FormData();
  body.append("file", file, file.name);
  body.append("f", "json");
  const request = new XMLHttpRequest();
  request.open("POST", place.dataset.upload);
  request.upload.onprogress = (event) => {
    bar.hidden = false;
    bar.value = event.total ? (100 * event.loaded) / event.total : 0;
  };
  return new Promise((done, fail) => {
    request.onerror = () => fail(new Error(gettext("The connection was lost. Try again.")));
    request.onload = () => {
      const answer = read(request.responseText);
      if (answer?.success) done(answer.item.itemID);
      else fail(new Error(answer?.error?.details?.[0] ?? gettext("The file was not accepted.")));
    };
    request.onloadend = () => (bar.hidden = true);
    request.send(body);
  });
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function choose(control, item, name) {
  const select = control.querySelector("[data-items]");
  const option = new Option(name, JSON.stringify({ itemID: item }), false, true);
  select.append(option);
  select.dispatchEvent(new Event("change", { bubbles: true }));
}
