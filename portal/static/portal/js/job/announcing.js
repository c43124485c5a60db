// What a screen reader is told: changes of state at once, progress now and then.

const EVERY = 10_000;

/** Return a function that says a text; one that does not matter is said rarely. */
export function announcer(region) {
  let last = Date.now();
  return (text, matters) => {
    if (!matters && Date.now() - last < EVERY) return;
    last = Date.now();
    region.textContent = text;
  };
}
