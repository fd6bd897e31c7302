import type { Fraction } from 'fraction.js';
import { dimensions, figureFor, keysOf, type SegmentKeys } from '../../program/by-segment.ts';
import { exact, partsOf as rationalOf, roundTo } from '../../program/exact.ts';
import { rememberedWith } from '../../program/remembered.ts';
import { boundsOf, kpisOfRequirements } from '../../program/requirement-leaves.ts';
import type { BySegment, Requirement } from '../../program/schema/ladder.ts';
import type { KpiDefinition } from '../../program/schema/schema.ts';
import type { ScoreDefinition } from '../../program/schema/score.ts';
import { mostOf } from '../../program/score-limits.ts';
import { formOf, scoresInOrder, segmentsOfScore, withPartsOf } from '../../program/score-parts.ts';
import { segmentsRead } from '../../program/segments-read.ts';
import { isKpiName } from '../../program/threshold.ts';
import { knownTruth, tierEvidence } from '../../tier/requirement.ts';
import { segmentsOf } from '../../tier/segments.ts';
import type { Segment, Segments } from '../../tier/types.ts';
import type { EmptyReason, KpiError, KpiValue } from '../types.ts';
import { standIn } from '../when-empty.ts';
import type { ScoreEvidence, ScorePart } from './evidence.ts';
import {
  added,
  type Context,
  errorOf,
  kept,
  numbers,
  type Outcome,
  type Part,
  type PartFigure,
  partOf,
  rational,
  type ScoreInputs,
  single,
  takenPart,
  withoutSegment,
  withPoints,
} from './part.ts';
import { bandPoints, eachPoints, linearPoints, weightedMean } from './points.ts';
import { multipliedBy } from './product.ts';
import { dividedBy } from './ratio.ts';
import { overRegions } from './regions.ts';

export interface Scored {
  /** Null where there is none; evidence.reason says why. */
  value: Fraction | null;
  /** The error of a part that keeps it from being computed. */
  error: KpiError | null;
  /** Why there is nothing to measure; null where there is a figure of its own, or an error. */
  empty: EmptyReason | null;
  evidence: ScoreEvidence;
}

/** Composes one score of one partner, exactly. Pure: the same figures and attributes give the same score for ever. */
export function scoreOf(inputs: ScoreInputs, kpi: string): Scored {
  const { program, figures, partner } = inputs;
  const definition = program.kpis[kpi]!;
  const score = definition.score!;
  const segments = inputs.segments ?? segmentsOf({ program, kpis: figures, partner });
  const read = dimensionsRead(program, kpi);
  const unknown = read.find((one) => segments[one].key === null);
  const context = { ...inputs, segments, unknown: unknown === undefined ? null : segments[unknown].reason };
  const {
    value,
    parts,
    reason,
    error: own,
    openOn,
    empty = 'part_empty',
  } = outcomeOf(context, { ...definition, score });
  const error = own ?? (openOn === undefined ? null : errorBehind(context, { score, openOn }));
  const declared = error === null ? standIn(definition, empty) : null;
  return {
    value: value === null ? declared : rounded(definition, value),
    error,
    empty: reason === null || error !== null ? null : empty,
    evidence: {
      form: formOf(score)!,
      track: read.includes('track') ? segments.track.key : null,
      region: read.includes('region') ? segments.region.key : null,
      most: mostOfScore(program, JSON.stringify([kpi, keysOf(segments)])),
      reason,
      parts,
    },
  };
}

/** The most that a score can be in a segment, as evidence has it; asked for as JSON of the KPI and the segment. */
const mostOfScore = rememberedWith((program: ScoreInputs['program'], asked: string) => {
  const [kpi, keys]: [string, SegmentKeys] = JSON.parse(asked);
  return rational(mostOf(program, kpi, keys));
});

/** By what a score's own numbers differ. */
const dimensionsRead = rememberedWith((program: ScoreInputs['program'], kpi: string) => {
  const own = segmentsOfScore(program, program.kpis[kpi]!.score!).dimensions;
  return dimensions.filter((one) => own.has(one));
});

/** What is not known because of an error is one, also where only a condition or the track asks for it. */
function errorBehind(
  { program, figures, unknown }: Context,
  { score, openOn }: { score: ScoreDefinition; openOn: readonly Requirement[] },
): KpiError | null {
  const { conditions } =
    openOn.length === 0 ? segmentsOfScore(program, score) : segmentsRead(program, boundsOf(openOn));
  const asked = kpisOfRequirements([...openOn, ...(unknown === null ? [] : conditions)]);
  const wrong = asked.find((kpi) => figures.get(kpi)?.error != null);
  return wrong === undefined ? null : errorOf(program.kpis[wrong]!.label, figures.get(wrong));
}

