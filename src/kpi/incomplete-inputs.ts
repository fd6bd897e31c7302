import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { type Feed, isFactInput, isInput } from './freshness.ts';
import { placeOf } from './state-reason.ts';

/**
 * Feeds that the KPIs of a program read, and that do not reach to an instant (ISO 8601) with certainty, in words. `factKinds`:
 * facts of these kinds have to reach there as well. (Default: none)
 */
export function incompleteInputs(
  program: Program,
  {
    feeds,
    end,
    factKinds = new Set(),
  }: { feeds: readonly Feed[]; end: string; factKinds?: ReadonlySet<string> },
): string[] {
  const isAsked = (feed: Feed) =>
    Object.keys(program.kpis).some((kpi) => isInput(program, kpi, feed)) ||
    isFactInput(program, { feed, kinds: factKinds });
  return feeds.filter(isAsked).flatMap((feed) => {
    const { completeTo, frozenReason } = feed;
    const place = placeOf(feed);
    if (completeTo === null) return [`${place} was never read completely`];
    // What comes by days is complete to the last moment of one.
    if (Date.parse(completeTo) + 1 < Date.parse(end))
      return [`${place} is complete only to ${dayOf(Date.parse(completeTo), program.timeZone)}`];
    return frozenReason === null ? [] : [`${place} is not certain (${frozenReason})`];
  });
}
