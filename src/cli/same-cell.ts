import { harmlessCell } from '../sync/import/csv-cell.ts';

/** Whether a cell that came back is as we wrote it, in one of the ways in which spreadsheets write numbers, days and words anew. */
export function isSameCell(own: string, cell: string): boolean {
  const whole = own.replaceAll(/\r\n?/g, '\n');
  const plain = whole.trim();
  if (cell === plain || cell === harmlessCell(whole).trim()) return true;
  if (/^(true|false)$/.test(plain)) return cell.toLowerCase() === plain;
  if (/^\d{4}-\d{2}-\d{2}$/.test(plain)) return sameDay(plain, cell);
  return isDecimal(plain) && sameDecimal(plain, cell.replace(',', '.'));
}

/** A spreadsheet writes a day in the order of its country, the year with two digits or four. */
function sameDay(day: string, cell: string): boolean {
  const parts = (text: string) =>
    (text.match(/\d+/g) ?? []).map((part) => Number(part) % 100).sort((a, b) => a - b);
  return /^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\.?$/.test(cell) && parts(day).join() === parts(cell).join();
}

function isDecimal(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}

function sameDecimal(one: string, other: string): boolean {
  const bare = (text: string) => {
    const cut = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
    return cut.replace(/^(-?)0+(?=\d)/, '$1');
  };
  return isDecimal(other) && bare(one) === bare(other);
}
