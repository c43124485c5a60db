// The list of jobs in the administration: looked at again every 5 s, unless somebody
// works with it, the tab is hidden, or it is paused.

const EVERY_MS = 5000;
const table = document.querySelector("#result_list");
const bar = document.querySelector("[data-live]");
let paused = false;

const rowsOf = (root) =>
    [...root.querySelectorAll("#result_list tbody tr")].map((row) => [
        row.querySelector("input.action-select")?.value ?? row.textContent,
        row,
    ]);

const isBusy = () =>
    paused ||
    document.hidden ||
    document.querySelector("#result_list input.action-select:checked") !== null ||
    document.activeElement?.closest("#changelist-form, #changelist-search, .saved-filters") != null;

async function look() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (isBusy()) return;
    const [now, before] = [rowsOf(page), rowsOf(document)];
    const isSame = now.length === before.length && now.every(([id], at) => id === before[at][0]);
    if (!isSame) {
        location.reload(); // its scripts have to know the new rows
        return;
    }
    now.forEach(([, row], at) => {
        const cells = before[at][1].children;
        [...row.children].forEach((cell, n) => {
            const isTick = cell.querySelector("input.action-select");
            if (!isTick && cells[n].innerHTML !== cell.innerHTML) cells[n].replaceWith(cell.cloneNode(true));
        });
    });
    bar.querySelector("[data-live-said]").textContent = `Updated at ${new Date().toLocaleTimeString()}`;
}

if (table && bar) {
    const button = bar.querySelector("button");
    bar.hidden = false;
    button.addEventListener("click", () => {
        paused = !paused;
        button.setAttribute("aria-pressed", String(paused));
    });
    setInterval(() => {
        if (!isBusy()) look().catch(() => {}); // the next look tries again
    }, EVERY_MS);
}
