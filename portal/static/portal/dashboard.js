// Keeps the dashboard new: asks for its fragment while somebody can see it, and puts
// the parts that differ in the place of the old ones. Without this the page stands still.

const EVERY_MS = 5000;
const region = document.getElementById("dashboard");
const age = document.getElementById("dashboard-age");
const trouble = document.getElementById("dashboard-trouble");
const button = document.getElementById("dashboard-pause");

let updatedAt = Date.now();
let isPaused = false;
let timer = 0;
let asked = null;

function tellAge() {
    const seconds = Math.round((Date.now() - updatedAt) / 1000);
    age.textContent = isPaused ? `Paused; updated ${seconds} s ago` : `Updated ${seconds} s ago`;
}

// Details stay open, and what has the focus keeps it: by its id, or its place.
function replace(part, fresh) {
    if (part.outerHTML === fresh.outerHTML) {
        return;
    }
    const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
    const scrolled = [...part.querySelectorAll(".scrolled")].map((one) => [one.scrollLeft, one.scrollTop]);
    const links = [...part.querySelectorAll("a, summary, [tabindex]")];
    const place = links.indexOf(document.activeElement);
    part.replaceWith(fresh);
    open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    fresh.querySelectorAll(".scrolled").forEach((one, at) => one.scrollTo(...(scrolled[at] ?? [0, 0])));
    if (place >= 0) {
        fresh.querySelectorAll("a, summary, [tabindex]")[place]?.focus({preventScroll: true});
    }
}

function show(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").body;
    const parts = new Map([...region.children].map((one) => [one.id, one]));
    const found = [...fresh.children];
    if (found.some((one) => !parts.has(one.id)) || found.length !== parts.size) {
        region.replaceChildren(...found);
        return;
    }
    for (const one of found) {
        // Who fills in the form of the period is not disturbed.
        const form = parts.get(one.id).querySelector("form");
        if (form) {
            one.querySelector("form").replaceWith(form.cloneNode(true));
            keepValues(form, one.querySelector("form"));
        }
        if (!form || !form.contains(document.activeElement)) {
            replace(parts.get(one.id), one);
        }
    }
}

function keepValues(from, to) {
    [...from.elements].forEach((one, at) => {
        to.elements[at].value = one.value;
    });
}

async function renew() {
    asked = new AbortController();
    try {
        const answer = await fetch(region.dataset.fragment, {
            credentials: "same-origin", signal: asked.signal,
        });
        if (answer.redirected || answer.status === 403) {
            trouble.textContent = "You are signed out: reload the page to sign in.";
            pause(true);
            return;
        }
        if (!answer.ok) {
            throw new Error(answer.statusText);
        }
        show(await answer.text());
        updatedAt = Date.now();
        trouble.textContent = "";
    } catch (error) {
        if (error.name === "AbortError") {
            return;
        }
        trouble.textContent = "The portal does not answer; trying again.";
    }
    tellAge();
    schedule(EVERY_MS);
}

function schedule(wait) {
    clearTimeout(timer);
    if (!isPaused && !document.hidden) {
        timer = setTimeout(renew, wait);
    }
}

function stop() {
    clearTimeout(timer);
    asked?.abort();
}

function pause(wanted) {
    isPaused = wanted;
    button.textContent = isPaused ? "Resume" : "Pause";
    stop();
    tellAge();
    schedule(0);
}

if (region && button) {
    button.hidden = false;
    button.addEventListener("click", () => pause(!isPaused));
    document.addEventListener("visibilitychange", () => {
        stop();
        schedule(Math.max(0, updatedAt + EVERY_MS - Date.now()));
    });
    setInterval(tellAge, 1000);
    tellAge();
    schedule(EVERY_MS);
}
