import type { TierlinkError } from '../../../src/errors.ts';

/** Creation times, as instants: from `from` on, before `before`. Open where one is missing; rows without a time are first. */
export interface Span {
  from?: string | undefined;
  before?: string | undefined;
}

/** How many rows a span holds; many: more than can be counted at once. */
export type SpanCount = number | 'many' | TierlinkError;

/** What has to be asked to count what is too much for one question. */
export interface SpanQuestions {
  /** In one call. */
  count(spans: readonly Span[]): Promise<SpanCount[]>;
  /** When the first and the last row of a span were made; undefined where it has none that tell. */
  ends(span: Span): Promise<{ first: string; last: string } | undefined>;
  /** Counts in another way, however many there are. */
  countAnyhow(span: Span): Promise<number>;
}

export interface CountedSpan {
  span: Span;
  rows: number;
}

/** Into how many parts a span goes that holds too many. */
const PARTS = 32;
const SECOND_MS = 1_000;

/**
 * Counts a span that holds too many for one question in parts, those in parts again that still do, and what was made within
 * one second anyhow. The parts are told in order. They have no gap and no overlap, and when a row was made never changes
 * (one that is given another time has it from its creation), so their sum is the number of rows, wherever they are cut.
 * @throws what refused the count of a part
 */
export async function countInParts(ask: SpanQuestions, span: Span): Promise<CountedSpan[]> {
  const ends = await ask.ends(span);
  const parts = ends === undefined ? [] : cut(span, ends);
  if (parts.length < 2) return [{ span, rows: await ask.countAnyhow(span) }];
  const counts = await ask.count(parts);
  const counted: CountedSpan[] = [];
  for (const [index, part] of parts.entries()) {
    const rows = counts[index]!;
    if (rows === 'many') counted.push(...(await countInParts(ask, part)));
    else if (typeof rows === 'number') counted.push({ span: part, rows });
    else throw rows;
  }
  return counted;
}

/** Parts of about the same length between the first and the last row, in whole seconds; the outer ends stay as they are. */
function cut(span: Span, { first, last }: { first: string; last: string }): Span[] {
  const from = Math.floor(Date.parse(first) / SECOND_MS);
  const seconds = Math.floor(Date.parse(last) / SECOND_MS) - from + 1;
  const count = Math.min(PARTS, seconds);
  const points = Array.from({ length: count - 1 }, (_unused, index) =>
    new Date((from + Math.ceil(((index + 1) * seconds) / count)) * SECOND_MS).toISOString(),
  );
  return spansBetween(span, points);
}

/** A span, cut at the points that lie within it. */
export function spansBetween({ from, before }: Span, points: readonly string[]): Span[] {
  const within = points.filter(
    (point) =>
      (from === undefined || Date.parse(point) > Date.parse(from)) &&
      (before === undefined || Date.parse(point) < Date.parse(before)),
  );
  const starts = [from, ...within];
  return starts.map((start, index) => ({
    from: start,
    before: index < within.length ? within[index] : before,
  }));
}

/** Where to cut next time: as few parts as hold no more than `most` rows each, so that they have room to grow. */
export function cutsFor(counted: readonly CountedSpan[], most: number): string[] {
  const points: string[] = [];
  let rows = 0;
  for (const [index, part] of counted.entries()) {
    const isFull = index > 0 && rows + part.rows > most;
    if (isFull && part.span.from !== undefined) points.push(part.span.from);
    rows = isFull ? part.rows : rows + part.rows;
  }
  return points;
}
