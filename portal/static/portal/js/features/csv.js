// Tables of text with commas, semicolons or tabs, and quotes as RFC 4180 has them.

/** Return the rows of a text, each a list of texts; empty lines are left out. */
export function csvRows(text) {
  const mark = separator(text);
  const rows = [];
  let row = [], cell = "", quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at];
    if (quoted) {
      if (one !== '"') cell += one;
      else if (text[at + 1] === '"') cell += text[(at += 1)];
      else quoted = false;
    } else if (one === '"' && !cell) quoted = true;
    else if (one === mark) row.push(cell), (cell = "");
    else if (one === "\n") rows.push([...row, cell]), (row = []), (cell = "");
    else if (one !== "\r" && one !== "\uFEFF") cell += one;
  }
  rows.push([...row, cell]);
  return rows.filter((one) => one.some((part) => part.trim()));
}

/** Return what parts the cells of the first line most often. */
function separator(text) {
  const [first] = text.split("\n", 1);
  const counted = [",", ";", "\t"].map((mark) => [first.split(mark).length, mark]);
  return counted.reduce((best, one) => (one[0] > best[0] ? one : best))[1];
}
