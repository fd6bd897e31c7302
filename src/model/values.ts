import type { AttributeValue, Money } from './entities.ts';

/** Largest power of ten accepted in a decimal; beyond it a text is an attack or a mistake, not a figure. */
const maxExponent = 60;

/** Whether two values in canonical form are the same value. */
export function sameValue(left: AttributeValue, right: AttributeValue): boolean {
  if (left === right) return true;
  if (left === null || right === null) return false;
  if (Array.isArray(left)) return Array.isArray(right) && sameList(left, right);
  if (isMoney(left))
    return isMoney(right) && left.amount === right.amount && left.currency === right.currency;
  return false;
}

export function isMoney(value: unknown): value is Money {
  return typeof value === 'object' && value !== null && 'amount' in value && 'currency' in value;
}

/** Most figures are written the one way already. */
const plainNumber = /^-?[1-9]\d*(?:\.\d*[1-9])?$/;

/**
 * The one way to write a decimal number: no exponent, no plus, no leading or trailing zeros, never -0. Returns null for a
 * text that is not a decimal number.
 */
export function canonicalDecimal(input: string | number): string | null {
  const text = typeof input === 'number' ? String(input) : input.trim();
  if (plainNumber.test(text)) return text;
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  if (match === null) return null;
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match;
  if (whole === '' && fraction === '') return null;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > maxExponent) return null;
  const shifted = shiftPoint(whole, fraction, exponent);
  const left = shifted.whole.replace(/^0+(?=\d)/, '');
  const right = shifted.fraction.replace(/0+$/, '');
  const digits = right === '' ? left : `${left}.${right}`;
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}

/** Sorted by code unit, without repeats and blanks. */
export function canonicalList(values: readonly string[]): string[] {
  return [...new Set(values.map((value) => value.trim()).filter((value) => value !== ''))].sort();
}

/** A day that every month has. */
const certainDate = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])$/;

/** Whether the text is a day of the calendar, such as 2028-02-29. */
export function isCalendarDate(text: string): boolean {
  if (certainDate.test(text)) return true;
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [, year, month, day] = match.map(Number) as [number, number, number, number];
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** A day that every month has and a time that every day has: with these, the form says everything. */
const certainDay = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d/;
const canonicalInstantForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** ISO 8601 in UTC with milliseconds, or null for a text that names no instant (a zone is required). */
export function canonicalInstant(text: string): string | null {
  const isCanonical = canonicalInstantForm.test(text);
  if (isCanonical && certainDay.test(text)) return text;
  if (!isCanonical && !/T.*(Z|[+-]\d{2}:?\d{2})$/.test(text)) return null;
  // A day that is not in the calendar, which Date would take for one of the next month.
  if (!isCalendarDate(text.slice(0, 10))) return null;
  const epoch = Date.parse(text.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(epoch) ? null : new Date(epoch).toISOString();
}

/** JSON with the keys of its objects in order: equal values give equal texts, whatever wrote or stored them. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, index) => value === right[index]);
}

function shiftPoint(whole: string, fraction: string, exponent: number): { whole: string; fraction: string } {
  if (exponent >= 0) {
    const moved = fraction.padEnd(exponent, '0');
    return { whole: `0${whole}${moved.slice(0, exponent)}`, fraction: moved.slice(exponent) };
  }
  const padded = `0${whole}`.padStart(1 - exponent, '0');
  const cut = padded.length + exponent;
  return { whole: padded.slice(0, cut) || '0', fraction: padded.slice(cut) + fraction };
}

/** A name in the form in which it is compared: upper and lower case and blanks make no difference. */
export function nameKey(name: string): string {
  return name.trim().replace(/\s+/g, ' ').toLowerCase();
}
