import { harmlessCell } from '../sync/import/csv-cell.ts';

/** What CSV in a file begins with: without it spreadsheets take UTF-8 for an encoding of their own. */
export const csvMark = '\ufeff';

/** Rows as CSV (RFC 4180). A text that a spreadsheet would take for a formula is kept from being one. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

function csvCell(text: string): string {
  const safe = harmlessCell(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
