import type { CountRequest } from '../sync/connector.ts';
import type { ObjectDescription } from '../sync/crm-description.ts';
import { leastScore, type Suggestion } from '../sync/suggest/suggest.ts';
import type { MapSuggestRequest, SuggestedMapping } from './map-suggest.ts';

/** Guesses of one object that are looked at: each costs a count. */
const mostCounted = 5;
const nearlyEmpty = 5;
const emptyWeight = -25;

type Weighed = SuggestedMapping['suggestions'];

/**
 * Tells on what share of the object's records a guessed field is filled; one that nearly nobody fills is less likely. What
 * is certain anyway, cannot be filtered by, or that the CRM does not count is left as it is. Calls are of the lane reconcile.
 */
export async function weighFills(
  request: Pick<MapSuggestRequest, 'connection' | 'isOffline'> & {
    object: string;
    description: ObjectDescription;
  },
  suggestions: readonly Suggestion[],
): Promise<Weighed> {
  const { object, description, isOffline } = request;
  const canFilter = (name: string) =>
    description.fields.some((field) => field.name === name && field.filterable);
  const counted = suggestions
    .filter(({ kind, spec }) => kind === 'guess' && canFilter(spec.field))
    .slice(0, isOffline ? 0 : mostCounted);
  if (counted.length === 0) return suggestions.map((each) => ({ ...each, filledPercent: null }));
  const requests = [
    { object, scope: { name: 'all' } },
    ...counted.map(({ spec }) => ({ object, scope: { name: 'blank', where: { [spec.field]: [null] } } })),
  ];
  const [all, ...blanks] = await countAll(request.connection, requests);
  return suggestions.map((each) => {
    const blank = blanks[counted.indexOf(each)];
    return weighed(each, blank === undefined || blank === null || !all ? null : 100 - (100 * blank) / all);
  });
}

/** In order; null where the CRM does not say. */
async function countAll(
  { budget, connector }: MapSuggestRequest['connection'],
  requests: readonly CountRequest[],
): Promise<(number | null)[]> {
  const counts = await budget.inLane('reconcile', () => connector().count(requests));
  return counts.map((each) => (typeof each === 'number' ? each : null));
}

function weighed(suggestion: Suggestion, percent: number | null): Weighed[number] {
  if (percent === null) return { ...suggestion, filledPercent: null };
  const filledPercent = Math.floor(percent);
  const isEmpty = percent < nearlyEmpty;
  return {
    ...suggestion,
    filledPercent,
    score: isEmpty ? Math.max(leastScore, suggestion.score + emptyWeight) : suggestion.score,
    reasons: [...suggestion.reasons, `filled on ${filledPercent} %`],
  };
}