function outcomeOf(
  context: Context,
  { unit, score }: Pick<KpiDefinition, 'unit'> & { score: ScoreDefinition },
): Outcome {
  const {
    linear,
    each,
    bands,
    sum,
    difference,
    ratio,
    product,
    weighted,
    best,
    worst,
    steps,
    choose,
    byTrack,
    bestTrack,
    overRegions: over,
  } = score;
  if (linear !== undefined) return linearPoints(context, linear);
  if (each !== undefined) return eachPoints(context, each);
  if (bands !== undefined) return bandPoints(context, bands);
  if (weighted !== undefined) return weightedMean(context, weighted);
  if (sum !== undefined) return added(sum.map((kpi) => partOf(context, kpi)));
  if (difference !== undefined) return lessOthers(context, difference);
  if (ratio !== undefined) return dividedBy(context, { ratio, unit });
  if (product !== undefined) return multipliedBy(context, product);
  if (best !== undefined)
    return kept(
      best.map((kpi) => partOf(context, kpi)),
      (one, other) => one.gt(other),
    );
  if (worst !== undefined)
    return kept(
      worst.map((kpi) => partOf(context, kpi)),
      (one, other) => one.lt(other),
    );
  if (steps !== undefined) return stepPoints(context, steps);
  if (choose !== undefined) return chosen(context, choose);
  if (byTrack !== undefined) return ofTrack(context, byTrack);
  if (over !== undefined) return overRegions(context, { over, unit }, recomposed);
  return bestOfTracks(context, bestTrack!);
}

function lessOthers(context: Context, { of, less }: NonNullable<ScoreDefinition['difference']>): Outcome {
  const taken = [less].flat().map((one) => {
    if (isKpiName(one)) return takenPart(context, one);
    const [number] = numbers(context, [one]) ?? [];
    return number === undefined ? undefined : plainPart(number.neg(), 'fixed figure');
  });
  if (taken.includes(undefined)) return withoutSegment(context);
  return added([partOf(context, of), ...(taken as Part[])]);
}

interface Condition {
  holds: boolean | undefined;
  /** The first thing in it that is not met, or not known, in words. */
  note: string;
}

function conditionOf({ program, figures, partner, segments }: Context, wanted: Requirement): Condition {
  const found = tierEvidence(
    { program, kpis: figures, partner, segments },
    { key: 'condition', label: '', requirements: wanted },
  );
  const holds = knownTruth(found);
  const state = holds === undefined ? 'pending' : 'not_met';
  const leaf = found.requirements.find((one) => one.state === state);
  const words =
    leaf === undefined ? '' : `${leaf.label}: ${leaf.reason ?? `needs ${leaf.needs}, has ${leaf.has}`}`;
  return { holds, note: words };
}

function stepPoints(context: Context, steps: NonNullable<ScoreDefinition['steps']>): Outcome {
  const parts: Part[] = [];
  let closed: string | null = null;
  for (const { label, points, most, needs } of steps) {
    const condition: Condition | undefined =
      closed === null && needs !== undefined ? conditionOf(context, needs) : undefined;
    if (condition !== undefined && condition.holds === undefined)
      return { ...added(parts), value: null, reason: condition.note, openOn: [needs!] };
    if (condition?.holds === false) closed = condition.note;
    const part = stepPart(context, { points, most });
    if (part === undefined && closed === null) return withoutSegment(context);
    const { row, ...rest } = part ?? unknownPart(context, points);
    const named = { ...row, label: label ?? row.label };
    parts.push({ ...rest, row: closed === null ? named : without(named, closed) });
  }
  return added(parts);
}

/** A step that does not count, of which it is not known how many points it would have had. */
function unknownPart({ program }: Context, points: BySegment): Part {
  const kpi = typeof points === 'string' ? points : null;
  const label = kpi === null ? 'points' : program.kpis[kpi]!.label;
  const row = { kpi, label, value: null, full: null, brings: null, most: null, counts: false, note: null };
  return { row, brings: null, error: null };
}

