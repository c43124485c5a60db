// Charts drawn as SVG: bars, lines, points, with axes that tell numbers.

import { numberText, shortText } from "./cells.js";

const WIDTH = 640;
const HEIGHT = 260;
const ROOM = { left: 64, right: 16, top: 14, bottom: 46 };
const NS = "http://www.w3.org/2000/svg";

function svg(name, given = {}, ...children) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(given)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Return the SVG of points of a kind of chart; `xText` tells a number of the x axis. */
export function drawChart(kind, points, title, xText = shortText) {
  const made = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title, class: "chart" });
  if (!points.length) return made;
  const isBar = kind === "bar" || kind === "histogram";
  const ys = points.map((one) => one.y);
  const y = scale(isBar ? Math.min(0, ...ys) : least(ys), isBar ? Math.max(0, ...ys) : most(ys), HEIGHT - ROOM.bottom, ROOM.top);
  const xs = points.map((one) => one.x);
  const x = isBar
    ? scale(-0.5, points.length - 0.5, ROOM.left, WIDTH - ROOM.right)
    : scale(least(xs), most(xs), ROOM.left, WIDTH - ROOM.right);
  made.append(...yAxis(y));
  made.append(...(isBar ? barAxis(points, x) : xAxis(x, xText)));
  made.append(...SHAPES[kind](points, x, y));
  return made;
}

const least = (numbers) => numbers.reduce((a, b) => Math.min(a, b), Infinity);
const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b), -Infinity);

function scale(low, high, from, to) {
  const span = high - low || 1;
  const at = (value) => from + ((value - low) / span) * (to - from);
  return Object.assign(at, { low, high: low + span });
}

function ticks({ low, high }, wanted = 5) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let one = Math.ceil(low / step) * step; one <= high + step * 1e-9; one += step) found.push(Number(one.toPrecision(12)));
  return found;
}

function yAxis(y) {
  return ticks(y).flatMap((one) => [
    svg("line", { x1: ROOM.left, x2: WIDTH - ROOM.right, y1: y(one), y2: y(one), class: "grid" }),
    svg("text", { x: ROOM.left - 6, y: y(one) + 4, "text-anchor": "end" }, shortText(one)),
  ]);
}

function xAxis(x, xText) {
  return ticks(x, 4).map((one) => svg("text", { x: x(one), y: HEIGHT - ROOM.bottom + 18, "text-anchor": "middle" }, xText(one)));
}

function barAxis(points, x) {
  const step = Math.ceil(points.length / 6);
  return points.flatMap((one, at) => at % step ? [] : [
    svg("text", { x: x(at), y: HEIGHT - ROOM.bottom + 18, "text-anchor": "middle" }, one.short ?? cut(one.label)),
  ]);
}

const cut = (text) => (text.length > 14 ? `${text.slice(0, 13)}…` : text);

function bars(points, x, y) {
  const width = Math.max(1, (x(1) - x(0)) * 0.86);
  return points.map((one, at) => {
    const [top, base] = [Math.min(y(one.y), y(0)), Math.max(y(one.y), y(0))];
    const bar = svg("rect", { x: x(at) - width / 2, y: top, width, height: Math.max(0, base - top), class: "mark" });
    bar.append(svg("title", {}, `${one.label}: ${numberText(one.y)}`));
    return bar;
  });
}

const SHAPES = {
  bar: bars,
  histogram: bars,
  line: (points, x, y) => [svg("polyline", { points: points.map((one) => `${x(one.x)},${y(one.y)}`).join(" "), class: "stroke" })],
  scatter: (points, x, y) => points.map((one) => svg("circle", { cx: x(one.x), cy: y(one.y), r: 3, class: "mark dot" })),
};
