import { harmlessCell } from '../sync/import/csv-cell.ts';

/**
 * Whether a cell that came back is as we wrote it, in one of the ways in which spreadsheets write numbers, days and words anew.
 * `whole`: also of a long number all digits have to be there, since others may be cut short in the same way. (Default: false)
 */
export function isSameCell(own: string, cell: string, { whole = false } = {}): boolean {
  const text = own.replaceAll(/\r\n?/g, '\n');
  const plain = text.trim();
  if (cell === plain || cell === harmlessCell(text).trim()) return true;
  if (/^(true|false)$/.test(plain)) return cell.toLowerCase() === plain;
  if (/^\d{4}-\d{2}-\d{2}$/.test(plain)) return sameDay(plain, cell);
  if (!isDecimal(plain)) return false;
  const number = cell.replace(',', '.');
  return sameDecimal(plain, number) || (!whole && isCutShort(plain, number));
}

/** Of a number that is longer than its column, such as a telephone number, a spreadsheet keeps only the first digits. */
function isCutShort(own: string, cell: string): boolean {
  const digits = own.replace(/^0+/, '');
  if (!/^\d{12,}$/.test(digits)) return false;
  const zeros = '0'.repeat(Math.max(0, digits.length - 15));
  if (zeros !== '' && cell === `${digits.slice(0, 15)}${zeros}`) return true;
  const [, shown, fraction = '', power] = /^(\d(?:\.(\d+))?)E\+?(\d+)$/i.exec(cell) ?? [];
  return Number(digits).toExponential(fraction.length) === `${shown}e+${Number(power)}`;
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
