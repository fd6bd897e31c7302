import { anyRun, type LikeToken, matchesLike } from '../../../simulation/like.ts';

/**
 * The wildcards of the database are live in contains, startswith and endswith: `%`, `_`, `[a-c]` and `[^a-c]`.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/filter-rows (wildcard characters)
 */
const part = /\[(\^?)([^\]]+)\]|([\s\S])/gu;

const anyOne = (): boolean => true;

function oneOf(content: string, isNegated: boolean): LikeToken {
  const ranges = [...content.matchAll(/([\s\S])-([\s\S])|([\s\S])/gu)].map(
    ([, from, to, single]) => [from ?? single ?? '', to ?? single ?? ''] as const,
  );
  return (character) => ranges.some(([from, to]) => character >= from && character <= to) !== isNegated;
}

function tokensOf(pattern: string): LikeToken[] {
  return [...pattern.matchAll(part)].map(([, negation, content, character = '']) => {
    if (content !== undefined) return oneOf(content, negation === '^');
    if (character === '%') return anyRun;
    return character === '_' ? anyOne : character;
  });
}

/** Whether the text holds, begins or ends with the pattern, or is like it, without regard to case. */
export function textTest(
  name: 'contains' | 'startswith' | 'endswith' | 'like',
  pattern: string,
): (text: string) => boolean {
  const tokens = tokensOf(pattern.toLowerCase());
  const whole: LikeToken[] = [
    ...(name === 'startswith' || name === 'like' ? [] : [anyRun]),
    ...tokens,
    ...(name === 'endswith' || name === 'like' ? [] : [anyRun]),
  ] as LikeToken[];
  return (text) => matchesLike(whole, [...text.toLowerCase()]);
}
