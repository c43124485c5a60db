// A shape that is being drawn, vertex by vertex, by whatever hand: pointer, touch or keys.

import { addLayer, outlined } from "./theme.js";
import { lonLat, onMap } from "./words.js";

const LEAST = { point: 1, line: 2, polygon: 3, rectangle: 2, circle: 2 };
const MOST = { point: 1, rectangle: 2, circle: 2 };
const SIDES = 96;

/** A sketch of a kind ("point", "line", "polygon", "rectangle", "circle") on a map. */
export class Sketch {
  /** @param done is called with the geometry of each shape that is finished. */
  constructor(map, kind, done, changed = () => {}) {
    this.map = map;
    this.kind = kind;
    this.done = done;
    this.changed = changed;
    this.vertices = [];
    this.source = new ol.source.Vector();
    this.layer = addLayer(map, this.source, ({ sketch }) => outlined(sketch, undefined, { dash: [6, 4], radius: 5 }), 40);
  }

  /** Add a vertex; the last that a kind needs finishes it. */
  add(coordinate) {
    const last = this.vertices.at(-1);
    if (last && this.#near(last, coordinate, 1)) return;
    if (this.kind === "polygon" && this.canFinish && this.#near(this.vertices[0], coordinate, 10)) {
      this.finish();
      return;
    }
    this.vertices.push(coordinate);
    if (this.vertices.length === MOST[this.kind]) this.finish();
    else this.#show();
  }

  /** Show the shape as it would be with one more vertex. */
  move(coordinate) {
    if (this.vertices.length) this.#show(coordinate);
  }

  /** Take the last vertex away; return false if there was none. */
  undo() {
    const had = this.vertices.pop() !== undefined;
    this.#show();
    return had;
  }

  get canFinish() {
    return this.vertices.length >= LEAST[this.kind];
  }

  /** Give the shape to who asked for it; return false if vertices are missing. */
  finish() {
    if (!this.canFinish) return false;
    const geometry = shape(this.kind, this.vertices);
    this.cancel();
    this.done(geometry);
    return true;
  }

  /** Forget the vertices. */
  cancel() {
    this.vertices = [];
    this.#show();
  }

  /** Take the sketch off the map. */
  remove() {
    this.map.removeLayer(this.layer);
  }

  #near(one, other, pixels) {
    const [a, b] = [one, other].map((at) => this.map.getPixelFromCoordinate(at));
    return a && b && Math.hypot(a[0] - b[0], a[1] - b[1]) <= pixels;
  }

  #show(next) {
    this.source.clear();
    const all = next ? [...this.vertices, next] : this.vertices;
    const geometries = this.vertices.map((at) => new ol.geom.Point(at));
    if (all.length >= LEAST[this.kind] && this.kind !== "point") geometries.push(shape(this.kind, all));
    else if (all.length > 1) geometries.push(new ol.geom.LineString(all));
    this.source.addFeatures(geometries.map((geometry) => new ol.Feature(geometry)));
    this.changed();
  }
}

/** Return the geometry that vertices make. */
export function shape(kind, vertices) {
  const [first, second] = vertices;
  if (kind === "point") return new ol.geom.Point(first);
  if (kind === "line") return new ol.geom.LineString(vertices);
  if (kind === "rectangle") return ol.geom.Polygon.fromExtent(ol.extent.boundingExtent([first, second]));
  if (kind === "circle") return circle(first, second);
  return new ol.geom.Polygon([[...vertices, first]]);
}

/** Return a circle that is one on the ground: all vertices as far from its centre. */
function circle(centre, edge) {
  const metres = ol.sphere.getDistance(lonLat(centre), lonLat(edge));
  const around = ol.geom.Polygon.circular(lonLat(centre), Math.max(metres, 1), SIDES);
  const shifted = around.getCoordinates()[0].map(onMap);
  return new ol.geom.Polygon([shifted]);
}
