import type { Fraction } from 'fraction.js';
import { figureFor, keysOf, segmentLabel } from '../../program/by-segment.ts';
import { exact } from '../../program/exact.ts';
import { regionalKey } from '../../program/regional-kpis.ts';
import type { KpiUnit } from '../../program/schema/kpi.ts';
import { type OverRegions, regionsLookedAt, withPartsOf } from '../../program/score-parts.ts';
import { type Bound, bounds, reaches } from '../../program/threshold.ts';
import { needsText, quantityText } from '../../tier/explain/wording.ts';
import type { Segment } from '../../tier/types.ts';
import { emptyWord } from '../when-empty.ts';
import {
  added,
  type Context,
  kept,
  type Outcome,
  type Part,
  type PartFigure,
  partOf,
  rational,
  withoutSegment,
  withPoints,
} from './part.ts';

/** Composes a KPI and the scores below it anew, from the figures given. */
type Recomposed = (context: Context, kpi: string) => Map<string, PartFigure>;

/** A region with what a KPI is there; `figure` is undefined where that was never computed. */
interface Place {
  context: Context;
  figure: PartFigure | undefined;
  part: Part;
}

/**
 * A KPI in each region, as if the partner were there alone: with the records and the numbers of that region. A region in
 * which there is nothing to measure is left out; what is not known there leaves the score open.
 */
export function overRegions(
  context: Context,
  { over, unit }: { over: OverRegions; unit: KpiUnit },
  recomposed: Recomposed,
): Outcome {
  const places = regionsLookedAt(context.program, over).map(({ key }) =>
    placeOf(context, { region: key, of: over.of, recomposed }),
  );
  if (over.take === 'count') return counted(context, over, places);
  const parts = places.map(({ figure, part }) => (isNothing(figure, part) ? leftOut(part) : part));
  const there = parts.filter(({ row }) => row.counts);
  if (there.length === 0) return nowhere(parts);
  if (over.take === 'sum') return added(parts);
  if (over.take === 'concentration') return concentration(parts, exact(unit === 'percent' ? 100 : 1));
  const outcome = kept(there, (one, other) => (over.take === 'best' ? one.gt(other) : one.lt(other)));
  return { ...outcome, parts: inOrder(parts, there, outcome) };
}

function placeOf(
  context: Context,
  { region, of, recomposed }: { region: string; of: string; recomposed: Recomposed },
): Place {
  const { program } = context;
  const segment: Segment = { key: region, reason: null, isCertain: true };
  const figures = new Map(context.figures);
  for (const kpi of withPartsOf(program, [of])) {
    const { score, perRegion } = program.kpis[kpi]!;
    if (score !== undefined || perRegion === undefined) continue;
    const own = context.figures.get(regionalKey(kpi, region));
    if (own === undefined) figures.delete(kpi);
    else figures.set(kpi, { ...own, kpi });
  }
  const there = { ...context, figures, segments: { ...context.segments, region: segment } };
  const inRegion = { ...there, figures: recomposed(there, of) };
  const part = partOf(inRegion, of);
  const label = `${part.row.label} (${segmentLabel(program, region)})`;
  const kpi = program.kpis[of]!.score === undefined ? regionalKey(of, region) : of;
  return {
    context: inRegion,
    figure: inRegion.figures.get(of),
    part: { ...part, row: { ...part.row, kpi, label } },
  };
}

/** Nothing to measure there, and no word of the program for that. */
function isNothing(figure: PartFigure | undefined, { brings }: Part): boolean {
  return brings === null && figure !== undefined && figure.empty !== null;
}

function leftOut(part: Part): Part {
  return { ...part, row: { ...part.row, counts: false } };
}

function nowhere(parts: readonly Part[]): Outcome {
  const [note, ...others] = new Set(parts.map(({ row }) => row.note ?? 'there is nothing to share'));
  const isAlike = note !== undefined && others.length === 0;
  const reason = isAlike ? `in every region: ${note}` : 'in no region there is anything to measure yet';
  return { value: null, parts: parts.map((part) => leftOut(part).row), reason, error: null };
}

/** The rows in the order of the program: those looked at as they came out, the others as they were. */
function inOrder(all: readonly Part[], there: readonly Part[], { parts }: Outcome): Outcome['parts'] {
  return all.map((part) => {
    const index = there.indexOf(part);
    return index === -1 ? part.row : parts[index]!;
  });
}

/** How many regions reach the bound; one in which there is nothing to measure does not. */
function counted(context: Context, over: OverRegions, places: readonly Place[]): Outcome {
  const bound = bounds.find((one) => over[one] !== undefined)!;
  const limits = places.map((place) =>
    figureFor(context.program, over[bound]!, keysOf(place.context.segments)),
  );
  if (limits.includes(undefined)) return withoutSegment(context);
  const parts = places.map((place, index) => countedPart(over, place, { bound, limit: limits[index]! }));
  const definition = context.program.kpis[over.of]!;
  const isSaid = ({ figure }: Place) =>
    ['pass', 'fail'].includes(emptyWord(definition, figure?.empty ?? null));
  if (places.every((place) => isEmpty(place) && !isSaid(place))) return nowhere(parts);
  return added(parts);
}

function isEmpty({ figure }: Place): boolean {
  return figure !== undefined && figure.numerator === null && figure.empty !== null;
}

function countedPart(
  over: OverRegions,
  place: Place,
  { bound, limit }: { bound: Bound; limit: Fraction },
): Part {
  const { context, part } = place;
  const { program } = context;
  const definition = program.kpis[over.of]!;
  const { unit } = definition;
  const row = { ...part.row, full: rational(limit), most: rational(exact(1)), brings: null };
  const decided = (isIn: boolean, note: string | null) =>
    withPoints({ ...row, counts: isIn, note }, exact(isIn ? 1 : 0));
  if (isEmpty(place)) return decided(emptyWord(definition, place.figure!.empty) === 'pass', part.row.note);
  if (part.brings === null) return { ...part, row };
  const quantity = { unit, currency: unit === 'money' ? program.currency.code : null };
  const isIn = reaches(part.brings, bound, limit);
  const note = `needs ${needsText(bound, limit, quantity)}, has ${quantityText(part.brings, quantity)}`;
  return decided(isIn, isIn ? null : note);
}

/** The shares that the regions have of their sum, squared and added up; none where there is nothing to share. */
function concentration(parts: readonly Part[], whole: Fraction): Outcome {
  const sum = added(parts);
  if (sum.value === null) return sum;
  if (sum.value.lte(0)) return nowhere(parts);
  const squared = parts.map(({ row, brings, error }) =>
    row.counts ? withPoints(row, brings!.div(sum.value!).pow(2)!.mul(whole)) : { row, brings, error },
  );
  return added(squared);
}
