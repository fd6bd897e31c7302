import type { FaultBase } from '../../simulation/fault-switches.ts';

/**
 * Misbehaviour that can be switched on. Each fault says which requests it meets and how often; the code that plays
 * it asks `take` (uses one up) or `active` (a state that lasts).
 *
 * - `status`: answers with `status` (429, 503, ...), and `statusCode` and `message` if wanted, before the request does
 *   anything; `retryAfterSeconds` if wanted
 * - `request-limit`: 403 REQUEST_LIMIT_EXCEEDED, `limit` total or concurrent
 * - `lost-answer`: does the work, then closes the connection without an answer
 * - `expired-token`: ends the session of the request: 401
 * - `row-lock`: UNABLE_TO_LOCK_ROW for rows of `object` whose parent is `parentId` (or every row); with `whenMixed`
 *   only in statements that hold rows of another parent too
 * - `row-error`: refuses rows of `object` that match `matching` with `statusCode` and `message`
 * - `delayed-visibility`: queries and updated/deleted see a write `ms` after its commit
 * - `held-replication`: latestDateCovered does not pass `since` (a long transaction)
 * - `purged-deletes`: the delete log begins at `since`
 * - `hidden-field`: nobody but an administrator sees `object`.`field`
 * - `dropped-field`: `object`.`field` does not exist
 */
export const FAULT_KINDS = [
  'status',
  'request-limit',
  'lost-answer',
  'expired-token',
  'row-lock',
  'row-error',
  'delayed-visibility',
  'held-replication',
  'purged-deletes',
  'hidden-field',
  'dropped-field',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault extends FaultBase {
  kind: FaultKind;
  fields?: string[];
  status?: number;
  retryAfterSeconds?: number;
  limit?: 'total' | 'concurrent';
  parentId?: string;
  whenMixed?: boolean;
  matching?: Record<string, unknown>;
  statusCode?: string;
  message?: string;
  ms?: number;
  /** An instant: ISO 8601 text. */
  since?: string;
}
