import type { FieldMeta, FieldValue } from '../types.ts';
import { type RowRefusal, refuse } from './refusal.ts';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Types for which an empty text in JSON is refused: null clears them. */
const NEVER_EMPTY = new Set(['int', 'double', 'currency', 'percent', 'date', 'datetime']);

/** What the platform's JSON reader calls a value. */
function tokenOf(raw: unknown): string {
  if (Array.isArray(raw)) return 'START_ARRAY';
  if (typeof raw === 'string') return 'VALUE_STRING';
  if (typeof raw === 'number') return Number.isInteger(raw) ? 'VALUE_NUMBER_INT' : 'VALUE_NUMBER_FLOAT';
  if (typeof raw === 'boolean') return raw ? 'VALUE_TRUE' : 'VALUE_FALSE';
  return 'START_OBJECT';
}

function cannotRead(field: FieldMeta, raw: unknown, format: 'json' | 'csv'): RowRefusal {
  if (format === 'csv') {
    return refuse('INVALID_FIELD', `'${String(raw)}' is not a valid value for the type ${field.soapType}`, {
      fields: [field.name],
    });
  }
  const shown = typeof raw === 'object' ? '' : ` ${String(raw)}`;
  return refuse(
    'JSON_PARSER_ERROR',
    `Cannot deserialize instance of ${field.type} from ${tokenOf(raw)} value${shown} or request may be missing a required field at [line:1, column:2]`,
  );
}

/** True for a day of the calendar written YYYY-MM-DD. */
export function isCalendarDate(text: string): boolean {
  const match = DATE.exec(text);
  if (match === null) return false;
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.getUTCDate() === Number(match[3]);
}

/** Epoch milliseconds in whole seconds, or null when the text is no date-time. A bare date is its midnight in UTC. */
export function parseDateTime(text: string): number | null {
  if (isCalendarDate(text)) return Date.parse(`${text}T00:00:00Z`);
  if (!DATE_TIME.test(text) || !isCalendarDate(text.slice(0, 10))) return null;
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`;
  const ms = Date.parse(zoned.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000) * 1000;
}

function toBoolean(raw: unknown): boolean | undefined {
  if (typeof raw === 'boolean') return raw;
  if (raw === 'true' || raw === '1' || raw === 'TRUE') return true;
  return raw === 'false' || raw === '0' || raw === 'FALSE' ? false : undefined;
}

function toNumber(raw: unknown): number | undefined {
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : undefined;
  return typeof raw === 'string' && NUMBER.test(raw.trim()) ? Number(raw) : undefined;
}

function toDate(raw: unknown): string | undefined {
  if (typeof raw !== 'string') return undefined;
  const day = raw.trim().slice(0, 10);
  return isCalendarDate(day) && (raw.trim().length === 10 || parseDateTime(raw.trim()) !== null)
    ? day
    : undefined;
}

function toStored(field: FieldMeta, raw: unknown): FieldValue | undefined {
  switch (field.type) {
    case 'boolean':
      return toBoolean(raw);
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return toNumber(raw);
    case 'date':
      return toDate(raw);
    case 'datetime':
      return typeof raw === 'string' ? (parseDateTime(raw.trim()) ?? undefined) : undefined;
    default:
      return typeof raw === 'string' ? raw : undefined;
  }
}

/**
 * A client's value in its stored form. Texts lose blanks at both ends and an empty text is no value, but for numbers and
 * dates in JSON it is a wrong one; numbers and booleans may come as text. Throws RowRefusal when the value cannot be read as the field's type.
 */
export function coerce(field: FieldMeta, raw: unknown, format: 'json' | 'csv'): FieldValue {
  if (raw === null || raw === undefined) return field.type === 'boolean' ? false : null;
  if (typeof raw === 'string' && raw.trim() === '') {
    if (format === 'json' && NEVER_EMPTY.has(field.type)) throw cannotRead(field, raw, format);
    return field.type === 'boolean' ? false : null;
  }
  const value = toStored(field, raw);
  if (value === undefined) throw cannotRead(field, raw, format);
  return typeof value === 'string' ? value.trim() : value;
}
