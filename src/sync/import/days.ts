import { isCalendarDate } from '../../model/values.ts';
import { columnsOfTypes, type ImportDefinition } from './kinds.ts';

/** In which order a file writes days beside YYYY-MM-DD: 31.12.2026 and 31/12/2026, or 12/31/2026. */
export const dayOrders = ['dmy', 'mdy'] as const;
export type DayOrder = (typeof dayOrders)[number];

/** Columns that hold days, or instants for which a day may stand. */
export function dayColumns(definition: ImportDefinition): ReadonlySet<string> {
  return new Set(columnsOfTypes(definition, ['date', 'instant']));
}

const written = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})$/;

/** A day of the calendar as YYYY-MM-DD where the cell is one in this order; any other cell as it is. */
export function isoDay(cell: string, order: DayOrder): string {
  const match = written.exec(cell);
  if (match === null) return cell;
  const [, first = '', , second = '', year = ''] = match;
  const [day, month] = order === 'dmy' ? [first, second] : [second, first];
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isCalendarDate(iso) ? iso : cell;
}

/** What to do about a cell that is no day and no instant; blank where nothing more is known. */
export function dayHint(cell: string, type: 'date' | 'instant'): string {
  if (/^\d{5}([.,]\d+)?$/.test(cell))
    return '; it is the number of a day in a spreadsheet: give the column a date format there';
  const orders = dayOrders.filter((order) => isoDay(cell, order) !== cell);
  if (orders.length > 0) return `; days written like this are read with ${flags(orders)}`;
  if (/^\d{1,2}[./-]\d{1,2}[./-]\d{2}$/.test(cell)) return '; write the year with four digits';
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d/.test(cell)) return '';
  return type === 'date'
    ? '; write the day without a time'
    : '; write its zone too, as in 2026-02-01T09:30:00+01:00, or the day alone';
}

function flags(orders: readonly DayOrder[]): string {
  const [only] = orders;
  if (orders.length === 1) return `--days ${only}`;
  return '--days dmy or --days mdy, whichever says what stands first';
}
