import { isDeepStrictEqual } from 'node:util';
import { Fraction } from 'fraction.js';
import type { MeasureDefinition } from '../../src/program/schema/kpi.ts';
import type { KpiDefinition, ProgramDefinition } from '../../src/program/schema/schema.ts';
import { kindOf, type Measured, measured } from './measures.ts';
import type { Scope } from './windows.ts';
import type { World } from './world.ts';

/** The figure of a measured KPI for one partner. */
export interface Figure {
  value: Fraction | null;
  empty: 'no_records' | 'no_base' | 'over_zero' | 'below_zero' | 'minimum_sample' | null;
  /** Why it cannot be computed, and the records that stand in the way. */
  error: { code: 'rate_missing' | 'entry_missing'; records: string[] } | null;
  counted: number;
  excludedBy: Record<string, number>;
}

export function figureOf(
  { world, program, asOf }: { world: World; program: ProgramDefinition; asOf: string },
  { kpi, partner }: { kpi: string; partner: string },
): Figure {
  const definition = program.kpis[kpi]!;
  const startedOn = world.partner.find(({ id }) => id === partner)?.values.startedOn ?? null;
  const { rollUp, regional } = definition;
  const scope: Scope = { world, program, asOf, partner, rollUp, startedOn: startedOn as string | null };
  const parts = measuresOf(definition).map((measure) => measured(scope, measure, regional?.region));
  const base = parts[baseOf(definition)]!;
  const { value, empty } = combined(definition, parts, program.currency);
  const error = errorOf(parts);
  const isTooFew = definition.minimumSample !== undefined && base.counted < definition.minimumSample;
  const others = parts.find((part) => part !== base);
  const excludedBy = addedUp(base.excludedBy, leftOutBeside(definition, others?.excludedBy ?? {}));
  const found = { counted: base.counted, excludedBy };
  if (error !== null) return { ...found, value: null, empty: null, error };
  const why = isTooFew ? 'minimum_sample' : empty;
  const shown = why === null ? value : standIn(definition, why);
  return { ...found, value: shown === null ? null : rounded(shown, definition), empty: why, error };
}

function measuresOf({ measure, ratio, every, difference, growth }: KpiDefinition): MeasureDefinition[] {
  if (measure !== undefined) return [measure];
  if (ratio !== undefined) return [ratio.of, ratio.to];
  if (every !== undefined) {
    const { of, must, ...rest } = every;
    // Of an attribute its different values are looked at, not the records.
    const all = of.includes('.') ? { ...rest, distinct: of } : { ...rest, count: of };
    const isChosen = (rest.newestOfEach ?? rest.largest ?? rest.smallest) !== undefined;
    // Of records that are chosen it is asked once they are.
    return [isChosen ? { ...all, thenWhere: must } : { ...all, where: [rest.where ?? [], must].flat() }, all];
  }
  const pair = (difference ?? growth)!;
  return [pair.now, pair.before];
}

/** Of what the other part of a ratio leaves out: all where it is of another kind, what falls short where it is of other days. */
function leftOutBeside({ ratio }: KpiDefinition, others: Record<string, number>): Record<string, number> {
  if (ratio === undefined) return {};
  if (kindOf(ratio.of) !== kindOf(ratio.to)) return others;
  const { falls_short: short } = others;
  const isOfOtherDays = !isDeepStrictEqual(ratio.of.window, ratio.to.window);
  return isOfOtherDays && short !== undefined ? { falls_short: short } : {};
}

function addedUp(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const sum = { ...one };
  for (const [reason, count] of Object.entries(other)) sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}

/** The records behind a share are those that it is a share of, behind a growth those of now. */
function baseOf({ ratio, every }: KpiDefinition): number {
  return every === undefined && ratio === undefined ? 0 : 1;
}

function combined(
  { unit, ratio, difference, growth }: KpiDefinition,
  [first, second]: readonly Measured[],
  currency: ProgramDefinition['currency'],
): Pick<Figure, 'value' | 'empty'> {
  const one = first!.value;
  const none = { value: null, empty: 'no_records' } as const;
  if (one === null) return none;
  if (second === undefined) return { value: one, empty: null };
  const two = second.value;
  if (two === null) return none;
  if (difference !== undefined) return { value: one.sub(two), empty: null };
  const isTooLow =
    growth === undefined
      ? two.lte(0)
      : two.lte(0) || (growth.minimumBase !== undefined && two.lt(new Fraction(String(growth.minimumBase))));
  if (growth === undefined && two.lt(0)) return { value: null, empty: 'below_zero' };
  if (isTooLow && growth === undefined && !one.equals(0)) return { value: null, empty: 'over_zero' };
  if (isTooLow) return { value: null, empty: 'no_base' };
  const share = growth === undefined ? one.div(two) : one.sub(two).div(two);
  const [per, code = currency.code] = String(ratio?.per ?? 1).split(' ');
  const rate = code === currency.code ? '1' : String(currency.rates[code]);
  const told = share.mul(new Fraction(per!)).mul(new Fraction(rate));
  return { value: unit === 'percent' ? told.mul(100) : told, empty: null };
}

function errorOf(parts: readonly Measured[]): Figure['error'] {
  const unrated = parts.flatMap((part) => part.unrated);
  if (unrated.length > 0) return { code: 'rate_missing', records: unrated };
  const unlisted = parts.flatMap((part) => part.unlisted);
  return unlisted.length === 0 ? null : { code: 'entry_missing', records: unlisted };
}

/** What the program says of a figure that there is not, for one reason or another. */
export function saidOf({ whenEmpty }: Pick<KpiDefinition, 'whenEmpty'>, reason: string | null): string {
  if (typeof whenEmpty === 'string') return whenEmpty;
  const { zeroOverZero, overZero, tooFew } = whenEmpty;
  return reason === 'minimum_sample'
    ? tooFew
    : ['over_zero', 'below_zero'].includes(String(reason))
      ? overZero
      : zeroOverZero;
}

export function standIn(
  definition: Pick<KpiDefinition, 'whenEmpty' | 'unit'>,
  reason: string | null = null,
): Fraction | null {
  const said = saidOf(definition, reason);
  if (said === 'zero') return new Fraction(0);
  return said === 'one' ? new Fraction(definition.unit === 'percent' ? 100 : 1) : null;
}

/** Half away from zero, or always up or down. */
export function rounded(value: Fraction, { round }: Pick<KpiDefinition, 'round'>): Fraction {
  if (round === undefined) return value;
  const scale = 10 ** round.digits;
  if (round.direction !== 'nearest') {
    const scaled = value.mul(10 ** round.digits);
    return (round.direction === 'up' ? scaled.neg().floor().neg() : scaled.floor()).div(10 ** round.digits);
  }
  const steps = value.abs().mul(scale).add(new Fraction(1, 2)).floor();
  return steps.div(scale).mul(value.lt(0) ? -1 : 1);
}
