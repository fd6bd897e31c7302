import { z } from 'zod';
import { faultFields, faultKind, readFaultFile } from '../../simulation/fault-file.ts';
import { createFaultSwitches, type FaultBase, type FaultSwitches } from '../../simulation/fault-switches.ts';
import type { LimitKind } from './protection.ts';

/**
 * Misbehaviour that can be switched on:
 *
 * - `status`: answers with `status` (503, ...), and `code` and `message` if wanted, before the request does anything;
 *   `retryAfterSeconds` if wanted
 * - `throttled`: 429 of a service protection `limit` (requests, time or concurrency), with `retryAfterSeconds`
 * - `slow`: does the work, then takes `ms` until it answers; the request is under way all the while
 * - `lost-answer`: does the work, then closes the connection without an answer
 * - `expired-token`: ends the token of the request: 401
 * - `row-error`: refuses to write rows of `object` that match `matching`, with `status`, `code` and `message`
 * - `duplicate-rule`: a published rule that finds rows of `object` with the same `field`; asked only by requests that want it
 * - `expired-delta`: delta tokens of `object` have expired
 * - `held-changes`: delta links do not tell changes of `object` from `since` on (a transaction that is still open)
 */
export const faultKinds = [
  'status',
  'throttled',
  'slow',
  'lost-answer',
  'expired-token',
  'row-error',
  'duplicate-rule',
  'expired-delta',
  'held-changes',
] as const;

export interface Fault extends FaultBase {
  kind: (typeof faultKinds)[number];
  status?: number;
  retryAfterSeconds?: number;
  limit?: LimitKind;
  /** Columns by logical name. */
  matching?: Record<string, unknown>;
  /** 0x80040265 */
  code?: string;
  message?: string;
  /** Milliseconds. */
  ms?: number;
  /** An instant: ISO 8601 text. */
  since?: string;
}

export type Faults = FaultSwitches<Fault>;

const shape = z.strictObject({
  ...faultFields,
  kind: faultKind(faultKinds),
  status: z.number().int().min(400).max(599).optional(),
  retryAfterSeconds: z.number().int().nonnegative().optional(),
  limit: z.enum(['requests', 'time', 'concurrency']).optional(),
  matching: z.record(z.string(), z.unknown()).optional(),
  code: z.string().min(1).optional(),
  message: z.string().optional(),
  ms: z.number().int().nonnegative().optional(),
  since: z.iso.datetime({ offset: true }).optional(),
});

/** No faults at first. Those without a path strike every request to the Web API; sign-in stays well. */
export function createFaults(): Faults {
  return createFaultSwitches({
    dataPaths: '/api/data/v9',
    read: (file) => readFaultFile(file, shape) as Fault[],
  });
}
