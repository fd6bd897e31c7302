import type { CrmValue } from '../../src/sync/connector.ts';
import type { FieldType } from '../../src/sync/crm-description.ts';
import { decimalText, instantText } from '../shared/neutral-values.ts';

/**
 * Platform values into neutral ones. REST answers JSON values, Bulk answers text; both end in the same form, so that a
 * record read through either lane equals itself.
 */
export type Convert = (raw: unknown) => CrmValue;

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
