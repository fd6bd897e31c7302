import type { CallLimits } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';

/**
 * The org's calls as the latest answer told them. The allowance is a rolling window of a day: calls come back bit by
 * bit, and nothing says when, so `resetsAt` is unknown.
 */
export async function limits(context: Context): Promise<CallLimits> {
  const heard = context.client.usage();
  if (heard.max !== null) return { ...heard, resetsAt: null };
  const answer = await context.client.json<{ DailyApiRequests?: { Max: number; Remaining: number } }>({
    method: 'GET',
    path: '/limits',
    kind: 'limits',
  });
  const now = context.client.usage();
  if (now.max !== null) return { ...now, resetsAt: null };
  const daily = answer.DailyApiRequests;
  if (daily === undefined) return { used: null, max: null, resetsAt: null };
  return { used: daily.Max - daily.Remaining, max: daily.Max, resetsAt: null };
}
