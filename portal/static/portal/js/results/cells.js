// Values of fields as people read them.

const language = document.documentElement.lang || undefined;
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(language, { maximumSignificantDigits: 8 });
const short = new Intl.NumberFormat(language, { maximumSignificantDigits: 4, notation: "compact" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const NUMBERS = ["SmallInteger", "Integer", "BigInteger", "Single", "Double", "OID"];

/** Return the type of a field without its prefix. */
export const typeOf = (field) => field.type.replace("esriFieldType", "");
/** Tell if a field holds numbers. */
export const isNumber = (field) => NUMBERS.includes(typeOf(field));
/** Tell if a field holds moments, as milliseconds. */
export const isDate = (field) => typeOf(field) === "Date";
/** Return a count with separators. */
export const countText = (count) => whole.format(count);
/** Return a number with separators and few digits. */
export const numberText = (number) => fine.format(number);

/** Return a number as an axis has room for it. */
export const shortText = (number) => short.format(number);

/** Return the text of a value in a cell; an en dash for none. */
export function cellText(field, value) {
  if (value === null || value === undefined || value === "") return "–";
  const type = typeOf(field);
  if (type === "OID") return String(value);
  if (type === "Date") return dateText(value);
  if (type === "Single" || type === "Double") return fine.format(value);
  return isNumber(field) ? whole.format(value) : String(value);
}

/** Return a moment of milliseconds in local time; without the hour if it is midnight. */
export function dateText(milliseconds) {
  const date = new Date(Number(milliseconds));
  if (Number.isNaN(date.getTime())) return String(milliseconds);
  return milliseconds % 86_400_000 === 0 ? day.format(date) : moment.format(date);
}
