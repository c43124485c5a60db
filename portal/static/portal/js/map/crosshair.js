// Drawing by keyboard: a crosshair that arrows move; other keys do what a tool says.

import { el } from "./elements.js";
import { place } from "./words.js";

const STEP = 16;
const STEPS = {
  ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP],
};
const TWICE_MS = 600;

/** The crosshair of a map while a tool uses it. */
export class Crosshair {
  /**
   * @param actions `enter`, `finish`, `back`, `escape`: what keys do, with the coordinate;
   *     `move` hears of each step, `say` takes a sentence for the live region.
   */
  constructor(map, actions) {
    this.map = map;
    this.actions = actions;
    this.target = map.getTargetElement();
    this.mark = el("div", { class: "map-crosshair", hidden: true, "aria-hidden": "true" });
    map.getViewport().append(this.mark);
    this.listener = (event) => this.#key(event);
    this.hide = () => (this.mark.hidden = true);
    this.target.addEventListener("keydown", this.listener, true);
    map.on("click", this.hide);
  }

  /** Take it off the map. */
  remove() {
    clearTimeout(this.later);
    this.mark.remove();
    this.map.un("click", this.hide);
    this.target.removeEventListener("keydown", this.listener, true);
  }

  /** Show it at the centre of the map, which gets the focus. */
  show() {
    const [width, height] = this.map.getSize();
    this.at = [width / 2, height / 2];
    this.#put();
    this.target.focus();
  }

  get coordinate() {
    return this.map.getCoordinateFromPixel(this.at);
  }

  #key(event) {
    if (event.target !== this.target || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    const action = this.#action(event.key);
    if (!step && !action) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (this.mark.hidden && (step || event.key === "Enter")) {
      this.show();
      if (!step) return;
    }
    if (step) this.#move(step, event.shiftKey ? 1 / STEP : 1);
    else action();
  }

  #action(key) {
    const { enter, finish, back, escape } = this.actions;
    if (key === "Enter") return () => this.#enter(enter, finish);
    if (key === "f" || key === "F") return finish;
    if (key === "Backspace") return back;
    if (key === "Escape") return escape;
    return null;
  }

  /** Add a vertex; a second Enter soon after, at the same place, finishes. */
  #enter(enter, finish) {
    const now = performance.now();
    const again = this.entered && now - this.entered < TWICE_MS && finish;
    this.entered = again ? 0 : now;
    if (again) finish();
    else enter?.(this.coordinate);
  }

  #move([right, down], share) {
    this.entered = 0;
    const [width, height] = this.map.getSize();
    const [x, y] = [this.at[0] + right * share, this.at[1] + down * share];
    const [inX, inY] = [clamp(x, width), clamp(y, height)];
    if (inX !== x || inY !== y) this.#pan(x - inX, y - inY);
    this.at = [inX, inY];
    this.#put();
    this.actions.move?.(this.coordinate);
    this.map.dispatchEvent({ type: "crosshair", coordinate: this.coordinate });
    this.#tell();
  }

  #pan(x, y) {
    const view = this.map.getView();
    const [east, north] = view.getCenter();
    const metres = view.getResolution();
    view.setCenter([east + x * metres, north - y * metres]);
    this.map.renderSync();
  }

  #put() {
    this.mark.hidden = false;
    this.mark.style.left = `${this.at[0]}px`;
    this.mark.style.top = `${this.at[1]}px`;
  }

  /** Say where it is once it rests. */
  #tell() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.actions.say?.(place(this.coordinate)), 400);
  }
}

const clamp = (value, size) => Math.min(Math.max(value, 4), size - 4);
