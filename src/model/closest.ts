/**
 * The candidate that a misspelt word most likely meant; undefined when none is near. `limit` is how many mistakes may be in
 * it. (Default: one in three letters)
 */
export function closest(
  word: string,
  candidates: Iterable<string>,
  limit: number = Math.ceil(word.length / 3),
): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** "; did you mean "x"?" for the closest candidate, or nothing; to be put at the end of a reason. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  return suggest(closest(word, candidates));
}

/** The same words for a candidate that was found otherwise. */
export function suggest(candidate: string | undefined): string {
  return candidate === undefined ? '' : `; did you mean "${candidate}"?`;
}

/** Number of insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_unused, index) => index)];
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwap) best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[from.length]![to.length]!;
}
