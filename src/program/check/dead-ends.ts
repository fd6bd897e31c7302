import type { PathKey } from '../source.ts';
import type { Way, Ways } from '../ways.ts';
import type { Report } from './check.ts';
import { clashOf, type Grounds, implies } from './clash.ts';

/** A way, and why it is open to nobody on any track and in any region; undefined where it may be open. */
export interface JudgedWay {
  way: Way;
  reason: string | undefined;
}

/** Which of the ways are certainly open to nobody. */
export function judge(grounds: readonly Grounds[], ways: readonly Way[]): JudgedWay[] {
  return ways.map((way) => {
    let first: string | undefined;
    for (const on of grounds) {
      const found = clashOf(on, way.leaves);
      if (found === undefined) return { way, reason: undefined };
      first ??= found;
    }
    return { way, reason: first };
  });
}

/** Why none of the ways is open, each with its reason; undefined where one may be. */
export function closed(judged: readonly JudgedWay[]): string | undefined {
  const reasons = new Set(judged.map(({ reason }) => reason));
  if (reasons.has(undefined)) return undefined;
  const [first, ...others] = reasons;
  return others.length === 0 ? first : `no way to it is open: ${[...reasons].join('; and ')}`;
}

/** Whether whoever comes one of the ways certainly comes one of the others too. */
export function isWithin(grounds: readonly Grounds[], own: Ways, others: Ways): boolean {
  if (!others.areWhole) return false;
  return grounds.every((on) =>
    own.ways.every(({ leaves }) =>
      others.ways.some((way) => way.leaves.every((asked) => leaves.some((leaf) => implies(on, leaf, asked)))),
    ),
  );
}

/** Warns of alternatives that are in no way that is open, the outermost ones, where others are. */
export function reportDeadEnds(
  report: Report,
  judged: readonly JudgedWay[],
  restsOn: readonly PathKey[][],
): void {
  const places = new Map<string, PathKey[]>();
  for (const { way } of judged) for (const place of way.taken) places.set(keyOf(place), place);
  const dead = new Map<string, string>();
  for (const key of places.keys()) {
    const reason = closed(judged.filter(({ way }) => way.taken.some((place) => keyOf(place) === key)));
    if (reason !== undefined) dead.set(key, reason);
  }
  for (const [key, reason] of dead) {
    const place = places.get(key)!;
    const isInside = place.some((_one, length) => dead.has(keyOf(place.slice(0, length))));
    if (isInside) continue;
    report(
      'PROGRAM_DEAD_END',
      place,
      `nobody can come this way: ${reason}; change it or leave it out`,
      ...restsOn,
    );
  }
}

function keyOf(place: readonly PathKey[]): string {
  return place.join('.');
}
