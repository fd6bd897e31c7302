import { canonicalDecimal } from '../../model/values.ts';
import type { CrmValue } from '../connector.ts';
import type { FieldDescription } from '../crm-description.ts';
import { findMisfit } from './outbound-fit.ts';

/**
 * A value of a field as a person has typed it, in the form of the field; `problem` where it has another form, the CRM's
 * picklist lacks it, it is too long, or the field cannot be written.
 */
export function typedValue(field: FieldDescription, text: string): { value: CrmValue } | { problem: string } {
  const isUnclear = numberTypes.has(field.type) && /^-?[1-9]\d{0,2}\.\d{3}$/.test(text);
  // Some spreadsheets write thousands like this, and a wrong guess would be a wrong value in the CRM.
  if (isUnclear) return { problem: `"${text}" may be ${text.replace('.', '')}; write that, or ${text}0` };
  const value = formed(field, text);
  if (value === undefined) return { problem: `"${text}" is not ${formOf(field)}` };
  const misfit = findMisfit({ [field.name]: value }, new Map([[field.name, field]]), 'update');
  return misfit === null ? { value } : { problem: misfit.message };
}

const numberTypes: ReadonlySet<FieldDescription['type']> = new Set(['decimal', 'money', 'percent']);

function formed({ type }: FieldDescription, text: string): CrmValue | undefined {
  if (type === 'boolean') return { true: true, false: false }[text.toLowerCase()];
  if (type === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (numberTypes.has(type))
    return /^-?\d+(\.\d+)?$/.test(text) ? (canonicalDecimal(text) ?? undefined) : undefined;
  if (type === 'date') return isDay(text) ? text : undefined;
  if (type === 'instant') return instantIn(text);
  return type === 'other' ? undefined : text;
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  // A 30th of February parses as a day of March; a 13th month does not parse.
  const isRead = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(time);
  return isRead && new Date(time).toISOString().startsWith(text);
}

/** With its zone: a spreadsheet does not know which one is meant. */
function instantIn(text: string): string | undefined {
  const isWhole = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const time = Date.parse(text);
  return isWhole && !Number.isNaN(time) ? new Date(time).toISOString() : undefined;
}

function formOf({ type }: FieldDescription): string {
  if (type === 'boolean') return 'true or false';
  if (type === 'integer') return 'a whole number';
  if (type === 'date') return 'a day such as 2026-12-31';
  if (type === 'instant') return 'a time with its zone such as 2026-12-31T17:00:00Z';
  return type === 'other'
    ? 'of a kind that can be written from here'
    : 'a number with a point, such as 1234.5';
}
