import type { Throttle } from './crm.ts';

/**
 * The limit that `limit` enforces: the platform's 6,000 requests in five minutes, made so small that a push of 10,000 tiers
 * runs into it again and again. https://learn.microsoft.com/power-apps/developer/data-platform/api-limits
 */
export const smallLimit = { requests: 6, windowMs: 6_000 };

/** Every so many requests one is refused by `refusals`, and says how long to wait. */
export const refusal = { everyRequests: 5, retryAfterSeconds: 2 };

/** Ways to turn requests away, by name. */
export const dynamicsThrottles = {
  limit: {
    name: 'limit',
    label: `${smallLimit.requests} requests in ${smallLimit.windowMs / 1000} s`,
  },
  refusals: {
    name: 'refusals',
    label: `429 for every ${refusal.everyRequests}th request, Retry-After ${refusal.retryAfterSeconds} s`,
  },
} as const satisfies Record<string, Throttle>;
