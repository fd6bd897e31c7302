import type { Amount, Value } from './world.ts';

/** Attributes of one's own by hand: what docs/measures.md says of them. */

/** The attributes of one's own that random programs declare, for records of every kind. */
export const ownTypes = {
  size: 'number',
  worth: 'money',
  on: 'date',
  at: 'instant',
  isNew: 'boolean',
} as const;

/** What is kept of one: as a CRM or a file has brought it. */
export type Raw = string | number | boolean | { amount: string; currency: string | null };

export interface Own {
  value: Value;
  type: string;
  /** It says something that is not of its type. */
  isMistyped: boolean;
}

const modelTypes = {
  number: 'decimal',
  money: 'money',
  date: 'date',
  instant: 'instant',
  boolean: 'boolean',
};

/** What a program reads it as; a value that is none of its type is blank. */
export function ownValue(name: string, raw: Raw | undefined): Own {
  const kind = (ownTypes as Record<string, keyof typeof modelTypes>)[name];
  if (kind === undefined) return { value: (raw as Value) ?? null, type: 'text', isMistyped: false };
  const type = modelTypes[kind];
  const amount = typeof raw === 'object' ? raw : undefined;
  const text = String((amount === undefined ? raw : amount.amount) ?? '').trim();
  if (text === '') return { value: null, type, isMistyped: false };
  const value = (amount === undefined || kind === 'money' ? read[kind](text) : undefined) ?? null;
  if (kind !== 'money' || value === null) return { value, type, isMistyped: value === null };
  // In a currency of its own, or that of random programs.
  const money: Amount = { amount: text, currency: amount?.currency ?? 'USD' };
  return { value: money, type, isMistyped: false };
}

const isNumber = /^-?\d+(\.\d+)?$/;

/** Each gives undefined for what it cannot read. */
const read: Record<keyof typeof modelTypes, (text: string) => Value | undefined> = {
  number: (text) => (isNumber.test(text) ? text : undefined),
  money: (text) => (isNumber.test(text) ? text : undefined),
  date: (text) => (isDay(text) ? text : undefined),
  instant: (text) =>
    /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(text) && isDay(text.slice(0, 10))
      ? new Date(text).toISOString()
      : undefined,
  boolean: (text) => ({ true: true, false: false })[text],
};

/** A day that the calendar has. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === text;
}
