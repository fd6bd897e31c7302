import { Fraction } from 'fraction.js';
import type { ProgramDefinition } from '../../src/program/schema/schema.ts';
import type { Amount } from './world.ts';

/** Why something is not known: an amount has no rate on the day, or the record has not the date whose rate it takes. */
export type Unknown = 'unrated' | 'undated';

export function isUnknown(found: unknown): found is Unknown {
  return found === 'unrated' || found === 'undated';
}

/** An amount in the program's currency at the rates of a day. */
export function converted(
  { currency }: ProgramDefinition,
  { amount, currency: code }: Amount,
  day: string | null,
): Fraction | Unknown {
  if (code === currency.code) return new Fraction(amount);
  const rates = code === null ? undefined : currency.rates[code];
  if (rates === undefined) return 'unrated';
  if (!Array.isArray(rates)) return new Fraction(amount).mul(new Fraction(String(rates)));
  if (day === null) return 'undated';
  let rate: string | undefined;
  for (const one of rates) if (one.from <= day) rate = String(one.rate);
  return rate === undefined ? 'unrated' : new Fraction(amount).mul(new Fraction(rate));
}
