import { type ChangeGuard, guardDays, type LostNotice } from './change-guard.ts';

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
export function guardSentences({ changes, noticeLost }: ChangeGuard): string[] {
  return [
    ...(changes.length < 2 ? [] : [`It is the ${ordinal(changes.length)} rule change in ${guardDays} days.`]),
    ...(noticeLost.length === 0 ? [] : [noticeWords(noticeLost)]),
  ];
}

function ordinal(count: number): string {
  return ordinals[count - 1] ?? `${count}th`;
}

function noticeWords(lost: readonly LostNotice[]): string {
  const who = lost.slice(0, named).map(({ partnerId, name, tier, before, after, isWarned }) => {
    const than = before === null ? (isWarned ? '' : ' without a warning') : ` instead of ${before}`;
    return `${name ?? partnerId} (${tier} until ${after}${than})`;
  });
  const more = lost.length > named ? ` and ${lost.length - named} more` : '';
  const count = lost.length === 1 ? '1 partner loses notice' : `${lost.length} partners lose notice`;
  return `${count}: ${who.join(', ')}${more}.`;
}
