/** Stored values in the forms in which answers carry them. */

import type { FieldMeta, FieldValue } from '../types.ts';

let lastMs = Number.NaN;
let lastText = '';

/** '2026-11-23T09:00:00.000Z' */
function isoInstant(ms: number): string {
  if (ms !== lastMs) {
    lastText = new Date(ms).toISOString();
    lastMs = ms;
  }
  return lastText;
}

/** '2026-11-23T09:00:00.000+0000', the form of JSON answers. */
export function jsonInstant(ms: number): string {
  return `${isoInstant(ms).slice(0, -1)}+0000`;
}

/** A stored value as JSON, by the type of its field. */
export function jsonValue(type: string, value: FieldValue | undefined): FieldValue {
  if (type === 'boolean') return value === true;
  if (value === undefined || value === null || value === '') return null;
  return type === 'datetime' && typeof value === 'number' ? jsonInstant(value) : value;
}

const FRACTIONAL = new Set(['double', 'currency', 'percent']);

/** A stored value as a CSV cell, not yet quoted: instants end in Z, fractional types always show a decimal. */
export function csvValue(type: string, value: FieldValue | undefined): string {
  if (type === 'boolean') return value === true ? 'true' : 'false';
  if (value === undefined || value === null) return '';
  if (typeof value !== 'number') return String(value);
  if (type === 'datetime') return isoInstant(value);
  return FRACTIONAL.has(type) && Number.isInteger(value) ? `${value}.0` : String(value);
}

/** FORMAT(): the value as a person in the locale en_US reads it. */
export function formatted(field: FieldMeta, value: FieldValue, timeZone: string): FieldValue {
  if (field.type === 'datetime' && typeof value === 'number')
    return new Intl.DateTimeFormat('en-US', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(
      value,
    );
  if (field.type === 'date' && typeof value === 'string')
    return new Intl.DateTimeFormat('en-US', { timeZone: 'UTC' }).format(Date.parse(value));
  if (typeof value !== 'number') return value;
  if (field.type === 'currency')
    return new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' }).format(value);
  const digits = { minimumFractionDigits: field.scale, maximumFractionDigits: field.scale };
  const text = new Intl.NumberFormat('en-US', digits).format(value);
  return field.type === 'percent' ? `${text}%` : text;
}
