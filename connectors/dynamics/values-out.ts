import { TierlinkError } from '../../src/errors.ts';
import type { CrmValue } from '../../src/sync/connector.ts';
import type { FieldType } from '../../src/sync/crm-description.ts';
import type { Column } from './metadata.ts';
import { type ExactNumber, exactNumber } from './payload-json.ts';

/** The first moment of a day where the user of the connection lives: what a day is in a column that keeps an instant. */
export type DayStart = (day: string) => string;

type Write = (column: Column, value: Exclude<CrmValue, null>, startOf: DayStart) => unknown;

/**
 * A neutral value as the platform's JSON has it; a blank is null. Throws CRM_BAD_VALUE, CRM_PICKLIST or CRM_TOO_LONG, with
 * the column's name, for what the platform would refuse: in a bulk message one bad value undoes all rows.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-properties
 */
export function payloadValue(column: Column, value: CrmValue, startOf: DayStart): unknown {
  if (value === null || value === '') return null;
  return (writes[column.type] ?? ((_column, given) => given))(column, value, startOf);
}

const writes: Readonly<Partial<Record<FieldType, Write>>> = {
  text,
  longText: text,
  integer: whole,
  decimal: exact,
  money: exact,
  percent: exact,
  boolean: truth,
  choice,
  multiChoice: choices,
  date: day,
  instant,
};

function refused({ name: field }: Column, what: string): TierlinkError {
  return new TierlinkError('CRM_BAD_VALUE', { reason: `${field}: ${what}`, field });
}

function text(column: Column, value: Exclude<CrmValue, null>): string {
  const given = String(value);
  const { maxLength, name: field } = column;
  if (maxLength === null || given.length <= maxLength) return given;
  const reason = `${field} holds ${maxLength} characters, the value has ${given.length}`;
  throw new TierlinkError('CRM_TOO_LONG', { reason, field });
}

function whole(column: Column, value: Exclude<CrmValue, null>): number {
  const number = typeof value === 'boolean' ? Number.NaN : Number(value);
  if (!Number.isSafeInteger(number)) throw refused(column, `"${String(value)}" is no whole number`);
  return number;
}

/** Decimals are text in neutral form; they go out with all their digits. */
function exact(column: Column, value: Exclude<CrmValue, null>): ExactNumber {
  const digits = String(value).trim();
  if (!/^-?\d+(\.\d+)?$/.test(digits)) throw refused(column, `"${digits}" is no decimal number`);
  return exactNumber(digits.replace(/^(-?)0+(?=\d)/, '$1'));
}

function truth(column: Column, value: Exclude<CrmValue, null>): boolean {
  if (value === true || value === 'true' || value === '1' || value === 1) return true;
  if (value === false || value === 'false' || value === '0' || value === 0) return false;
  throw refused(column, `"${String(value)}" is neither true nor false`);
}

function choice(column: Column, value: Exclude<CrmValue, null>): number {
  const number = typeof value === 'string' && !/^\s*-?\d+\s*$/.test(value) ? Number.NaN : Number(value);
  const { options, name: field } = column;
  if (Number.isInteger(number) && (options === null || options.some((option) => option.value === number)))
    return number;
  const list = options === null ? '' : `; it has ${options.map((option) => option.value).join(', ')}`;
  const reason = `${field} has no value ${String(value)}${list}`;
  throw new TierlinkError('CRM_PICKLIST', { reason, field });
}

/** The engine separates several values by a semicolon, the platform by a comma. */
function choices(column: Column, value: Exclude<CrmValue, null>): string {
  const parts = String(value)
    .split(/[;,]/)
    .filter((part) => part.trim() !== '');
  return parts.map((part) => choice(column, part)).join(',');
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function day(column: Column, value: Exclude<CrmValue, null>, startOf: DayStart): string {
  const given = String(value);
  if (!DAY.test(given) || Number.isNaN(Date.parse(given))) throw refused(column, `"${given}" is no day`);
  if (column.isLocalDay) return startOf(given);
  return column.isDayOfInstant ? `${given}T00:00:00Z` : given;
}

/** The platform keeps whole seconds. */
function instant(column: Column, value: Exclude<CrmValue, null>): string {
  const given = String(value);
  const at = Date.parse(given);
  if (DAY.test(given) || Number.isNaN(at)) throw refused(column, `"${given}" is no instant`);
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
