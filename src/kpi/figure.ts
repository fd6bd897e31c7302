import type { Fraction } from 'fraction.js';
import { exact, exactOver, exactRatio, partsOf, roundTo } from '../program/exact.ts';
import type { KpiDefinition, ProgramDefinition } from '../program/schema/schema.ts';
import { tableLabel } from '../program/table-label.ts';
import { thresholdValue } from '../program/threshold.ts';
import type { ValueParts } from './assemble-value.ts';
import { areOthersApart, basePart, isShortApart } from './base-part.ts';
import { valueOfEach } from './each-list.ts';
import { unratedDay } from './need-text.ts';
import { nextChangeDay } from './next-change.ts';
import type { MeasureRow } from './shared-rows.ts';
import type { MeasureSql } from './sql/measure.ts';
import type { EmptyReason, ExclusionReason, KpiError } from './types.ts';
import { standIn } from './when-empty.ts';

interface Part {
  value: Fraction | null;
  counted: number;
  excludedBy: Partial<Record<ExclusionReason, number>>;
}

/**
 * Puts the rows of a partner (one per measure, or none) together to what its figure comes to. Divisions happen here, exactly.
 * `dayStart`: the instant at which a day begins.
 */
export function figureOf({
  program,
  kpi,
  asOf,
  measures,
  dayStart,
}: {
  program: ProgramDefinition;
  kpi: string;
  asOf: string;
  measures: readonly MeasureSql[];
  dayStart: (day: string) => string;
}): (rows: readonly MeasureRow[]) => ValueParts {
  const definition = program.kpis[kpi]!;
  const { minimumSample } = definition;
  const baseIndex = basePart(definition);
  const leftOutOf = leftOutBy(definition);
  const per = perOf(program, definition);
  const nextChange = nextChangeDay({ program, asOf, measures });
  return (rows) => {
    const parts = measures.map((measure, index) =>
      partOf(
        measure,
        rows.find(({ part }) => part === index),
      ),
    );
    const base = parts[baseIndex]!;
    const result = combine({ definition, per }, parts);
    const error = firstError({ program, measures }, rows);
    const isTooFew = minimumSample !== undefined && base.counted < minimumSample;
    const empty = error !== null ? null : isTooFew ? 'minimum_sample' : result.empty;
    const value = error !== null ? null : empty === null ? result.value : standIn(definition, empty);
    const rational = value === null ? noRational : partsOf(rounded(definition, value));
    const excludedBy = leftOutOf(parts);
    const changesOn = nextChange(rows);
    return {
      numerator: rational.numerator,
      denominator: rational.denominator,
      empty,
      counted: base.counted,
      excluded: sumOf(excludedBy),
      excludedBy,
      sample: base.counted,
      error,
      nextChangeAt: changesOn === null ? null : dayStart(changesOn),
    };
  };
}

const noRational = { numerator: null, denominator: null };

function sumOf(excludedBy: Part['excludedBy']): number {
  let sum = 0;
  for (const count of Object.values(excludedBy)) sum += count ?? 0;
  return sum;
}

/** What a figure leaves out, as the list of its records has it. */
function leftOutBy(definition: KpiDefinition): (parts: readonly Part[]) => Part['excludedBy'] {
  const base = basePart(definition);
  if (areOthersApart(definition)) return (parts) => addedUp(parts.map(({ excludedBy }) => excludedBy));
  if (!isShortApart(definition)) return (parts) => parts[base]!.excludedBy;
  return (parts) => {
    const { falls_short: short } = parts[1 - base]!.excludedBy;
    return addedUp([parts[base]!.excludedBy, ...(short === undefined ? [] : [{ falls_short: short }])]);
  };
}

function addedUp(parts: readonly Part['excludedBy'][]): Part['excludedBy'] {
  const sum: Part['excludedBy'] = {};
  for (const [reason, count] of parts.flatMap((part) => Object.entries(part)))
    sum[reason as ExclusionReason] = (sum[reason as ExclusionReason] ?? 0) + (count ?? 0);
  return sum;
}

