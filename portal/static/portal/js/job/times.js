// Times of the page in the zone and the language of the reader; what elapses ticks.

const FORMATS = {
  clock: { timeStyle: "medium" },
  date: { dateStyle: "long" },
  datetime: { dateStyle: "medium", timeStyle: "short" },
};

/** Show all times below an element as the reader's clock has them. */
export function showTimes(root) {
  const language = document.documentElement.lang;
  for (const element of root.querySelectorAll("time[data-time]")) {
    const moment = new Date(element.dateTime);
    const format = new Intl.DateTimeFormat(language, FORMATS[element.dataset.time]);
    if (!Number.isNaN(moment.valueOf())) element.textContent = format.format(moment);
  }
  for (const element of root.querySelectorAll("[data-elapsed]")) tick(element);
}

/** Return seconds as a clock shows them: 0:07, 1:02:03. */
export function clock(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = two(whole % 60);
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Let the time since a moment of the server's clock tick while the element is there. */
function tick(element) {
  const ahead = Number(element.dataset.now) - Date.now() / 1000;
  const show = () => {
    element.textContent = clock(Date.now() / 1000 + ahead - Number(element.dataset.elapsed));
  };
  show();
  const timer = setInterval(() => (element.isConnected ? show() : clearInterval(timer)), 1000);
}
