import type { Fraction } from 'fraction.js';
import { exact, exactRatio, roundTo, toDecimal } from '../../program/exact.ts';
import type { KpiUnit } from '../../program/schema/kpi.ts';
import type { Bound } from '../../program/threshold.ts';
import { digitsOf } from '../../program/units.ts';

/** Figures as people read them. */

export interface Quantity {
  unit: KpiUnit;
  currency: string | null;
  /** Whether it is the time since a date. (Default: no) */
  isTimePassed?: boolean;
}

/** "612,400 USD", "33.3 %", "12.5 days", "4". */
export function quantityText(value: Fraction, { unit, currency }: Quantity): string {
  const text = grouped(value, unit);
  if (unit === 'money') return `${text} ${currency ?? ''}`.trim();
  if (unit === 'percent') return `${text} %`;
  if (unit === 'days' || unit === 'hours' || unit === 'points')
    return `${text} ${text === '1' ? unit.slice(0, -1) : unit}`;
  return text;
}

/** The same for a stored rational; a dash where there is none. */
export function figureWords(
  figure: { numerator: string | null; denominator: string | null },
  quantity: Quantity,
): string {
  if (figure.numerator === null || figure.denominator === null) return '-';
  return quantityText(exactRatio(figure.numerator, figure.denominator), quantity);
}

function grouped(value: Fraction, unit: KpiUnit): string {
  const [whole = '0', fraction = ''] = toDecimal(value, digitsOf(unit)).split('.');
  const digits = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  const rest = fraction.replace(/0+$/, '');
  if (rest === '') return digits;
  return `${digits}.${unit === 'money' ? fraction : rest}`;
}

/** What a requirement asks for: the bound alone where reaching it is enough, otherwise in words. */
export function needsText(bound: Bound, threshold: Fraction, quantity: Quantity): string {
  const text = quantityText(threshold, quantity);
  return {
    atLeast: text,
    moreThan: `more than ${text}`,
    atMost: `at most ${text}`,
    lessThan: `less than ${text}`,
  }[bound];
}

/** A figure that misses a limit; where both read alike, which side it is on. */
export function missWords(
  figure: { numerator: string | null; denominator: string | null },
  limit: Fraction,
  quantity: Quantity,
): string {
  const words = figureWords(figure, quantity);
  if (words !== quantityText(limit, quantity)) return words;
  const order = exactRatio(figure.numerator!, figure.denominator!).compare(limit);
  if (order === 0) return words;
  return `just ${order < 0 ? 'under' : 'over'} ${words}`;
}

/** Of these there is no part: the next figure past a bound is a whole one. */
const wholeUnits: ReadonlySet<KpiUnit> = new Set(['count', 'people']);

/**
 * How far off: "87,600 USD more", "6.7 percentage points more", "3 days less". Where the bound itself misses, one more of what
 * is whole, and "more than 3 days less" of anything else.
 */
export function gapText(gap: Fraction, bound: Bound, quantity: Quantity): string {
  const isUp = bound === 'atLeast' || bound === 'moreThan';
  // Time that has passed does not become less.
  const direction = isUp ? 'more' : quantity.isTimePassed === true ? 'too many' : 'less';
  const isPast = bound === 'moreThan' || bound === 'lessThan';
  if (isPast && wholeUnits.has(quantity.unit))
    return `${quantityText(gap.floor().add(1), quantity)} ${direction}`;
  if (gap.equals(0)) return `any amount ${direction}`;
  const past = isPast && isShownExactly(gap, quantity) ? 'more than ' : '';
  const text = `${past}${smallText(gap, quantity)}`;
  if (quantity.unit !== 'percent') return `${text} ${direction}`;
  return `${text.replace(' %', '')} percentage points ${direction}`;
}

/** A gap that is rounded up when it is shown is past its bound already. */
function isShownExactly(gap: Fraction, { unit }: Quantity): boolean {
  return gap.ceil(digitsOf(unit)).equals(gap);
}

/** Never less than the gap is; what would read as nothing reads as less than the smallest amount that is shown. */
function smallText(gap: Fraction, quantity: Quantity): string {
  const digits = digitsOf(quantity.unit);
  if (!roundTo(gap, { digits, direction: 'nearest' }).equals(0))
    return quantityText(gap.ceil(digits), quantity);
  return `less than ${quantityText(exact(1).div(10 ** digits), quantity)}`;
}

/** A figure that is to be reached, as the next one in that direction that can be shown. */
export function targetText(figure: Fraction, direction: 'more' | 'less', quantity: Quantity): string {
  const digits = digitsOf(quantity.unit);
  return quantityText(direction === 'more' ? figure.ceil(digits) : figure.floor(digits), quantity);
}
