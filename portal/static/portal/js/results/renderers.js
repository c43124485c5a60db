// Renderers of Esri JSON: which symbol a feature has.

import { styleOf } from "./symbols.js";

/** Return the names of the fields that a renderer reads. */
export function fieldsOf(renderer) {
  const names = ["field", "field1", "field2", "field3", "normalizationField"];
  return names.map((one) => renderer?.[one]).filter(Boolean);
}

/** Return a style function of OpenLayers for a renderer. */
export function styleFunction(renderer) {
  const made = new Map();
  const style = (symbol) => {
    if (!made.has(symbol)) made.set(symbol, styleOf(symbol));
    return made.get(symbol);
  };
  const choose = CHOICES[renderer?.type] ?? (() => renderer?.symbol);
  return (feature) => {
    const symbol = choose(renderer, feature) ?? renderer?.defaultSymbol;
    return symbol ? style(symbol) : undefined;
  };
}

const CHOICES = { uniqueValue, classBreaks };

function uniqueValue(renderer, feature) {
  const names = [renderer.field1, renderer.field2, renderer.field3].filter(Boolean);
  const texts = names.map((one) => feature.get(one) ?? "<Null>").map(String);
  const value = texts.join(renderer.fieldDelimiter ?? ",");
  return renderer.uniqueValueInfos.find((one) => String(one.value) === value)?.symbol;
}

function classBreaks(renderer, feature) {
  const value = normalized(renderer, feature);
  if (!Number.isFinite(value) || value < (renderer.minValue ?? -Infinity)) return undefined;
  return renderer.classBreakInfos.find((one) => value <= one.classMaxValue)?.symbol;
}

function normalized(renderer, feature) {
  const given = feature.get(renderer.field);
  const value = given === null || given === undefined ? NaN : Number(given);
  const how = renderer.normalizationType;
  if (how === "esriNormalizeByLog") return Math.log10(value);
  if (how === "esriNormalizeByField") return value / Number(feature.get(renderer.normalizationField));
  if (how === "esriNormalizeByPercentOfTotal") return (value / renderer.normalizationTotal) * 100;
  return value;
}
