import type { Fraction } from 'fraction.js';
import { figureFor, keysOf } from '../../program/by-segment.ts';
import { exact, exactRatio, partsOf as rationalOf } from '../../program/exact.ts';
import type { BySegment, Requirement } from '../../program/schema/ladder.ts';
import type { ProgramDefinition } from '../../program/schema/schema.ts';
import { leastOf, mostOf } from '../../program/score-limits.ts';
import { noFigureText, standInText } from '../../tier/requirement.ts';
import type { KpiInput, PartnerFacts, Segments } from '../../tier/types.ts';
import { behind, errorText } from '../error-text.ts';
import type { EmptyReason, KpiError } from '../types.ts';
import { emptyWord } from '../when-empty.ts';
import type { Rational, ScorePart } from './evidence.ts';

/** What the forms of scores are made of: parts that are read, and what is made of several. */

/** A figure as a score reads it. */
export type PartFigure = KpiInput & { error?: KpiError | null };

export interface ScoreInputs {
  program: ProgramDefinition;
  /** The figures of the partner, by KPI; those of scores that this one reads are among them. */
  figures: ReadonlyMap<string, PartFigure>;
  partner: PartnerFacts;
  /** The track and region to score for. (Default: those of the partner) */
  segments?: Segments;
}

/** What a form makes of the parts. */
export interface Outcome {
  value: Fraction | null;
  parts: ScorePart[];
  reason: string | null;
  error: KpiError | null;
  /** Why there is nothing to measure. (Default: a part has no figure) */
  empty?: EmptyReason;
  /** The conditions of which it is not known whether they hold, where that leaves no figure. */
  openOn?: readonly Requirement[];
}

export interface Context extends ScoreInputs {
  segments: Segments;
  /** Why a number of the score that differs by track or region is not known; null where all are. */
  unknown: string | null;
}

/** A part while it is worked on; what it brings is exact. */
export interface Part {
  row: ScorePart;
  brings: Fraction | null;
  error: KpiError | null;
}

/** The least and the most that a figure which says "fail" or "pass" stands for. */
export interface Limits {
  least: Fraction | null;
  most: Fraction | null;
}

/** Reads a KPI and turns its figure into what it brings; without `points` that is the figure itself. */
export function readPart(
  { program, figures }: Context,
  kpi: string,
  { points, limits, full }: { points: (value: Fraction) => Fraction; limits: Limits; full: Fraction | null },
): Part {
  const definition = program.kpis[kpi]!;
  const { label } = definition;
  const figure = figures.get(kpi);
  const value = figure === undefined ? null : exactOf(figure);
  const row: ScorePart = {
    kpi,
    label,
    value: rational(value),
    full: rational(full),
    brings: null,
    most: rational(limits.most),
    counts: true,
    note: null,
  };
  if (value !== null)
    return withPoints({ ...row, note: standInText(program, definition, figure!) }, points(value));
  const note = figure === undefined ? 'it has not been computed yet' : noFigureText(definition, figure);
  const word = emptyWord(definition, figure?.empty ?? null);
  const known = word === 'fail' ? limits.least : word === 'pass' ? limits.most : null;
  if (known !== null && figure !== undefined && figure.empty !== null)
    return withPoints({ ...row, note }, known);
  return { row: { ...row, note }, brings: null, error: errorOf(label, figure) };
}

/** How an operand is read: without a figure it has no fewest and no most that could stand for it. */
export const asItIs = {
  points: (value: Fraction) => value,
  limits: { least: null, most: null },
  full: null,
};

export function withPoints(row: ScorePart, brings: Fraction): Part {
  return { row: { ...row, brings: rational(brings) }, brings, error: null };
}

/** The part's error under the part's name, so that the score says where to look. */
export function errorOf(label: string, figure: PartFigure | undefined): KpiError | null {
  return figure?.error == null ? null : behind(label, figure.error);
}

/**
 * A part that counts as it is, at most `limit`. Of points and of shares without a figure "fail" is the fewest that there can
 * be, and "pass" the most; other figures have no such limits.
 */
export function partOf(context: Context, kpi: string, limit: Fraction | null = null): Part {
  const keys = keysOf(context.segments);
  const capped = (value: Fraction) => (limit !== null && value.gt(limit) ? limit : value);
  const most = mostOf(context.program, kpi, keys);
  const limits = { least: leastOf(context.program, kpi, keys), most: most === null ? limit : capped(most) };
  return readPart(context, kpi, { points: capped, limits, full: null });
}

/** A part that is taken away: what is most of it leaves the fewest. */
export function takenPart(context: Context, kpi: string): Part {
  const keys = keysOf(context.segments);
  const negative = (limit: Fraction | null) => limit?.neg() ?? null;
  const limits = {
    least: negative(mostOf(context.program, kpi, keys)),
    most: negative(leastOf(context.program, kpi, keys)),
  };
  const part = readPart(context, kpi, { points: (value) => value.neg(), limits, full: null });
  return { ...part, row: { ...part.row, most: null } };
}

function exactOf({ numerator, denominator }: KpiInput): Fraction | null {
  return numerator === null || denominator === null ? null : exactRatio(numerator, denominator);
}

export function rational(value: Fraction | null): Rational | null {
  return value === null ? null : rationalOf(value);
}

/** Numbers of a form as they are for the partner; undefined where its track or region is not known. */
export function numbers(context: Context, wanted: readonly BySegment[]): Fraction[] | undefined {
  const found = wanted.map((one) => figureFor(context.program, one, keysOf(context.segments)));
  return found.some((one) => one === undefined) ? undefined : (found as Fraction[]);
}

export function withoutSegment({ unknown }: Context): Outcome {
  return { value: null, parts: [], reason: unknown, error: null, openOn: [] };
}

export function single(part: Part): Outcome {
  const { row, brings, error } = part;
  return { value: brings, parts: [row], reason: brings === null ? reasonOf(part) : null, error };
}

function reasonOf({ row, error }: Part): string {
  return error === null ? `${row.label}: ${row.note}` : errorText(error);
}

export function added(parts: readonly Part[]): Outcome {
  const open = parts.find(({ brings, row }) => row.counts && brings === null);
  const rows = parts.map(({ row }) => row);
  const error = parts.find((part) => part.row.counts && part.error !== null)?.error ?? null;
  if (open !== undefined)
    return { value: null, parts: rows, reason: error === null ? reasonOf(open) : errorText(error), error };
  const counted = parts.filter(({ row }) => row.counts);
  const value = counted.reduce((sum, { brings }) => sum.add(brings!), exact(0));
  return { value, parts: rows, reason: null, error: null };
}

/** The first of the parts than which none is better. What is not known could be, so it leaves the score open. */
export function kept(parts: readonly Part[], isBetter: (one: Fraction, other: Fraction) => boolean): Outcome {
  const all = added(parts);
  if (all.value === null) return all;
  const first = parts.reduce((best, part) => (isBetter(part.brings!, best.brings!) ? part : best));
  const rows = parts.map((part) => ({ ...part.row, counts: part === first }));
  return { value: first.brings, parts: rows, reason: null, error: null };
}
