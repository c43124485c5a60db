// Suggests names of users while one is typed in a filter of the job list.
for (const input of document.querySelectorAll("[data-suggestions]")) {
    const list = document.getElementById(input.getAttribute("list"));
    let asked = 0;
    input.addEventListener("input", async () => {
        const mine = ++asked;
        const query = new URLSearchParams({ q: input.value });
        const answer = await fetch(`${input.dataset.suggestions}?${query}`);
        if (!answer.ok || mine !== asked) {
            return;
        }
        const { names } = await answer.json();
        list.replaceChildren(...names.map((name) => new Option(name, name)));
    });
}
