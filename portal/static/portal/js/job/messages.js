// The messages of a job: what comes is appended; filtered, followed, copied, kept.

import { copy } from "./copying.js";
import { showTimes } from "./times.js";

const ERROR = "esriJobMessageTypeError";
const WARNING = "esriJobMessageTypeWarning";
const SHOWN = { "": null, warning: [WARNING, ERROR], error: [ERROR] };

/** Return the log of a page: {since, append(document)}. */
export function messageLog(page) {
  const list = page.querySelector("[data-messages]");
  const tools = page.querySelector("[data-message-tools]");
  const level = tools.querySelector("[data-message-level]");
  const following = tools.querySelector("[data-message-follow]");
  const filter = () => {
    for (const item of list.children) item.hidden = !isShown(item, level.value);
  };
  const toEnd = () => following.checked && list.scrollTo({ top: list.scrollHeight });
  level.addEventListener("change", filter);
  following.addEventListener("change", toEnd);
  tools.querySelector("[data-message-copy]").addEventListener("click", (event) =>
    copy(event.currentTarget, textOf(list), list),
  );
  tools.querySelector("[data-message-download]").addEventListener("click", () => save(list));
  tools.hidden = false;
  if (location.hash.startsWith("#m")) following.checked = false;
  else toEnd();
  return {
    since: Number(list.lastElementChild?.id.slice(1) ?? 0),
    append(told) {
      for (const one of told.messages) {
        if (page.getElementById(`m${one.id}`)) continue;
        list.append(row(one));
      }
      this.since = told.since;
      if (!told.messages.length) return;
      page.querySelector("[data-message-count]").textContent = list.children.length;
      filter();
      showTimes(list);
      toEnd();
    },
  };
}

const isShown = (item, level) => SHOWN[level]?.includes(item.className) ?? true;

/** Return a message as it is read; what a tool has said stays as it is. */
function inWords(text) {
  const said = {
    "Submitted.": gettext("Submitted."),
    "Executing...": gettext("Executing..."),
    "Succeeded.": gettext("Succeeded."),
    "Failed.": gettext("Failed."),
    "Cancelling...": gettext("Cancelling..."),
    "Cancelled.": gettext("Cancelled."),
    "Timed out.": gettext("Timed out."),
  };
  return Object.hasOwn(said, text) ? said[text] : text;
}

/** Return the row of a message, as the server writes it. */
function row(message) {
  const item = element("li", message.type);
  item.id = `m${message.id}`;
  const link = element("a", "message-time");
  link.href = `#m${message.id}`;
  const time = element("time");
  time.dateTime = new Date(message.time).toISOString();
  time.dataset.time = "clock";
  link.append(time);
  item.append(link, " ");
  const kinds = { [ERROR]: gettext("Error"), [WARNING]: gettext("Warning") };
  if (message.type in kinds) item.append(element("strong", "message-kind", kinds[message.type]), " ");
  item.append(element("span", "message-text", inWords(message.description)));
  return item;
}

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function textOf(list) {
  const lines = [...list.children].filter((item) => !item.hidden).map((item) => {
    const time = item.querySelector("time").dateTime;
    const kind = item.querySelector(".message-kind")?.textContent;
    const text = item.querySelector(".message-text").textContent;
    return [time, kind, text].filter(Boolean).join("\t");
  });
  return lines.join("\n") + "\n";
}

function save(list) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([textOf(list)], { type: "text/plain" }));
  link.download = "messages.txt";
  link.click();
  URL.revokeObjectURL(link.href);
}
