/**
 * A text that is no formula for a spreadsheet: one that could be is kept as text by an apostrophe. So is one that looks as if
 * it had been, so that unguardedCell always has back what it was.
 */
export function harmlessCell(text: string): string {
  return isFormula(text.replace(/^'+/, '')) ? `'${text}` : text;
}

/** What harmlessCell was given, of a cell that came back from a spreadsheet. */
export function unguardedCell(cell: string): string {
  const bare = cell.slice(1);
  return cell.startsWith("'") && harmlessCell(bare) === cell ? bare : cell;
}

function isFormula(text: string): boolean {
  const isNumber = /^-?\d+(\.\d+)?$/.test(text);
  // Wide characters of Asian keyboards begin formulas too.
  return !isNumber && /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text);
}
