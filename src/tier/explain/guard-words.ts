import { type ChangeGuard, guardDays, type LostNotice, type OtherReviews } from '../look/change-guard.ts';

const ordinals = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
];

/** Partners that are named; all are counted. */
const named = 5;

/** What a change of the rules does to those who rely on them, a sentence each; none when nobody has to be told. */
export function guardSentences({ changes, otherReviews, noticeLost }: ChangeGuard): string[] {
  return [
    ...(changes.length < 2 ? [] : [`It is the ${ordinal(changes.length)} rule change in ${guardDays} days.`]),
    ...otherReviews.map(reviewWords),
    ...(noticeLost.length === 0 ? [] : [noticeWords(noticeLost)]),
  ];
}

function reviewWords({ ladder, first }: OtherReviews): string {
  const next = first === null ? 'on the next day of each partner' : `on ${first}`;
  return `${ladder} has other reviews: the first one is held ${next}, or on the day that was known before where that is sooner; who was warned keeps the tier until the day that it was told.`;
}

function ordinal(count: number): string {
  return ordinals[count - 1] ?? `${count}th`;
}

function noticeWords(lost: readonly LostNotice[]): string {
  const who = lost
    .slice(0, named)
    .map((one) => `${one.name ?? one.partnerId} (${one.tier} until ${one.after}${thanBefore(one)})`);
  const more = lost.length > named ? ` and ${lost.length - named} more` : '';
  const count = lost.length === 1 ? '1 partner loses notice' : `${lost.length} partners lose notice`;
  return `${count}: ${who.join(', ')}${more}.`;
}

/** What the rules in force give instead: a later day, a warning, or a longer time from the warning to the loss. */
function thanBefore({ before, after, isWarned, notice }: LostNotice): string {
  if (before !== null && after < before) return ` instead of ${before}`;
  if (!isWarned) return ' without a warning';
  return `, ${notice.after} days after the warning instead of ${notice.before}`;
}
