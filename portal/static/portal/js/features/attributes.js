// Small inputs for the attributes that a parameter declares, for each feature.

import { el } from "../map/elements.js";

const MOST_FIELDS = 4;
const NUMBERS = ["esriFieldTypeInteger", "esriFieldTypeSmallInteger", "esriFieldTypeDouble", "esriFieldTypeSingle"];

/** Return the inputs of a feature; none if the parameter declares no or many fields. */
export function attributeFields(input, feature, number) {
  const fields = input.declared.filter((one) => one.type === "esriFieldTypeString" || NUMBERS.includes(one.type));
  if (fields.length > MOST_FIELDS) return [];
  return fields.map((field) => {
    const isNumber = NUMBERS.includes(field.type);
    const label = interpolate(gettext("%(field)s of feature %(number)s"), { field: field.alias || field.name, number }, true);
    return el("input", {
      class: "form-control form-control-sm", "aria-label": label, placeholder: field.alias || field.name,
      type: "text", inputmode: isNumber ? "decimal" : null, value: feature.get(field.name) ?? "",
      onchange: (event) => {
        const text = event.target.value.trim();
        const value = isNumber && text ? Number(text.replace(",", ".")) : text || null;
        feature.set(field.name, Number.isNaN(value) ? null : value);
        input.write();
      },
    });
  });
}
