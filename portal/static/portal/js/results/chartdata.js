// The numbers of a chart, counted by the server.

import { cellText, isDate, isNumber, numberText, shortText } from "./cells.js";

const BINS = 12;
const BARS = 20;
const POINTS = 2000;

/**
 * Return `{points: [{x, y, label}], note}` of a chart.
 * @param {Object} view the layer or table
 * @param {string} where the rows that count
 * @param {{kind: string, x: string, y: string, statistic: string}} chart
 */
export function chartData(view, where, chart) {
  return { histogram, bar, line: ordered, scatter: ordered }[chart.kind](view, where, chart);
}

const ask = (view, params) => view.rest.get(`${view.path}/query`, { returnGeometry: "false", ...params });
const quoted = (name) => `"${name.replaceAll('"', "")}"`;
const fieldOf = (view, name) => view.about.fields.find((one) => one.name === name);

function statistics(...wanted) {
  return JSON.stringify(wanted.map(([kind, field, name]) =>
    ({ statisticType: kind, onStatisticField: field, outStatisticFieldName: name })));
}

async function histogram(view, where, { x }) {
  const known = await ask(view, { where, outStatistics: statistics(["min", x, "low"], ["max", x, "high"], ["avg", x, "mean"], ["stddev", x, "deviation"], ["count", x, "number"]) });
  const { low, high, mean, deviation, number } = known.features[0].attributes;
  if (low === null || low === undefined) return { points: [], note: gettext("There are no numbers in this field.") };
  const bins = low === high ? 1 : BINS;
  const width = (high - low) / bins || 1;
  const ends = Array.from({ length: bins }, (_, at) => [low + at * width, at === bins - 1 ? high : low + (at + 1) * width]);
  const counts = await Promise.all(ends.map(async ([from, to], at) => {
    const end = at === bins - 1 ? "<=" : "<";
    const term = `(${where}) AND ${quoted(x)} >= ${plain(from)} AND ${quoted(x)} ${end} ${plain(to)}`;
    return (await ask(view, { where: term, returnCountOnly: "true" })).count;
  }));
  const texts = { number: numberText(number), low: numberText(low), high: numberText(high), mean: numberText(mean), deviation: numberText(deviation ?? 0) };
  const note = interpolate(gettext("%(number)s values, %(low)s to %(high)s, mean %(mean)s, standard deviation %(deviation)s"), texts, true);
  return { points: ends.map(([from, to], at) => ({ x: (from + to) / 2, y: counts[at], short: shortText(from), label: `${numberText(from)} – ${numberText(to)}` })), note };
}

/** Return a number as a condition may hold it: without an exponent. */
function plain(number) {
  const text = String(number);
  return text.includes("e") ? number.toFixed(20).replace(/\.?0+$/, "") : text;
}

async function bar(view, where, { x, y, statistic }) {
  const kind = statistic === "count" ? ["count", view.about.objectIdField, "amount"] : [statistic, y, "amount"];
  const found = await ask(view, { where, outStatistics: statistics(kind), groupByFieldsForStatistics: x, orderByFields: "amount DESC", resultRecordCount: String(BARS + 1) });
  const rows = found.features.map((one) => one.attributes);
  const field = fieldOf(view, x);
  const points = rows.slice(0, BARS).map((row, at) => ({ x: at, y: row.amount ?? 0, label: cellText(field, row[x]) }));
  const note = rows.length > BARS ? interpolate(gettext("The %(count)s largest groups"), { count: BARS }, true) : "";
  return { points, note };
}

async function ordered(view, where, { x, y, kind }) {
  const found = await ask(view, { where, outFields: `${x},${y}`, orderByFields: kind === "line" ? `${x} ASC` : `${view.about.objectIdField} ASC`, resultRecordCount: String(POINTS) });
  const field = fieldOf(view, x);
  const rows = found.features.map((one) => one.attributes).filter((row) => row[x] !== null && row[y] !== null);
  const points = rows.map((row) => ({ x: Number(row[x]), y: Number(row[y]), label: cellText(field, row[x]) }));
  const note = found.exceededTransferLimit ? interpolate(gettext("The first %(count)s rows"), { count: numberText(POINTS) }, true) : "";
  return { points, note };
}

/** Return the fields that fit an axis of a kind of chart. */
export function axisFields(view, kind, axis) {
  const measures = view.about.fields.filter((one) => isNumber(one) && one.name !== view.about.objectIdField);
  if (axis === "y" || kind === "histogram") return measures;
  if (kind === "bar") return view.about.fields.filter((one) => one.name !== view.about.objectIdField);
  return view.about.fields.filter((one) => isNumber(one) || isDate(one));
}
