/** LIKE patterns: `%` stands for any run of characters, `_` for one, a backslash takes both their meaning. */

const RUN = Symbol('any run');
const ONE = Symbol('any character');
type Token = string | typeof RUN | typeof ONE;

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    const next = characters[at + 1];
    if (character === '\\' && next !== undefined) {
      tokens.push(next);
      at++;
    } else if (character === '%') {
      if (tokens.at(-1) !== RUN) tokens.push(RUN);
    } else tokens.push(character === '_' ? ONE : character);
  }
  return tokens;
}

/** Goes back to the last run only, so the time stays within text times pattern, whatever the pattern. */
function matches(tokens: Token[], text: string[]): boolean {
  let [at, token, run, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted === RUN) {
      run = token++;
      resume = at;
    } else if (wanted !== undefined && (wanted === ONE || wanted === text[at])) {
      at++;
      token++;
    } else if (run >= 0) {
      token = run + 1;
      at = ++resume;
    } else return false;
  }
  while (tokens[token] === RUN) token++;
  return token === tokens.length;
}

/** A test of texts against a pattern. */
export function likeMatcher(pattern: string, caseSensitive: boolean): (text: string) => boolean {
  const fold = (text: string): string => (caseSensitive ? text : text.toLowerCase());
  const tokens = tokensOf(fold(pattern));
  return (text) => matches(tokens, [...fold(text)]);
}
