/** Rows as CSV (RFC 4180). A text that a spreadsheet would take for a formula is kept from being one. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/** A text that is no formula for a spreadsheet: one that could be is kept as text by an apostrophe. */
export function harmlessCell(text: string): string {
  const isNumber = /^-?\d+(\.\d+)?$/.test(text);
  // Wide characters of Asian keyboards begin formulas too.
  return !isNumber && /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;
}

function csvCell(text: string): string {
  const safe = harmlessCell(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
