// A chart of columns of a table, with its numbers as a table.

import { dateText, isDate, numberText, shortText } from "./cells.js";
import { axisFields, chartData } from "./chartdata.js";
import { drawChart } from "./chartdrawing.js";
import { choice, el, labelled } from "./elements.js";

const MOST_LISTED = 200;
const KINDS = () => [["histogram", gettext("Histogram")], ["bar", gettext("Bars")],
  ["line", gettext("Line")], ["scatter", gettext("Scatter plot")]];
const STATISTICS = () => [["count", gettext("Number of rows")], ["sum", gettext("Sum")], ["avg", gettext("Mean")],
  ["min", gettext("Smallest")], ["max", gettext("Largest")]];

/** The chart of a layer or table; `where` returns which rows count. */
export class ChartPanel {
  constructor(view, where) {
    Object.assign(this, { view, where });
    const numbers = axisFields(view, "histogram", "x");
    this.state = { kind: numbers.length ? "histogram" : "bar", statistic: "count" };
    this.form = el("div", { class: "chart-form" });
    this.note = el("p", { class: "quiet", role: "status" });
    this.place = el("div", { class: "chart-place" });
    this.element = el("div", { class: "chart-panel" }, this.form, this.place, this.note);
    this.#settle();
    this.draw();
  }

  /** Ask for the numbers, and draw them. */
  async draw() {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    try {
      const data = await chartData(this.view, this.where(), this.state);
      if (turn !== this.turn) return;
      this.note.textContent = data.note;
      const title = this.#title();
      const shape = this.state.kind;
      const field = this.view.about.fields.find((one) => one.name === this.state.x);
      const svg = drawChart(shape, data.points, title, field && isDate(field) ? dateText : shortText);
      this.place.replaceChildren(svg, this.#numbers(data.points, title));
    } catch (error) {
      if (turn === this.turn) this.note.textContent = error.message;
    }
  }

  #settle() {
    const { state, view } = this;
    const axes = { x: axisFields(view, state.kind, "x"), y: axisFields(view, state.kind, "y") };
    for (const axis of ["x", "y"]) {
      if (!axes[axis].some((one) => one.name === state[axis])) state[axis] = axes[axis][0]?.name ?? "";
    }
    const set = (name) => (event) => {
      state[name] = event.target.value;
      if (name === "kind" || name === "statistic") this.#settle();
      this.draw();
    };
    const pairs = (fields) => fields.map((one) => [one.name, one.alias || one.name]);
    const kinds = KINDS().filter(([kind]) => kind === "bar" || axes.y.length);
    const parts = [labelled(gettext("Chart"), choice(kinds, state.kind, set("kind"))),
      labelled(gettext("Field"), choice(pairs(axes.x), state.x, set("x")))];
    if (state.kind === "bar" && axes.y.length) parts.push(labelled(gettext("Height"), choice(STATISTICS(), state.statistic, set("statistic"))));
    if (state.kind === "line" || state.kind === "scatter" || (state.kind === "bar" && state.statistic !== "count")) {
      parts.push(labelled(gettext("Values"), choice(pairs(axes.y), state.y, set("y"))));
    }
    this.form.replaceChildren(...parts);
  }

  #title() {
    const named = (name) => this.view.about.fields.find((one) => one.name === name)?.alias ?? name;
    const { kind, x, y, statistic } = this.state;
    const [, text] = KINDS().find(([one]) => one === kind);
    const withY = kind === "line" || kind === "scatter" || (kind === "bar" && statistic !== "count");
    return withY ? `${text}: ${named(x)}, ${named(y)}` : `${text}: ${named(x)}`;
  }

  #numbers(points, title) {
    const rows = points.slice(0, MOST_LISTED).map((one) =>
      el("tr", {}, el("th", { scope: "row" }, one.label), el("td", { class: "is-number" }, numberText(one.y))));
    return el("details", {}, el("summary", {}, gettext("Numbers of the chart")),
      el("table", { class: "table table-sm" }, el("caption", { class: "visually-hidden" }, title), el("tbody", {}, ...rows)));
  }
}
