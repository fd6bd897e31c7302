import { refusals } from '../errors.ts';
import { canonicalGuid } from '../ids.ts';
import type { Column, Table, Value } from '../types.ts';

/** Turns a value of a payload into the stored form, and refuses what the platform refuses. */

const edm: Readonly<Record<string, string>> = {
  Uniqueidentifier: 'Edm.Guid',
  String: 'Edm.String',
  Memo: 'Edm.String',
  MultiSelectPicklist: 'Edm.String',
  EntityName: 'Edm.String',
  Integer: 'Edm.Int32',
  Picklist: 'Edm.Int32',
  State: 'Edm.Int32',
  Status: 'Edm.Int32',
  BigInt: 'Edm.Int64',
  Decimal: 'Edm.Decimal',
  Money: 'Edm.Decimal',
  Double: 'Edm.Double',
  Boolean: 'Edm.Boolean',
  Lookup: 'Edm.Guid',
  Customer: 'Edm.Guid',
  Owner: 'Edm.Guid',
  Virtual: 'Edm.Binary',
  File: 'Edm.Guid',
};

/** The type of a column in addresses and in $metadata. */
export function edmType(column: Column): string {
  if (column.type === 'DateTime')
    return column.dateBehavior === 'DateOnly' ? 'Edm.Date' : 'Edm.DateTimeOffset';
  return edm[column.type] ?? 'Edm.String';
}

export function storedValue(table: Table, column: Column, given: unknown): Value {
  if (given === null || given === undefined) return null;
  switch (column.type) {
    case 'String':
    case 'Memo':
    case 'EntityName':
      return textValue(table, column, given);
    case 'Integer':
    case 'BigInt':
      return integerValue(table, column, given);
    case 'Decimal':
    case 'Double':
    case 'Money':
      return decimalValue(table, column, given);
    case 'Boolean':
      if (typeof given !== 'boolean') throw unconvertible(table, column, given);
      return given;
    case 'Picklist':
    case 'State':
    case 'Status':
      return optionValue(table, column, given);
    case 'MultiSelectPicklist':
      return optionsValue(table, column, given);
    case 'DateTime':
      return dateValue(table, column, given);
    default:
      return guidValue(table, column, given);
  }
}

function unconvertible(table: Table, column: Column, given: unknown) {
  return refusals.badPayload(
    table.entitySet,
    `Cannot convert the literal '${String(given)}' to the expected type '${edmType(column)}'.`,
  );
}

/** An empty text is kept as no value. */
function textValue(table: Table, column: Column, given: unknown): Value {
  if (typeof given !== 'string') throw unconvertible(table, column, given);
  const most = column.maxLength ?? Number.POSITIVE_INFINITY;
  if (given.length > most) throw refusals.tooLong(table.logicalName, column.logicalName, most);
  return given === '' ? null : given;
}

function numberOf(table: Table, column: Column, given: unknown): number {
  if (typeof given !== 'number' || !Number.isFinite(given)) throw unconvertible(table, column, given);
  return given;
}

function integerValue(table: Table, column: Column, given: unknown): number {
  const value = numberOf(table, column, given);
  if (!Number.isInteger(value)) throw unconvertible(table, column, given);
  if (value < (column.min ?? Number.MIN_SAFE_INTEGER) || value > (column.max ?? Number.MAX_SAFE_INTEGER))
    throw refusals.integerOutOfRange(table.logicalName, column.logicalName, value);
  return value;
}

/** Money is kept with four places at most, other decimals with those of the column. */
function decimalValue(table: Table, column: Column, given: unknown): number {
  const value = numberOf(table, column, given);
  if (value < (column.min ?? -Infinity) || value > (column.max ?? Infinity))
    throw refusals.outOfRange(table.logicalName, column.logicalName, value);
  const places = Math.min(column.precision ?? 4, 10);
  return column.type === 'Double' ? value : Number(value.toFixed(places));
}

function optionValue(table: Table, column: Column, given: unknown): number {
  const value = numberOf(table, column, given);
  const { options } = column;
  // Metadata of an environment of one's own may have come without the choices of a column.
  if (options === undefined) return value;
  if (!options.some((option) => option.value === value)) {
    const accepted = options.map((option) => option.value).join(',');
    throw refusals.noOption(table.logicalName, column.logicalName, value, accepted);
  }
  return value;
}

function optionsValue(table: Table, column: Column, given: unknown): Value {
  if (typeof given !== 'string') throw unconvertible(table, column, given);
  const values = given.split(',').filter((part) => part.trim() !== '');
  for (const value of values) optionValue(table, column, Number(value));
  return values.length === 0 ? null : values.map((value) => value.trim()).join(',');
}

const day = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** Instants are kept to the second; a day given for an instant is its first second in UTC. */
function dateValue(table: Table, column: Column, given: unknown): Value {
  const isDay = typeof given === 'string' && day.test(given) && !Number.isNaN(Date.parse(given));
  if (column.dateBehavior === 'DateOnly') {
    if (isDay) return given;
    if (typeof given === 'string' && /^\d{4}-\d{2}-\d{2}T00:00(:00)?(\.0+)?Z$/.test(given))
      return given.slice(0, 10);
    throw unconvertible(table, column, given);
  }
  if (isDay) return `${given}T00:00:00Z`;
  if (typeof given !== 'string' || !instant.test(given) || Number.isNaN(Date.parse(given)))
    throw unconvertible(table, column, given);
  return instantText(Date.parse(given));
}

/** An instant in the form that rows keep. */
export function instantText(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

function guidValue(table: Table, column: Column, given: unknown): string {
  const id = canonicalGuid(given);
  if (id === null) throw unconvertible(table, column, given);
  return id;
}
