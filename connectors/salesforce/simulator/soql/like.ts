import { anyRun, type LikeToken, matchesLike } from '../../../simulation/like.ts';

/** LIKE patterns: `%` stands for any run of characters, `_` for one, a backslash takes both their meaning. */

const anyOne = (): boolean => true;

function tokensOf(pattern: string): LikeToken[] {
  const tokens: LikeToken[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    const next = characters[at + 1];
    if (character === '\\' && next !== undefined) {
      tokens.push(next);
      at++;
    } else if (character === '%') {
      if (tokens.at(-1) !== anyRun) tokens.push(anyRun);
    } else tokens.push(character === '_' ? anyOne : character);
  }
  return tokens;
}

/** A test of texts against a pattern. */
export function likeMatcher(pattern: string, caseSensitive: boolean): (text: string) => boolean {
  const fold = (text: string): string => (caseSensitive ? text : text.toLowerCase());
  const tokens = tokensOf(fold(pattern));
  return (text) => matchesLike(tokens, [...fold(text)]);
}
