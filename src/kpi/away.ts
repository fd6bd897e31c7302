import type { KpiValue } from './types.ts';

/**
 * The next change of values of partners that are deleted or out of scope. They are kept as they are, and computed anew once the
 * partner is back. It lies before every instant that is looked for: however many of them there are, nothing finds them.
 */
export const away = '1970-01-01T00:00:00.000Z';

/** Whether a value is one of those, also of a partner that is just back. */
export function isAway({ nextChangeAt }: Pick<KpiValue, 'nextChangeAt'>): boolean {
  return nextChangeAt !== null && Date.parse(nextChangeAt) === Date.parse(away);
}
