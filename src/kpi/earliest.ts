/** The first of some instants or days; a stored one and one just computed may be written differently, so they are compared as times. */
export function earliest(instants: readonly (string | null)[]): string | null {
  let first: string | null = null;
  let at = Number.POSITIVE_INFINITY;
  for (const instant of instants) {
    if (instant === null || instant === first) continue;
    const time = Date.parse(instant);
    if (time < at) [first, at] = [instant, time];
  }
  return first;
}
