import type { Fraction } from 'fraction.js';
import { isMeasurable, type MeasurableEntity, resolvePath } from '../program/attribute-path.ts';
import { partsOfCondition } from '../program/check/condition.ts';
import { aggregateOf } from '../program/check/kpi.ts';
import { addDays, periodShift } from '../program/civil-date.ts';
import { ratesOf } from '../program/currency.ts';
import type { CustomTypes } from '../program/custom-attributes.ts';
import { exact, exactRatio, exactText } from '../program/exact.ts';
import { choiceOf } from '../program/schema/choice.ts';
import { eachPaths, eachPeriod, type PerEachDefinition } from '../program/schema/each.ts';
import type { AggregateCondition, MeasureDefinition } from '../program/schema/kpi.ts';
import { periodWords } from '../program/schema/movement.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import { tableLabel } from '../program/table-label.ts';
import { reaches } from '../program/threshold.ts';
import { type Quantity, quantityText } from '../tier/explain/wording.ts';
import { pathWords } from './attribute-words.ts';
import { entityOfMeasure } from './base-part.ts';
import { recordName } from './record-count.ts';
import type { EachSql } from './sql/each.ts';
import type { Need } from './sql/has.ts';
import type { DayRange } from './windows.ts';

/** What a record comes to, of all that is asked of it; null when nothing is. */
export function comesToText(
  program: Rules,
  { needs, numbers }: { needs: readonly Need[]; numbers: readonly (string | null)[] },
): string | null {
  if (needs.length === 0) return null;
  const words = needs.map((need, index) => haveText(program, need, numberOf(need, numbers[index] ?? null)));
  return words.join(', ');
}

/**
 * What a record comes to, and what is needed, of all in which it falls short: "CSM: 0 people with matching certificates (3
 * needed), 1 deal (2 needed)". `value`: the value that it is one of, where different ones are counted; null for none.
 */
export function shortText(
  program: Rules,
  {
    needs,
    numbers,
    value,
  }: { needs: readonly Need[]; numbers: readonly (string | null)[]; value: string | null },
): string {
  const short = needs.flatMap((need, index) => {
    const number = numberOf(need, numbers[index] ?? null);
    const { bound, threshold } = partsOfCondition(need.condition);
    if (number !== null && reaches(number, bound, exact(threshold))) return [];
    const needed = neededText(bound, comparedText(program, need.condition, exact(threshold)));
    return [`${haveText(program, need, number)} (${needed})`];
  });
  return `${value === null ? '' : `${value}: `}${short.join(', ')}`;
}

function neededText(bound: keyof typeof boundWords, number: string): string {
  if (bound === 'atLeast') return `${number} needed`;
  return `${boundWords[bound]} ${number}${bound === 'moreThan' ? ' needed' : ''}`;
}

/** How much a record weighs in an average. */
export function weightText(weight: string, denominator: bigint): string {
  return `it weighs ${exactText(exactRatio(weight, String(denominator)))}`;
}

/**
 * What the customer, the person or the like of a record comes to, and what of that counts: "the best quarter of its customer,
 * 2026-01-01 to 2026-03-31, comes to 900 USD, of which 400 USD counts".
 * @param of.period The number of the best period, where that is what counts; null otherwise.
 */
export function eachText(
  each: EachSql,
  [sum, divisor]: readonly [string, string],
  { quantity, period }: { quantity: Quantity; period: number | null },
): string {
  const { definition, denominator } = each;
  const value = exact(divisor).equals(0) ? null : exactRatio(sum, divisor).div(denominator);
  const all = `${wholeText(each, period)} of its ${eachWords(definition)}${daysOf(each, period)}`;
  if (value === null) return `${all} weighs nothing`;
  const most = definition.atMost === undefined ? null : exact(definition.atMost);
  const cut = most !== null && value.gt(most) ? `, of which ${quantityText(most, quantity)} counts` : '';
  return `${all} comes to ${quantityText(value, quantity)}${cut}`;
}

function wholeText({ definition: { best } }: EachSql, period: number | null): string {
  return best === undefined || period === null ? 'all' : `the best ${periodWords[best.period]}`;
}

/** The first and the last day of the period that counts, between commas; empty where all of them do. */
function daysOf({ definition: { best }, bestStarts }: EachSql, period: number | null): string {
  const from = period === null ? undefined : bestStarts[period - 1];
  if (best === undefined || from === undefined) return '';
  return `, ${from} to ${addDays(periodShift(from, best.period, 1), -1)},`;
}

/** What each of which figures are made is, such as "customer", "customer and type" or "customer's segment". */
export function eachWords(perEach: PerEachDefinition): string {
  const period = eachPeriod(perEach);
  return period === undefined ? eachPaths(perEach).map(pathWords).join(' and ') : periodWords[period];
}

/**
 * What a record is that was chosen among others, such as "one of the 3 largest by amount", "one of the 2 newest by close date" or
 * "the newest of its dimension".
 */
