import type { State } from './state.ts';
import { type Column, lookupTable, type Row, type Table } from './types.ts';

/** What people see of a value, in the language and zone of the simulated users: English (United States), UTC. */
export function formattedValue(
  state: State,
  { column, row }: { table: Table; column: Column; row: Row },
): string | null {
  const value = row[column.logicalName] ?? null;
  if (value === null) return null;
  switch (column.type) {
    case 'Picklist':
    case 'State':
    case 'Status':
      return optionLabel(column, Number(value));
    case 'MultiSelectPicklist':
      return String(value)
        .split(',')
        .map((each) => optionLabel(column, Number(each)))
        .join('; ');
    case 'Boolean':
      return optionLabel(column, value === true ? 1 : 0) ?? (value === true ? 'Yes' : 'No');
    case 'Integer':
    case 'BigInt':
      return Number(value).toLocaleString('en-US');
    case 'Decimal':
    case 'Double':
      return decimal(Number(value), column.precision ?? 2);
    case 'Money':
      return money(state, row, { column, amount: Number(value) });
    case 'DateTime':
      return dateText(column, String(value));
    case 'Lookup':
    case 'Customer':
    case 'Owner':
      return lookupName(state, column, row);
    default:
      return null;
  }
}

function optionLabel(column: Column, value: number): string | null {
  return column.options?.find((option) => option.value === value)?.label ?? null;
}

function decimal(value: number, places: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
}

function money(state: State, row: Row, { column, amount }: { column: Column; amount: number }): string {
  const currencies = state.rows(state.schema.table('transactioncurrency')!);
  const own = currencies.get(String(row.transactioncurrencyid));
  const base = [...currencies.all.values()].find((each) => each.exchangerate === 1);
  const currency = column.baseOf === undefined ? own : base;
  const text = decimal(Math.abs(amount), Number(currency?.currencyprecision ?? 2));
  return `${amount < 0 ? '-' : ''}${String(currency?.currencysymbol ?? '')}${text}`;
}

function dateText(column: Column, value: string): string {
  const options: Intl.DateTimeFormatOptions = {
    timeZone: 'UTC',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  };
  const date = new Date(value);
  if (column.dateFormat === 'DateOnly') return date.toLocaleDateString('en-US', options);
  const time: Intl.DateTimeFormatOptions = { timeZone: 'UTC', hour: 'numeric', minute: '2-digit' };
  // A plain blank before AM and PM, as the platform writes it.
  const clock = date.toLocaleTimeString('en-US', time).replace('\u202f', ' ');
  return `${date.toLocaleDateString('en-US', options)} ${clock}`;
}

/** The table that a lookup points into, and the name of the row there. */
export function lookupTarget(state: State, column: Column, row: Row): { table: Table; row: Row } | null {
  const id = row[column.logicalName] ?? null;
  if (id === null) return null;
  const name = String(row[lookupTable(column.logicalName)] ?? column.targets?.[0] ?? '');
  const table = state.schema.table(name);
  const found = table === undefined ? undefined : state.rows(table).get(String(id));
  return table === undefined || found === undefined ? null : { table, row: found };
}

function lookupName(state: State, column: Column, row: Row): string | null {
  const target = lookupTarget(state, column, row);
  if (target === null || target.table.primaryName === null) return null;
  const name = target.row[target.table.primaryName] ?? null;
  return name === null ? null : String(name);
}
