/** The first of some instants or days; a stored one and one just computed may be written differently, so they are compared as times. */
export function earliest(instants: readonly (string | null)[]): string | null {
  return instants.reduce(
    (first, one) => (one !== null && (first === null || Date.parse(one) < Date.parse(first)) ? one : first),
    null,
  );
}
