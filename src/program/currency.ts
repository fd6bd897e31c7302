import type { Fraction } from 'fraction.js';
import { exact, leastCommonMultiple } from './exact.ts';
import type { ProgramDefinition } from './schema.ts';

/** What one unit of a currency is worth in the program's currency; undefined when the program has no rate for it. */
export function rateOf(program: Pick<ProgramDefinition, 'currency'>, code: string): Fraction | undefined {
  if (code === program.currency.code) return exact(1);
  const rate = program.currency.rates[code];
  return rate === undefined ? undefined : exact(rate);
}

/** Every rate as a whole number over one common denominator, so that sums in SQL stay exact without a division. */
export interface CurrencyFactors {
  factors: { code: string; factor: string }[];
  denominator: bigint;
}

export function currencyFactors(program: Pick<ProgramDefinition, 'currency'>): CurrencyFactors {
  const codes = [program.currency.code, ...Object.keys(program.currency.rates)];
  const rates = [...new Set(codes)].sort().map((code) => ({ code, rate: rateOf(program, code)! }));
  const denominator = rates.reduce((common, { rate }) => leastCommonMultiple(common, rate.d), 1n);
  return {
    denominator,
    factors: rates.map(({ code, rate }) => ({ code, factor: String((rate.n * denominator) / rate.d) })),
  };
}
