import type { KpiValue } from '../kpi/types.ts';
import { exactRatio, toDecimal } from '../program/exact.ts';
import type { KpiUnit } from '../program/schema/kpi.ts';

const digitsOf: Readonly<Record<KpiUnit, number>> = {
  money: 0,
  count: 0,
  people: 0,
  percent: 1,
  ratio: 2,
  days: 1,
  hours: 1,
  number: 2,
  points: 2,
};

/** Why there is no figure, in words. */
const emptyWords = {
  no_records: 'none yet',
  no_base: 'none yet',
  over_zero: 'none yet',
  below_zero: 'none',
  minimum_sample: 'too few yet',
  part_empty: 'none yet',
  outside: 'not ranked',
  unranked: 'not ranked',
  few_partners: 'too few yet',
} as const;

type Figure = Pick<KpiValue, 'numerator' | 'denominator' | 'unit' | 'currency' | 'empty'> &
  Partial<Pick<KpiValue, 'error'>>;

/** A figure as people read it: USD 612,400 · 36.4 % · 12.0 days; the reason where there is none. */
export function formatFigure(figure: Figure): string {
  if (figure.numerator === null || figure.denominator === null) {
    if (figure.error) return 'error';
    return figure.empty === null ? '-' : emptyWords[figure.empty];
  }
  const digits = digitsOf[figure.unit];
  const number = withSeparators(toDecimal(exactRatio(figure.numerator, figure.denominator), digits));
  if (figure.unit === 'money') return `${figure.currency} ${number}`;
  if (figure.unit === 'points') return `${number.replace(/\.?0+$/, '')} points`;
  if (figure.unit === 'percent') return `${number} %`;
  return figure.unit === 'days' || figure.unit === 'hours' ? `${number} ${figure.unit}` : number;
}

/** An amount of money as people read it: USD 2,500. */
export function formatMoney({ amount, currency }: { amount: string; currency: string }): string {
  return `${currency} ${withSeparators(amount)}`;
}

/** 1234567.5 -> 1,234,567.5 */
export function withSeparators(decimal: string): string {
  const [whole, ...rest] = decimal.split('.');
  return [whole!.replace(/\B(?=(\d{3})+$)/g, ','), ...rest].join('.');
}
