import { TierlinkError } from '../../errors.ts';
import type { Clock } from '../../model/clock.ts';
import type { AttributeValue } from '../../model/entities.ts';
import type { Logger } from '../../model/logger.ts';
import type { Lease } from '../../store/leases.ts';
import type { Store } from '../../store/store.ts';
import type { Budget, CallMeter } from '../budget.ts';
import type { Connector, CrmValue } from '../connector.ts';
import type { Capabilities } from '../connector-manifest.ts';
import type { OutboundContext } from './outbound.ts';
import type { PlannedWrites } from './planned-writes.ts';

/** What writing the records of one mapping needs. */
export interface PushContext extends OutboundContext {
  store: Store;
  connector: Connector;
  capabilities: Capabilities;
  clock: Clock;
  /** Number in [0, 1) for jitter. */
  random(): number;
  /** The CRM's clock minus ours, ms; 0 where it is not known. */
  clockSkewMs: number;
  budget: Budget | null;
  /** Counts this run's calls; tells whether a failed call ever left. */
  meter: CallMeter | null;
  lease: Lease;
  runId: string | null;
  /** Who writes, for the audit. */
  actor: string;
  breaker: BreakerLimits;
  /** Whether records that the CRM does not have are made. */
  mayCreate: boolean;
  /** null: whatever is wanted now is written. */
  planned: PlannedWrites | null;
  log: Logger;
  signal?: AbortSignal | undefined;
}

/** A record that is written more often than `writes` times within `minutes` is left alone until a person looks. */
export interface BreakerLimits {
  writes: number;
  minutes: number;
}

export const defaultBreaker: BreakerLimits = { writes: 10, minutes: 60 };

/** On whose behalf a write was sent, for the audit: another run may find out that it arrived. */
export interface SentFor {
  runId: string | null;
  actor: string;
  planId: string | null;
  why: string | null;
}

/** A write that was handed to the connector, or is about to be: the row says so before the call is made. */
export interface InFlight {
  recordId: string;
  /** null: it is created, by key. */
  crmId: string | null;
  attributes: Record<string, AttributeValue>;
  before: Record<string, AttributeValue>;
  fields: Record<string, CrmValue>;
  decisionId: string | null;
  /** Puts back what was there before a run wrote: both sides agree to differ then. */
  restores: boolean;
  sentFor: SentFor;
  attempts: number;
  /** The CRM's clock when it was sent, as near as known, ISO instant. */
  sentAt: string;
  /** Only known while the process that sent it lives. */
  parent?: string | undefined;
}

export interface PushCounts {
  /** Writes taken up. */
  claimed: number;
  created: number;
  updated: number;
  /** The CRM held the values already. */
  unchanged: number;
  rejected: number;
  /** Sent again later. */
  retrying: number;
  /** Somebody else changed the record meanwhile: the next pull decides. */
  left: number;
  /** Whether they were kept could not be found out yet. */
  unknown: number;
}

export function newPushCounts(): PushCounts {
  return {
    claimed: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    rejected: 0,
    retrying: 0,
    left: 0,
    unknown: 0,
  };
}

/** Throws INTERRUPTED once the run was told to stop, or why it lost its lease. */
export function requireGoing(context: Pick<PushContext, 'signal'>): void {
  const { signal } = context;
  if (signal?.aborted !== true) return;
  if (signal.reason instanceof TierlinkError) throw signal.reason;
  throw new TierlinkError('INTERRUPTED');
}
