// What a person types above a column, as a condition of a query.

import { isDate, isNumber } from "./cells.js";

const SIGNED = /^(<=|>=|<>|!=|<|>|=)?\s*(.+)$/;
const RANGE = /^(-?[\d.,]+)\s*(?:\.\.|–|to|bis)\s*(-?[\d.,]+)$/i;

/** Return the condition of all filters, by names of fields; "1=1" without any. */
export function whereOf(fields, texts) {
  const terms = fields
    .filter((field) => texts[field.name]?.trim())
    .map((field) => termOf(field, texts[field.name].trim()));
  return terms.length ? terms.map((one) => `(${one})`).join(" AND ") : "1=1";
}

/**
 * Return the condition of one filter. Throws an Error with what was expected.
 * Texts are looked for anywhere; numbers and dates may have a sign or be a range.
 */
export function termOf(field, text) {
  const name = `"${field.name.replaceAll('"', "")}"`;
  if (text === "–" || text.toLowerCase() === "null") return `${name} IS NULL`;
  if (isNumber(field)) return numberTerm(name, text);
  if (isDate(field)) return dateTerm(name, text);
  return `UPPER(${name}) LIKE '%${escaped(text.toUpperCase())}%' ESCAPE '!'`;
}

function escaped(text) {
  return text.replaceAll("'", "''").replace(/[!%_]/g, (one) => `!${one}`);
}

function numberTerm(name, text) {
  const range = RANGE.exec(text);
  if (range) return `${name} BETWEEN ${numberIn(range[1])} AND ${numberIn(range[2])}`;
  const [, sign = "=", value] = SIGNED.exec(text);
  return `${name} ${sign === "!=" ? "<>" : sign} ${numberIn(value)}`;
}

/** Return the number of a text, with a comma or a point before the decimals. */
export function numberIn(text) {
  let plain = text.trim().replaceAll(/[\s']/g, "");
  if (plain.includes(",")) plain = plain.replaceAll(".", "").replace(",", ".");
  const number = plain ? Number(plain) : NaN;
  if (!Number.isFinite(number)) {
    throw new Error(gettext("Write a number like 5, a comparison like > 5, or a range like 5..10."));
  }
  return number;
}

function dateTerm(name, text) {
  const [, sign = "", value] = SIGNED.exec(text);
  const known = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?$/.exec(value.trim());
  if (!known) throw new Error(gettext("Write a date like 2025-03-31, or > 2025-03-31."));
  const [, year, month, day] = known;
  const from = new Date(Number(year), Number(month ?? 1) - 1, Number(day ?? 1));
  const to = new Date(from);
  if (day) to.setDate(to.getDate() + 1);
  else if (month) to.setMonth(to.getMonth() + 1);
  else to.setFullYear(to.getFullYear() + 1);
  const [start, end] = [from, to].map((one) => `TIMESTAMP '${one.toISOString().slice(0, 19).replace("T", " ")}'`);
  const terms = {
    "": `${name} >= ${start} AND ${name} < ${end}`, "=": `${name} >= ${start} AND ${name} < ${end}`,
    "<": `${name} < ${start}`, "<=": `${name} < ${end}`, ">": `${name} >= ${end}`, ">=": `${name} >= ${start}`,
  };
  return terms[sign] ?? `NOT (${name} >= ${start} AND ${name} < ${end})`;
}
