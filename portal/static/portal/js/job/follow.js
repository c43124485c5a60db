// Following a job: asks what it has said since, and shows it, until it has ended.

import { announcer } from "./announcing.js";
import { jobUrl } from "./asking.js";
import { connection } from "./connection.js";
import { offerCopies } from "./copying.js";
import { showTimes } from "./times.js";

const ACTIVE = ["queued", "running", "cancelling"];
const STATES = {
  esriJobSubmitted: "queued",
  esriJobExecuting: "running",
  esriJobSucceeded: "succeeded",
  esriJobFailed: "failed",
  esriJobCancelling: "cancelling",
  esriJobCancelled: "cancelled",
  esriJobTimedOut: "timed-out",
};
const SOON = 1000;
const LATER = 2000;
const LONG = 60_000; // what runs so long is asked for less often
const AGAIN = 5000; // after the connection was lost

/**
 * Follow a job to its end.
 * @param {HTMLElement} root the element with data-job, data-state and data-share
 * @param {object} log where messages go: {since, append(messages)}
 * @param {() => void} ended called once when the job has succeeded
 * @returns {{renewFrom: (page: Document) => void}}
 */
export function follow(root, log, ended) {
  const follower = new Follower(root, log);
  follower.run().then(() => {
    if (root.dataset.state === "succeeded") ended();
  });
  return follower;
}

class Follower {
  constructor(root, log) {
    this.root = root;
    this.log = log;
    this.began = Date.now();
    this.rounds = 0;
    this.announce = announcer(root.querySelector("[data-announce]"));
    this.connection = connection(root.querySelector("[data-connection]"));
    this.title = document.title;
  }

  get isActive() {
    return ACTIVE.includes(this.root.dataset.state);
  }

  async run() {
    while (this.isActive) {
      await pause(Date.now() - this.began > LONG ? LATER : SOON);
      await untilVisible();
      await this.ask();
    }
  }

  /** Ask once; say when the server does not answer, and wait then. */
  async ask() {
    let goesOn = true;
    try {
      goesOn = await this.look();
    } catch {
      this.connection.lost();
      await pause(AGAIN - SOON);
      return;
    }
    this.connection.back();
    if (!goesOn) {
      this.root.dataset.state = "gone";
      this.connection.gone();
    }
  }

  /** Look at the job; false if it cannot be read any more. */
  async look() {
    this.rounds += 1;
    if (!this.root.dataset.job) return this.renew();
    const url = jobUrl(this.root, "/messages", { since: this.log.since });
    const answer = await fetch(url, { cache: "no-store" });
    refuseBusy(answer.status);
    const told = await answer.json();
    if (told.error) {
      refuseBusy(told.error.code);
      return false;
    }
    this.log.append(told);
    const state = STATES[told.jobStatus];
    if (told.progress) this.showProgress(told.progress);
    const isDue = state === "queued" ? this.rounds % 3 === 0 : this.hasSteps();
    return state !== this.root.dataset.state || isDue ? this.renew() : true;
  }

  hasSteps() {
    return "steps" in this.root.dataset && this.rounds % 2 === 0;
  }

  /** Fetch the page again, and show its parts as they are now. */
  async renew() {
    const answer = await fetch(location.pathname, { cache: "no-store" });
    refuseBusy(answer.status);
    if (!answer.ok || answer.redirected) return false;
    return this.renewFrom(new DOMParser().parseFromString(await answer.text(), "text/html"));
  }

  /** Show the parts of the page as another copy of it has them. */
  renewFrom(page) {
    const now = page.querySelector("[data-job]");
    if (!now) return false;
    const before = this.root.dataset.state;
    this.root.dataset.state = now.dataset.state;
    const focused = document.activeElement?.closest("[data-part]");
    for (const part of now.querySelectorAll("[data-part]")) replace(this.root, part);
    if (focused && !focused.isConnected) focusAgain(this.root, focused.dataset.part);
    this.title = document.title = page.title;
    showTimes(this.root);
    offerCopies(this.root);
    const active = page.querySelector("[data-active-jobs]");
    if (active) document.querySelector("[data-active-jobs]")?.replaceWith(active);
    if (before !== now.dataset.state) this.announceState();
    return true;
  }

  announceState() {
    const part = this.root.querySelector('[data-part="state"]');
    const told = [part.querySelector(".state-pill"), part.querySelector(".job-reason")];
    this.announce(told.map((one) => one?.textContent.trim() ?? "").join(" ").trim(), true);
  }

  showProgress({ percent, message }) {
    const part = this.root.querySelector('[data-part="state"]');
    const bar = part.querySelector("[data-bar]");
    if (!bar) return;
    const isKnown = percent !== undefined;
    if (isKnown) bar.value = percent;
    else bar.removeAttribute("value");
    part.querySelector("[data-percent]").textContent = isKnown ? `${percent} %` : "";
    part.querySelector("[data-stage]").textContent = message;
    document.title = isKnown ? `${percent} % – ${this.title}` : this.title;
    this.announce(isKnown ? `${percent} % ${message}` : message, false);
  }
}

/** Throw if a status says that the server may answer later. */
function refuseBusy(status) {
  if (status === 429 || (status >= 500 && status < 600)) throw new Error(status);
}

/** Replace a part of the page, unless nothing has changed: a menu in it stays open. */
function replace(root, part) {
  const old = root.querySelector(`[data-part="${part.dataset.part}"]`);
  if (!old) return;
  for (const one of part.querySelectorAll("details")) {
    one.open = old.querySelector(`details.${one.className}`)?.open ?? false;
  }
  if (part.matches("details")) part.open = old.open;
  old.replaceWith(part);
}

/** Give the focus to the part in whose place it was, rather than lose it. */
function focusAgain(root, name) {
  const part = root.querySelector(`[data-part="${name}"]`);
  const first = part?.querySelector("a, button, summary");
  first?.focus({ preventScroll: true });
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Wait while nobody looks at the page. */
function untilVisible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((done) => {
    document.addEventListener("visibilitychange", function seen() {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", seen);
      done();
    });
  });
}
