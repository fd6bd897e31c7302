import type { CallLimits } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import { WINDOW_MS } from './errors.ts';

/** Requests of one user within the window, as documented; the answers tell only how many of them are left.
 * https://learn.microsoft.com/power-apps/developer/data-platform/api-limits */
const REQUESTS_IN_WINDOW = 6_000;

/**
 * What service protection leaves, as the latest answer told it. It is counted per user and server over a sliding window of
 * five minutes, after which everything that is used now has come back. The daily allowance of the tenant is told nowhere.
 */
export async function limits(context: Context): Promise<CallLimits> {
  if (context.client.allowance().requests === null)
    await context.client.send({ method: 'GET', path: 'RetrieveVersion()', kind: 'limits' });
  const { requests: left, at } = context.client.allowance();
  if (left === null || at === null) return { used: null, max: null, resetsAt: null };
  const max = Math.max(REQUESTS_IN_WINDOW, left);
  return { used: max - left, max, resetsAt: new Date(at + WINDOW_MS).toISOString() };
}
