// The press of Run: once for one job, by Ctrl+Enter too, and never lost at a sign-out.

/** Send a form once; bring an error summary to the eye, and its links to the fields. */
export function watchSending(form) {
  watchSummary(form);
  const button = form.querySelector("[data-run-button]");
  form.querySelector("[data-keys]").hidden = false;
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !button.disabled) {
      event.preventDefault();
      form.requestSubmit(button);
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!form.dataset.sent) send(form, button);
  });
  addEventListener("pageshow", () => rest(form, button));
}

function rest(form, button) {
  delete form.dataset.sent;
  button.removeAttribute("aria-busy");
  form.querySelector("[data-run-said]").textContent = "";
}

async function send(form, button) {
  form.dataset.sent = "yes";
  button.setAttribute("aria-busy", "true");
  form.querySelector("[data-run-said]").textContent = gettext("Sending…");
  if (await isSignedIn(form)) form.submit();
  else askToSignIn(form, button);
}

/** Tell if whoever has opened the form still is signed in; renew the form's token. */
async function isSignedIn(form) {
  try {
    const answer = await fetch(`${form.dataset.page}check/`, { cache: "no-store" });
    if (answer.redirected) return false;
    const { user, token } = await answer.json();
    form.elements.csrfmiddlewaretoken.value = token;
    return user === form.dataset.user || !form.dataset.user;
  } catch {
    return true; // the page of the answer will say what is wrong
  }
}

function askToSignIn(form, button) {
  const dialog = document.querySelector("[data-signed-out]");
  const said = dialog.querySelector("[data-signed-out-said]");
  rest(form, button);
  said.textContent = "";
  dialog.querySelector("[data-continue]").onclick = async () => {
    if (await isSignedIn(form)) {
      dialog.close();
      form.requestSubmit(button);
    } else said.textContent = gettext("You are not signed in yet.");
  };
  dialog.showModal();
}

function watchSummary(form) {
  const summary = document.querySelector("[data-error-summary]");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const name = event.target.closest("[data-to]")?.dataset.to;
    const control = name && form.querySelector(`[data-control][data-name="${CSS.escape(name)}"]`);
    const field = control && firstField(control, event.target.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    control.closest("details")?.setAttribute("open", "");
    field.focus();
    control.scrollIntoView({ block: "nearest" });
  });
}

function firstField(control, id) {
  const isShown = (one) => one && one.getClientRects().length > 0 && !one.disabled;
  control.closest("details")?.setAttribute("open", "");
  const own = document.getElementById(decodeURIComponent(id));
  if (isShown(own)) return own;
  const all = control.querySelectorAll("input:not([type=hidden]), select, textarea, button");
  return [...all].find(isShown);
}
