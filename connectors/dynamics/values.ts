import type { CrmValue } from '../../src/sync/connector.ts';
import { decimalText, instantText } from '../shared/neutral-values.ts';
import type { Column } from './metadata.ts';

/** Values of the Web API into neutral ones. Numbers may come as text: see exact-json.ts. */
export type Convert = (raw: unknown) => CrmValue;

const isBlank = (raw: unknown): boolean => raw === null || raw === undefined || raw === '';

function plainText(raw: unknown): CrmValue {
  return isBlank(raw) ? null : String(raw);
}

function decimal(raw: unknown): CrmValue {
  return isBlank(raw) ? null : decimalText(String(raw));
}

/** Row versions and the like may be larger than a double holds; those stay text. */
function integer(raw: unknown): CrmValue {
  if (isBlank(raw)) return null;
  const value = Number(raw);
  return Number.isSafeInteger(value) ? value : String(raw);
}

const HALF_A_DAY_MS = 12 * 60 * 60_000;

/**
 * A day. Columns that keep it as an instant hold midnight in the zone of whoever set it, which is not told: the nearest
 * midnight is right for all zones from eleven hours behind UTC to twelve ahead of it.
 * https://learn.microsoft.com/power-apps/developer/data-platform/behavior-format-date-time-attribute
 */
function dayOf(column: Column): Convert {
  return (raw) => {
    if (isBlank(raw)) return null;
    const text = String(raw);
    if (!column.isLocalDay || text.length === 10) return text.slice(0, 10);
    return new Date(Date.parse(text) + HALF_A_DAY_MS).toISOString().slice(0, 10);
  };
}

/** How values of a column are read. */
export function convertOf(column: Column): Convert {
  switch (column.type) {
    case 'boolean':
      return (raw) => (isBlank(raw) ? null : raw === true || raw === 'true');
    case 'integer':
      return integer;
    case 'decimal':
    case 'money':
    case 'percent':
      return decimal;
    case 'date':
      return dayOf(column);
    case 'instant':
      return (raw) => (isBlank(raw) ? null : instantText(String(raw)));
    case 'multiChoice':
      return (raw) => (isBlank(raw) ? null : String(raw).replaceAll(',', ';'));
    default:
      return plainText;
  }
}