export function chosenWords(attributes: CustomTypes, measure: MeasureDefinition): string {
  const choice = choiceOf(measure);
  if (choice === undefined) {
    const { newestOfEach } = measure;
    return newestOfEach === undefined ? 'the newest' : `the newest of its ${pathWords(newestOfEach)}`;
  }
  const { end, by, records, ties } = choice;
  const chosen = isDated(attributes, { entity: entityOfMeasure(measure), by }) ? datedEnds[end] : end;
  const words = `${chosen} by ${pathWords(by)}`;
  // Where one of several that are alike is taken, the others are as large.
  if (ties !== 'all')
    return records === 1 ? `the one taken as ${words}` : `one of the ${records} taken as ${words}`;
  return records === 1 ? `the ${words}` : `one of the ${records} ${words}`;
}

/** What the largest and the smallest of dates are. */
export const datedEnds = { largest: 'newest', smallest: 'oldest' } as const;

/** Whether records are chosen by a date. */
export function isDated(
  attributes: CustomTypes,
  { entity, by }: { entity: MeasurableEntity; by: string },
): boolean {
  const path = resolvePath(entity, by, attributes);
  return typeof path !== 'string' && (path.type === 'date' || path.type === 'instant');
}

/** The day of which there is no rate, null for one that is empty; undefined where the currency has no rates by date. */
export function unratedDay(
  program: Pick<ProgramDefinition, 'currency'>,
  { currency, day }: { currency: string | null; day: string | null },
): string | null | undefined {
  return currency !== null && ratesOf(program, currency).length > 0 ? day : undefined;
}

/** That there is no rate; of which day, where the currency has rates by date. */
export function noRateText(day: string | null | undefined): string {
  return `the program has no rate${day === undefined ? '' : ` on ${day ?? 'a day that is empty'}`}`;
}

/** Why a table has nothing for a record. */
export function noEntryText(table: string, key: string | null): string {
  return key === null
    ? `what the table "${table}" looks up is empty`
    : `the table "${table}" has no value for "${key}"`;
}

/** "18 months since 2025-05-30". */
export function sinceText(measure: MeasureDefinition, [date, length]: readonly [string, string]): string {
  const value = aggregateOf(measure)!.value;
  const unit = typeof value === 'string' || value.monthsSince === undefined ? 'day' : 'month';
  return `${length} ${length === '1' ? unit : `${unit}s`} since ${date}`;
}

type Rules = Pick<ProgramDefinition, 'tables' | 'attributes' | 'currency'>;

/** A number as records come to it: amounts with the currency of the program, which what they are multiplied by could change. */
function comparedText(program: Rules, condition: AggregateCondition, value: Fraction): string {
  const { aggregate, value: path } = partsOfCondition(condition);
  const number = numberText(value);
  if (aggregate === 'count' || aggregate === 'distinct' || condition.times !== undefined) return number;
  const [entity, ...names] = path.split('.');
  const found = resolvePath(entity as MeasurableEntity, names.join('.'), program.attributes);
  const isAmount = typeof found !== 'string' && found.type === 'money';
  return isAmount ? `${number} ${program.currency.code}` : number;
}

/** Exactly, with separators: "1,500", "1,500.25"; a fraction as one. */
function numberText(value: Fraction): string {
  const [whole = '', ...rest] = exactText(value).split('.');
  return [whole.replace(/\B(?=(\d{3})+(?!\d))/g, ','), ...rest].join('.');
}

/** How sentences name a bound. */
export const boundWords = {
  atLeast: 'at least',
  moreThan: 'more than',
  atMost: 'at most',
  lessThan: 'less than',
} as const;

function numberOf({ denominator }: Need, number: string | null): Fraction | null {
  if (number === null) return null;
  const [over, under = '1'] = number.split('/');
  return exactRatio(over!, under).div(denominator);
}

function haveText(program: Rules, { condition, of, days }: Need, value: Fraction | null): string {
  const { aggregate, value: path, entity } = partsOfCondition(condition);
  const attribute = path.slice(path.indexOf('.') + 1);
  const number = value === null ? 'none' : comparedText(program, condition, value);
  const when = daysText(days);
  const times = timesText(program, condition);
  const one = value?.equals(1) === true ? 1 : 2;
  if (aggregate === 'count')
    return `${number} ${of === 'partner' ? 'matching ' : ''}${recordName(one, entity)}${times}${when}`;
  const whose = {
    record: ` of its ${recordName(2, entity)}`,
    partner: ` of matching ${recordName(2, entity)}`,
    group: '',
  }[of];
  if (aggregate !== 'distinct') {
    const what = `${takenWords[aggregate]} ${pathWords(attribute)}${times}${whose}${when}`;
    return value === null ? `no ${what}` : `the ${what} is ${number}`;
  }
  return isMeasurable(attribute)
    ? `${number} ${recordName(one, attribute)}${whose.replace(' of ', ' with ')}${when}`
    : `${number} different ${pathWords(attribute)}${whose}${when}`;
}

const takenWords = {
  sum: 'sum of',
  average: 'average of',
  median: 'median of',
  min: 'smallest',
  max: 'largest',
} as const;

function daysText(days: Need['days'] = []): string {
  return days.map((range) => (range === null ? ' in a part of the window' : rangeText(range))).join(' and');
}

function rangeText({ from, to }: DayRange): string {
  const last = addDays(to!, -1);
  return from === null ? ` up to ${last}` : ` from ${from} to ${last}`;
}

function timesText(program: Rules, { times }: AggregateCondition): string {
  const tables = [times ?? []].flat().map(({ table }) => tableLabel(program, table));
  return tables.length === 0 ? '' : ` times ${tables.join(' times ')}`;
}
