/** @param {string} title */
export function heading(title) {
  console.log(`\n## ${title}\n`);
}

/** Shows what a bench does, where its tables do not go. @param {string} text */
export function progress(text) {
  console.error(text);
}

/**
 * Prints rows as a Markdown table.
 *
 * @param {readonly (readonly (string | number)[])[]} rows the first one names the columns
 */
export function table([head = [], ...rows]) {
  const columns = head.map((_, at) => rows.map((row) => row[at]).concat(head[at] ?? ''));
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => String(cell).length)));
  const line = (/** @type {readonly (string | number)[]} */ cells) =>
    `| ${cells.map((cell, at) => String(cell).padEnd(widths[at] ?? 0)).join(' | ')} |`;
  console.log(line(head));
  console.log(line(widths.map((width) => '-'.repeat(width))));
  for (const row of rows) console.log(line(row));
}

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

/** @param {number} value */
export function rounded(value) {
  return Math.round(value).toLocaleString('en');
}

/** @param {number} value */
export function ratio(value) {
  return value >= 10 ? value.toFixed(0) : value.toFixed(2);
}
