import type { Fraction } from 'fraction.js';
import { exact, leastCommonMultiple } from './exact.ts';
import type { ProgramDefinition } from './schema/schema.ts';

type Rated = Pick<ProgramDefinition, 'currency'>;

/** A rate and the first day on which it holds; null: it always does. */
export interface Rate {
  from: string | null;
  rate: Fraction;
}

/** The rates of a currency, the earliest first; none where the program does not know it. */
export function ratesOf(program: Rated, code: string): Rate[] {
  if (code === program.currency.code) return [{ from: null, rate: exact(1) }];
  const rates = program.currency.rates[code];
  if (rates === undefined) return [];
  if (!Array.isArray(rates)) return [{ from: null, rate: exact(rates) }];
  return rates.map(({ from, rate }) => ({ from, rate: exact(rate) }));
}

/** What one unit of a currency is always worth in the program's currency; undefined without a rate, or with rates by date. */
export function rateOf(program: Rated, code: string): Fraction | undefined {
  return ratesOf(program, code).find(({ from }) => from === null)?.rate;
}

/** The same on a day; undefined where the program has no rate for it then. */
export function rateOn(program: Rated, code: string, day: string): Fraction | undefined {
  return ratesOf(program, code).findLast(({ from }) => from === null || from <= day)?.rate;
}

/** Every rate as a whole number over one common denominator, so that sums in SQL stay exact without a division. */
export interface CurrencyFactors {
  /** The program's own currency. */
  code: string;
  factors: { code: string; versions: { from: string | null; factor: string }[] }[];
  denominator: bigint;
}

export function currencyFactors(program: Rated): CurrencyFactors {
  const codes = [...new Set([program.currency.code, ...Object.keys(program.currency.rates)])].sort();
  const rates = codes.map((code) => ({ code, versions: ratesOf(program, code) }));
  const denominator = rates
    .flatMap(({ versions }) => versions)
    .reduce((common, { rate }) => leastCommonMultiple(common, rate.d), 1n);
  return {
    code: program.currency.code,
    denominator,
    factors: rates.map(({ code, versions }) => ({
      code,
      versions: versions.map(({ from, rate }) => ({ from, factor: String((rate.n * denominator) / rate.d) })),
    })),
  };
}

/** The currencies whose rates are by date. */
export function datedCodes({ factors }: CurrencyFactors): string[] {
  return factors.filter(({ versions }) => versions.some(({ from }) => from !== null)).map(({ code }) => code);
}