function stepPart(
  context: Context,
  { points, most }: Pick<NonNullable<ScoreDefinition['steps']>[number], 'points' | 'most'>,
): Part | undefined {
  const limit =
    most === undefined ? null : (figureFor(context.program, most, keysOf(context.segments)) ?? undefined);
  if (limit === undefined) return undefined;
  if (typeof points !== 'string') {
    const own = figureFor(context.program, points, keysOf(context.segments));
    return own === undefined ? undefined : plainPart(own);
  }
  return partOf(context, points, limit);
}

function plainPart(points: Fraction, label = 'points'): Part {
  const own = rational(points);
  const row = { kpi: null, label, value: null, full: null, most: own, counts: true, note: null };
  return withPoints({ ...row, brings: null }, points);
}

function without(row: ScorePart, note: string): ScorePart {
  return { ...row, counts: false, brings: null, note };
}

/** Only the branch that is taken has to be known. */
function chosen(context: Context, choices: NonNullable<ScoreDefinition['choose']>): Outcome {
  for (const { when, use, otherwise } of choices) {
    const condition = when === undefined ? undefined : conditionOf(context, when);
    if (condition !== undefined && condition.holds === undefined)
      return { value: null, parts: [], reason: condition.note, error: null, openOn: [when!] };
    if (condition?.holds === false) continue;
    const taken = (use ?? otherwise)!;
    return single(typeof taken === 'number' ? plainPart(exact(taken)) : partOf(context, taken));
  }
  return { value: null, parts: [], reason: null, error: null };
}

/** Only the KPI of the partner's own track has to be known. */
function ofTrack(context: Context, byTrack: NonNullable<ScoreDefinition['byTrack']>): Outcome {
  const { key } = context.segments.track;
  return key === null ? withoutSegment(context) : single(partOf(context, byTrack[key]!));
}

/** The KPI as if the partner were on each track: all scores below it are composed anew for that track. */
function bestOfTracks(context: Context, given: NonNullable<ScoreDefinition['bestTrack']>): Outcome {
  const { program } = context;
  const tracks = program.tracks.filter(({ key }) => given.among?.includes(key) ?? true);
  const parts = tracks.map((track) => {
    const there = onTrack(context, track.key, [given.of]);
    const part = partOf({ ...context, ...there }, given.of);
    return { ...part, row: { ...part.row, label: `${part.row.label} (${track.label})` } };
  });
  return kept(parts, (one, other) => one.gt(other));
}

/**
 * A partner as if it were on a track, with the scores that some KPIs are made of composed anew for it, those KPIs included.
 * What somebody supposes stays as it is.
 */
export function onTrack(
  inputs: ScoreInputs & { segments: Segments },
  key: string,
  kpis: readonly string[],
): { segments: Segments; figures: ReadonlyMap<string, PartFigure> } {
  const track: Segment = { key, reason: null, isCertain: true };
  const segments = { ...inputs.segments, track };
  const isSupposed = (figure: PartFigure) => figure.isSupposed === true;
  const figures = kpis.reduce<ReadonlyMap<string, PartFigure>>(
    (known, kpi) => recomposed({ ...inputs, segments, figures: known }, kpi, isSupposed),
    inputs.figures,
  );
  return { segments, figures };
}

/** The figures of a partner with the scores that a KPI is made of composed anew from them, but for those that stay. */
function recomposed(
  inputs: ScoreInputs,
  kpi: string,
  stays: (figure: PartFigure) => boolean = () => false,
): Map<string, PartFigure> {
  const { program } = inputs;
  const figures = new Map(inputs.figures);
  for (const one of scoresBelow(program, kpi)) {
    const known = inputs.figures.get(one);
    if (known !== undefined && !stays(known))
      figures.set(one, { ...known, ...figureOfScore(scoreOf({ ...inputs, figures }, one)) });
  }
  return figures;
}

/** The scores that a KPI is made of and itself, each behind those that it reads. */
const scoresBelow = rememberedWith((program: ScoreInputs['program'], kpi: string) => {
  const below = new Set(withPartsOf(program, [kpi]));
  return scoresInOrder(program).filter((each) => below.has(each));
});

/** A score as a figure among others. */
export function figureOfScore({
  value,
  error,
  empty,
  evidence,
}: Scored): Pick<KpiValue, 'numerator' | 'denominator' | 'empty' | 'error' | 'score'> {
  return {
    ...(value === null ? { numerator: null, denominator: null } : rationalOf(value)),
    empty,
    error,
    score: evidence,
  };
}

function rounded({ round }: KpiDefinition, value: Fraction): Fraction {
  return round === undefined ? value : roundTo(value, round);
}
