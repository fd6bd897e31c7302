import { pathWords } from '../kpi/attribute-words.ts';
import type { WindowDefinition } from '../program/schema/kpi.ts';
import { periodWords } from '../program/schema/movement.ts';

/** When a record counts, as people say it, without the days of any one evaluation. */

type Words = { [Key in Exclude<keyof WindowDefinition, 'any'>]-?: (window: WindowDefinition) => string[] };

// Typed by the keys of a window, so that none can be added to the language and left unsaid.
const said: Words = {
  last: ({ last }) => given(last?.replace(/^1 /, ''), 'in the # before the day of the evaluation'),
  lastFull: ({ lastFull }) => given(lastFull?.replace(/^1 /, ''), 'in the last full #'),
  current: ({ current }) =>
    given(current && periodWords[current], 'from the first day of the running # to the day before'),
  previous: ({ previous }) => given(previous && periodWords[previous], 'in the # before the running one'),
  next: ({ next }) => given(next, 'in the # from the day of the evaluation on'),
  elapsed: ({ elapsed }) => given(elapsed, 'at least # ago'),
  sinceStart: ({ sinceStart }) =>
    sinceStart === true
      ? ["since the partner's first day in the program"]
      : given(sinceStart, "in the first # from the partner's first day in the program"),
  validFrom: () => [],
  validThrough: ({ validFrom, validThrough, ago, ahead }) => {
    if (validFrom === undefined && validThrough === undefined) return [];
    const first = validFrom === undefined ? '' : ` from ${pathWords(validFrom)}`;
    const last = validThrough === undefined ? '' : ` through ${pathWords(validThrough)}`;
    const moved = ago === undefined ? (ahead === undefined ? 'on' : `${ahead} after`) : `${ago} before`;
    return [`valid ${moved} the day of the evaluation (${first}${last})`.replace('( ', '(')];
  },
  catalogue: ({ catalogue }) =>
    catalogue === undefined ? [] : ['while the catalogue of certificates lets its code count'],
  ago: ({ ago, validFrom, validThrough }) =>
    validFrom === undefined && validThrough === undefined ? given(ago, 'all of it # earlier') : [],
  ahead: () => [],
  by: () => [],
};

/** "close date in the 12 months before the day of the evaluation". */
export function windowWords(window: WindowDefinition): string {
  if (window.any !== undefined) return window.any.map(windowWords).join('; or ');
  const words = Object.values(said).flatMap((one) => one(window));
  return `${window.by === undefined ? '' : `${pathWords(window.by)} `}${words.join(', ')}`;
}

function given(value: string | undefined, words: string): string[] {
  return value === undefined ? [] : [words.replace('#', value)];
}
