// How a raster looks: its ramp, and the numbers at its ends.

import { choice, el, labelled } from "./elements.js";
import { ramp, rampNames } from "./ramps.js";

/** Return the form that styles a raster; parameters as of `styling`. */
export function rasterStyling(view, dress, failed) {
  const own = view.renderer;
  const [low, high, ...others] = own.statistics?.[0] ?? [0, 255];
  const state = { ramp: "own", low, high };
  const apply = () => dress(rendererOf(own, state, others)).catch(failed);
  const number = (name) => el("input", {
    type: "number", step: "any", class: "form-control form-control-sm", value: state[name],
    on: { change: (event) => {
      const given = event.target.valueAsNumber;
      if (!Number.isFinite(given)) return;
      state[name] = given;
      if (state.low < state.high) apply();
      else failed(new Error(gettext("The lowest number must be below the highest one.")));
    } },
  });
  const names = [["own", gettext("As made by the tool")], ...rampNames()];
  const ramps = choice(names, state.ramp, (event) => {
    state.ramp = event.target.value;
    apply();
  });
  const parts = [labelled(gettext("Colours"), ramps)];
  if (own.type === "rasterStretch") {
    parts.push(labelled(gettext("Lowest"), number("low")), labelled(gettext("Highest"), number("high")));
  }
  return el("div", { class: "style-form" }, ...parts);
}

function rendererOf(own, { ramp: name, low, high }, [mean, deviation]) {
  if (own.type !== "rasterStretch" && name === "own") return own;
  const before = own.type === "rasterStretch" ? own : {};
  return {
    ...before, type: "rasterStretch", stretchType: "minMax", dra: false,
    statistics: [[low, high, mean ?? (low + high) / 2, deviation ?? 1]],
    ...(name === "own" ? {} : { colorRamp: ramp(name) }),
  };
}
