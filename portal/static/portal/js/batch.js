// The page of a batch: renewed from the server until its last row has ended.

const root = document.querySelector("[data-batch]");
const EVERY_MS = 2000;

async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.querySelector("[data-batch]");
  if (!now) return;
  root.dataset.batch = now.dataset.batch;
  for (const part of now.querySelectorAll("[data-part]")) {
    const shown = root.querySelector(`[data-part="${part.dataset.part}"]`);
    if (shown.contains(document.activeElement) || shown.innerHTML === part.innerHTML) {
      if (root.dataset.batch === "active") continue; // whoever is in there stays
    }
    shown.replaceWith(part);
  }
}

while (root.dataset.batch === "active") {
  await new Promise((done) => setTimeout(done, EVERY_MS));
  if (!document.hidden) await renew().catch(() => {}); // the next one tries again
}