function partOf(measure: MeasureSql, row: MeasureRow | undefined): Part {
  const isZero =
    measure.aggregate === 'count' || measure.aggregate === 'distinct' || measure.aggregate === 'sum';
  const nothing = measure.each?.isListed ? '[]' : isZero ? '0' : null;
  const number = row?.number ?? nothing;
  return {
    value: number === null ? null : dividedOf(measure, number, row?.divisor ?? null),
    counted: row?.counted ?? 0,
    excludedBy: row?.excluded_by ?? {},
  };
}

/** Null for an average of what weighs nothing at all. */
function dividedOf(measure: MeasureSql, number: string, divisor: string | null): Fraction | null {
  if (measure.each?.isListed) return valueOfEach(measure, number);
  const { aggregate, denominator } = measure;
  if (aggregate !== 'average') return exactOver(number, denominator);
  if (divisor === null || exact(divisor).equals(0)) return null;
  return /^\d+$/.test(divisor)
    ? exactOver(number, denominator * BigInt(divisor))
    : exactRatio(number, divisor).div(denominator);
}

/** By how much of the second measure a ratio is told. */
function perOf(program: ProgramDefinition, { ratio, unit }: KpiDefinition): Fraction {
  const per = ratio?.per === undefined ? exact(1) : thresholdValue(program, ratio.per)!;
  return unit === 'percent' ? per.mul(100) : per;
}

function combine(
  { definition, per }: { definition: KpiDefinition; per: Fraction },
  [first, second]: readonly Part[],
): { value: Fraction | null; empty: EmptyReason | null } {
  const one = first!.value;
  if (second === undefined) return { value: one, empty: one === null ? 'no_records' : null };
  const two = second.value;
  if (one === null || two === null) return { value: null, empty: 'no_records' };
  if (definition.difference !== undefined) return { value: one.sub(two), empty: null };
  const { growth } = definition;
  if (growth === undefined && two.lte(0)) return { value: null, empty: emptyQuotient(one, two) };
  if (growth !== undefined && !canGrow(two, growth)) return { value: null, empty: 'no_base' };
  const share = growth === undefined ? one.div(two) : one.sub(two).div(two);
  return { value: share.mul(per), empty: null };
}

/** Why a quotient is none. Divided by something below zero, who has more would have less. */
export function emptyQuotient(over: Fraction, under: Fraction): 'no_base' | 'over_zero' | 'below_zero' {
  if (under.lt(0)) return 'below_zero';
  return over.equals(0) ? 'no_base' : 'over_zero';
}

/** Divided by a base below zero, a loss that doubled would be a growth of 100 %, and a gain a decline. */
function canGrow(base: Fraction, { minimumBase }: NonNullable<KpiDefinition['growth']>): boolean {
  return base.gt(0) && (minimumBase === undefined || !base.lt(exact(minimumBase)));
}

function rounded({ round }: KpiDefinition, value: Fraction): Fraction {
  return round === undefined ? value : roundTo(value, round);
}

function firstError(
  { program, measures }: { program: ProgramDefinition; measures: readonly MeasureSql[] },
  rows: readonly MeasureRow[],
): KpiError | null {
  const row = rows.find(({ unrated }) => unrated !== null);
  if (row === undefined) return missingEntry({ program, measures }, rows);
  const { entity } = measures[row.part]!;
  const [recordId, currency, rateDay] = row.unrated!;
  const day = unratedDay(program, { currency, day: rateDay });
  return { code: 'rate_missing', entity, recordId, currency, ...(day === undefined ? {} : { day }) };
}

function missingEntry(
  { program, measures }: { program: ProgramDefinition; measures: readonly MeasureSql[] },
  rows: readonly MeasureRow[],
): KpiError | null {
  const row = rows.find(({ missing_entry }) => missing_entry !== null);
  if (row === undefined) return null;
  const { entity } = measures[row.part]!;
  const [recordId, table, key] = row.missing_entry!;
  return { code: 'entry_missing', entity, recordId, table: tableLabel(program, table), key };
}
