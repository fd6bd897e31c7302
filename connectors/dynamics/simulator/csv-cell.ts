import { storedValue } from './dml/value.ts';
import { DataverseError } from './errors.ts';
import type { Column, Table, Value } from './types.ts';

/** What the text of a cell stands for, in stored form. Throws an Error that says what is wrong with it. */
export function cellValue(table: Table, column: Column, text: string): Value {
  if (text === '') return null;
  try {
    return storedValue(table, column, given(column, text));
  } catch (error) {
    throw error instanceof DataverseError ? new Error(plainReason(column, text, error)) : error;
  }
}

/** The value as a client would send it: choices by their numbers, whichever way the cell names them. */
function given(column: Column, text: string): unknown {
  switch (column.type) {
    case 'Integer':
    case 'BigInt':
    case 'Decimal':
    case 'Double':
    case 'Money':
      return numberIn(text);
    case 'Boolean':
      return truthIn(column, text);
    case 'Picklist':
    case 'State':
    case 'Status':
      return optionIn(column, text);
    case 'MultiSelectPicklist':
      return text
        .split(/[;,]/)
        .map((part) => optionIn(column, part.trim()))
        .join(',');
    default:
      return text;
  }
}

function numberIn(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`'${text}' is no number`);
  return value;
}

function truthIn(column: Column, text: string): boolean {
  const word = text.toLowerCase();
  if (['true', '1', 'yes'].includes(word)) return true;
  if (['false', '0', 'no'].includes(word)) return false;
  return optionIn(column, text) === 1;
}

/** By its value or, without regard to case, its label. */
function optionIn(column: Column, text: string): number {
  const options = column.options ?? [];
  const found = options.find(
    ({ value, label }) => String(value) === text || label.toLowerCase() === text.toLowerCase(),
  );
  if (found !== undefined) return found.value;
  // A description of metadata may come without the choices of a column.
  if (column.options === undefined) return numberIn(text);
  const known = options.map(({ value, label }) => `${value} ${label}`).join(', ');
  throw new Error(`there is no choice ${text}; there are: ${known}`);
}

const kinds: Partial<Record<Column['type'], string>> = {
  Integer: 'whole number',
  BigInt: 'whole number',
  DateTime: 'date and time such as 2026-11-23T09:00:00Z',
  Uniqueidentifier: 'id',
};

/** The API speaks of payloads and literals where a file is meant. */
function plainReason(column: Column, text: string, { code, message }: DataverseError): string {
  if (code !== '0x80048d19') return message;
  const kind =
    column.dateBehavior === 'DateOnly' ? 'day such as 2026-11-23' : (kinds[column.type] ?? column.type);
  return `'${text}' is no ${kind}`;
}
