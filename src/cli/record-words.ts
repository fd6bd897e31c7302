import { pathWords } from '../kpi/attribute-words.ts';
import { recordName } from '../kpi/record-count.ts';
import { sinceOf } from '../program/check/length.ts';
import type { ValueDefinition } from '../program/schema/kpi.ts';
import { timeText } from '../tier/partner-condition.ts';

/** What a measure takes of which records, in words. */

const ofOne = {
  sum: 'the sum of',
  average: 'the average of',
  median: 'the median (the middle one) of',
  min: 'the smallest of',
  max: 'the largest of',
  latest: 'the newest',
} as const;

/** "the number of deals", "the sum of amount of deals", "the median of the days from creation date to close date of leads". */
export function takenOf(
  aggregate: keyof typeof ofOne | 'count' | 'distinct',
  value: ValueDefinition | readonly string[],
): string {
  if (aggregate === 'count') return `the number of ${recordName(2, String(value))}`;
  if (typeof value === 'object' && 'of' in value) {
    const length = sinceOf(value) === undefined ? timeText(value, pathWords) : sinceWords(value);
    return `${ofOne[aggregate as keyof typeof ofOne]} the ${length} of ${recordName(2, value.of)}`;
  }
  const paths = [value].flat() as string[];
  const records = recordName(2, entityOf(paths[0]!));
  const attributes = paths.map((path) => pathWords(path.slice(path.indexOf('.') + 1))).join(' and ');
  if (aggregate !== 'distinct') return `${ofOne[aggregate]} ${attributes} of ${records}`;
  return paths.length === 1
    ? `the number of different values of ${attributes} of ${records}`
    : `the number of different combinations of ${attributes} of ${records}`;
}

/** "full months since start date". */
function sinceWords({ monthsSince, daysSince }: Exclude<ValueDefinition, string>): string {
  return monthsSince === undefined
    ? `days since ${pathWords(daysSince!)}`
    : `full months since ${pathWords(monthsSince)}`;
}

/** The entity of a path such as deal.amount. */
export function entityOf(path: string): string {
  return path.split('.')[0]!;
}
