import type { CrmValue } from '../../src/sync/connector.ts';
import type { FieldType } from '../../src/sync/crm-description.ts';

/**
 * Platform values into neutral ones. REST answers JSON values, Bulk answers text; both end in the same form, so that a
 * record read through either lane equals itself.
 */
export type Convert = (raw: unknown) => CrmValue;

/** A decimal without exponent, plus sign, trailing zeros or minus zero: one number has one text. */
export function decimalText(raw: string | number): string {
  const text = String(raw).trim();
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null || `${match[2]}${match[3] ?? ''}` === '') return text;
  const digits = `${match[2] ?? ''}${match[3] ?? ''}`;
  const point = (match[2] ?? '').length + Number(match[4] ?? 0);
  const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0');
  const fraction =
    point >= digits.length ? '' : point < 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  const left = whole.replace(/^0+(?=\d)/, '');
  const right = fraction.replace(/0+$/, '');
  const unsigned = right === '' ? left : `${left}.${right}`;
  return match[1] === '-' && unsigned !== '0' ? `-${unsigned}` : unsigned;
}

/** ISO 8601 in UTC with milliseconds, from any form that REST or Bulk uses. */
export function instantText(raw: string): string {
  if (raw.length === 24 && raw.endsWith('Z')) return raw;
  if (raw.length === 28 && raw.endsWith('+0000')) return `${raw.slice(0, 23)}Z`;
  const at = Date.parse(raw.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(at) ? raw : new Date(at).toISOString();
}

const isBlank = (raw: unknown): boolean => raw === null || raw === undefined || raw === '';

function plainText(raw: unknown): CrmValue {
  return isBlank(raw) ? null : typeof raw === 'string' ? raw : String(raw);
}

const converts: Readonly<Partial<Record<FieldType, Convert>>> = {
  boolean: (raw) => raw === true || raw === 'true' || raw === '1',
  integer: (raw) => (isBlank(raw) ? null : Number(raw)),
  decimal: (raw) => (isBlank(raw) ? null : decimalText(raw as string | number)),
  money: (raw) => (isBlank(raw) ? null : decimalText(raw as string | number)),
  percent: (raw) => (isBlank(raw) ? null : decimalText(raw as string | number)),
  instant: (raw) => (isBlank(raw) ? null : instantText(String(raw))),
};

/** How values of a type are read. */
export function convertOf(type: FieldType): Convert {
  return converts[type] ?? plainText;
}

/** A neutral value as JSON wants it: numbers as numbers, everything else as it is. */
export function jsonValue(value: CrmValue, type: FieldType): CrmValue {
  if (value === null || typeof value !== 'string') return value;
  if (type === 'boolean') return value === 'true';
  const numeric = type === 'integer' || type === 'decimal' || type === 'money' || type === 'percent';
  return numeric && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}

/** A neutral value as a cell of Bulk's CSV: a blank is said with #N/A, an empty cell would be left untouched. */
export function csvValue(value: CrmValue): string {
  return value === null || value === '' ? '#N/A' : String(value);
}
