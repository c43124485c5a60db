// The tool that draws shapes on a map: clicks and taps, or the crosshair by keyboard.

import { Crosshair } from "./crosshair.js";
import { Sketch } from "./sketch.js";
import { place } from "./words.js";

const SNAP_PIXELS = 10;
const TWICE_PIXELS = 4;
const TWICE_MS = 500;
const MOST_SNAPPED = 2000;

/** Draws shapes of one kind until it is stopped. */
export class DrawTool {
  /**
   * @param options `kind`; `done(geometry)` for each shape; `say(sentence)`;
   *     `stopped()`; `byKeyboard`; `snapTo`, a source whose vertices attract.
   */
  constructor(map, options) {
    this.map = map;
    this.options = options;
  }

  start() {
    const { map, options } = this;
    if (options.kind.startsWith("freehand")) this.#startFreehand();
    else this.sketch = new Sketch(map, options.kind, options.done, options.changed);
    this.crosshair = new Crosshair(map, {
      enter: (at) => this.#add(at, true),
      finish: () => this.finish(),
      back: () => this.undo(),
      escape: () => this.escape(),
      move: (at) => this.sketch?.move(at),
      say: options.say,
    });
    this.listeners = [
      map.on("click", (event) => this.#click(event)),
      map.on("pointermove", (event) => event.dragging || this.sketch?.move(this.#snapped(event))),
      map.on("dblclick", (event) => event.stopPropagation()),
    ];
    map.getViewport().classList.add("is-drawing");
    if (options.byKeyboard) this.crosshair.show();
  }

  stop() {
    ol.Observable.unByKey(this.listeners);
    this.crosshair.remove();
    this.sketch?.remove();
    if (this.freehand) this.map.removeInteraction(this.freehand);
    this.sketch = this.freehand = null;
    this.map.getViewport().classList.remove("is-drawing");
    this.options.stopped?.();
  }

  /** Take the last vertex away; return false if there was none. */
  undo() {
    const had = this.sketch?.undo() ?? false;
    if (had) this.options.say(gettext("Last vertex removed."));
    return had;
  }

  finish() {
    if (!this.sketch?.finish() && this.sketch?.vertices.length) {
      this.options.say(gettext("More vertices are needed to finish."));
    }
  }

  /** Forget what is begun; with nothing begun, end the tool. */
  escape() {
    if (!this.sketch?.vertices.length) this.options.leave?.();
    else {
      this.sketch.cancel();
      this.options.say(gettext("Drawing cancelled."));
    }
  }

  /** Add a vertex, or finish: two clicks soon after each other at one place. */
  #click(event) {
    const now = performance.now();
    const [x, y] = this.clicked ?? [-99, -99];
    const isSame = Math.hypot(event.pixel[0] - x, event.pixel[1] - y) <= TWICE_PIXELS;
    const isTwice = isSame && now - this.clickedAt < TWICE_MS && this.sketch?.canFinish;
    [this.clicked, this.clickedAt] = [event.pixel, now];
    if (isTwice) this.finish();
    else if (this.sketch) this.#add(this.#snapped(event));
  }

  #add(at, byKey = false) {
    const before = this.sketch?.vertices.length ?? 0;
    this.sketch?.add(at);
    const now = this.sketch?.vertices.length ?? 0;
    if (byKey && now > before) {
      const text = gettext("Vertex %(number)s at %(place)s.");
      this.options.say(interpolate(text, { number: now, place: place(at) }, true));
    }
  }

  #snapped(event) {
    const source = this.options.snapTo;
    if (!source || source.getFeatures().length > MOST_SNAPPED) return event.coordinate;
    const near = source.getClosestFeatureToCoordinate(event.coordinate);
    if (!near) return event.coordinate;
    const flat = near.getGeometry().getFlatCoordinates();
    const step = near.getGeometry().getStride();
    for (let n = 0; n < flat.length; n += step) {
      const [x, y] = this.map.getPixelFromCoordinate([flat[n], flat[n + 1]]);
      if (Math.hypot(x - event.pixel[0], y - event.pixel[1]) <= SNAP_PIXELS) return [flat[n], flat[n + 1]];
    }
    return event.coordinate;
  }

  #startFreehand() {
    const type = this.options.kind === "freehand-line" ? "LineString" : "Polygon";
    this.freehand = new ol.interaction.Draw({ type, freehand: true });
    this.freehand.on("drawend", ({ feature }) => {
      const geometry = feature.getGeometry().simplify(this.map.getView().getResolution());
      this.options.done(geometry);
    });
    this.map.addInteraction(this.freehand);
  }
}
