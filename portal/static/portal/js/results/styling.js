// How features look: one colour, classes of a number, or a colour for each value.

import { isNumber, typeOf } from "./cells.js";
import { choice, el, labelled } from "./elements.js";
import { ramp, rampNames } from "./ramps.js";

const METHODS = () => [
  ["esriClassifyQuantile", gettext("Equal counts")],
  ["esriClassifyEqualInterval", gettext("Equal intervals")],
  ["esriClassifyNaturalBreaks", gettext("Natural breaks")],
];

/**
 * Return the form that styles a layer of features.
 * @param {FeatureView} view
 * @param {(renderer) => Promise} dress draws the layer with a renderer
 * @param {(error) => void} failed
 */
export function styling(view, dress, failed) {
  const own = view.renderer;
  const base = baseSymbol(own);
  const state = { kind: "own", color: hexOf(base.color), field: "", ramp: "viridis", count: "5",
    method: "esriClassifyQuantile" };
  const form = el("div", { class: "style-form" });
  let turn = 0;
  const apply = async () => {
    const mine = ++turn;
    try {
      const made = await rendererOf(view, own, base, state);
      if (mine === turn && made) await dress(made);
    } catch (error) {
      failed(error);
    }
  };
  const set = (name) => (event) => {
    state[name] = event.target.value;
    if (name === "kind") state.field = fieldsFor(view, state.kind)[0]?.[0] ?? "";
    if (name === "kind") fill();
    apply();
  };
  const fill = () => form.replaceChildren(...controls(view, state, set));
  fill();
  return form;
}

function controls(view, state, set) {
  const kinds = [["own", gettext("As made by the tool")], ["simple", gettext("One colour")]];
  if (fieldsFor(view, "classes").length) kinds.push(["classes", gettext("Classes of a number")]);
  if (fieldsFor(view, "values").length) kinds.push(["values", gettext("A colour for each value")]);
  const made = [labelled(gettext("Style"), choice(kinds, state.kind, set("kind")))];
  if (state.kind === "simple") {
    const color = el("input", { type: "color", class: "form-control form-control-color", value: state.color, on: { change: set("color") } });
    made.push(labelled(gettext("Colour"), color));
  }
  if (state.kind === "classes" || state.kind === "values") {
    made.push(labelled(gettext("Field"), choice(fieldsFor(view, state.kind), state.field, set("field"))));
  }
  if (state.kind === "classes") {
    const counts = ["3", "4", "5", "6", "7", "9"].map((one) => [one, one]);
    made.push(
      labelled(gettext("Colours"), choice(rampNames(), state.ramp, set("ramp"))),
      labelled(gettext("Classes"), choice(counts, state.count, set("count"))),
      labelled(gettext("Breaks"), choice(METHODS(), state.method, set("method"))),
    );
  }
  return made;
}

function fieldsFor(view, kind) {
  const fits = { classes: (one) => isNumber(one) && typeOf(one) !== "OID", values: (one) => typeOf(one) !== "OID" };
  const found = view.about.fields.filter(fits[kind] ?? (() => false));
  return found.map((one) => [one.name, one.alias || one.name]);
}

async function rendererOf(view, own, base, state) {
  if (state.kind === "own") return own;
  if (state.kind === "simple") {
    return { type: "simple", label: "", symbol: { ...base, color: colorOf(state.color, base.color) } };
  }
  const definition = state.kind === "classes"
    ? { type: "classBreaksDef", classificationField: state.field, classificationMethod: state.method,
        breakCount: Number(state.count), colorRamp: ramp(state.ramp), baseSymbol: base }
    : { type: "uniqueValueDef", uniqueValueFields: [state.field], baseSymbol: base };
  const asked = { classificationDef: JSON.stringify(definition), where: "1=1" };
  const made = await view.rest.get(`${view.path}/generateRenderer`, asked);
  if ((made.uniqueValueInfos?.length ?? 0) > 50) {
    throw new Error(gettext("This field has more than 50 different values. Choose classes or another field."));
  }
  return made;
}

function baseSymbol(renderer) {
  const infos = renderer.uniqueValueInfos ?? renderer.classBreakInfos ?? [];
  return renderer.symbol ?? infos[0]?.symbol ?? renderer.defaultSymbol ?? {};
}

function hexOf(color) {
  return `#${(color ?? [0, 121, 193]).slice(0, 3).map((one) => one.toString(16).padStart(2, "0")).join("")}`;
}

function colorOf(hex, before) {
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return [...parts, before?.[3] ?? 255];
}
