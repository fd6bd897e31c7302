/** Any run of characters, the empty one included. */
export const anyRun = Symbol('any run');
/** One part of a pattern: a character, a run, or a test of one character. */
export type LikeToken = string | typeof anyRun | ((character: string) => boolean);

const fits = (token: LikeToken | undefined, character: string): boolean =>
  typeof token === 'function' ? token(character) : token === character;

/** Goes back to the last run only, so the time stays within text times pattern, whatever the pattern. */
export function matchesLike(tokens: readonly LikeToken[], text: readonly string[]): boolean {
  let [at, token, run, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted === anyRun) {
      run = token++;
      resume = at;
    } else if (fits(wanted, text[at] as string)) {
      at++;
      token++;
    } else if (run >= 0) {
      token = run + 1;
      at = ++resume;
    } else return false;
  }
  while (tokens[token] === anyRun) token++;
  return token === tokens.length;
}
