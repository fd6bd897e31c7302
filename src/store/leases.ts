import { TierlinkError } from '../errors.ts';
import type { Executor, Store } from './store.ts';

/** The right to work on something alone. The epoch grows with each new holder; a commit checks it. */
export interface Lease {
  key: string;
  holder: string;
  /** int8 as text. */
  epoch: string;
}

export interface LeaseRequest {
  /** What is worked on, for example pull:north:Account. */
  key: string;
  /** Who works, for people to read: process, host, run. Must differ between two workers. */
  holder: string;
  ttlMs: number;
  /** Epoch ms. (Default: the database's own clock, which all processes share) */
  now?: number;
  /** Free text for status pages. */
  detail?: string;
}

export interface LeaseHolder {
  holder: string;
  /** ISO instants. */
  since: string;
  expiresAt: string;
}

const NOW = `coalesce($1::timestamptz, clock_timestamp())`;

/**
 * Takes the lease when it is free or has expired; null when somebody holds it, the same holder included: two runs of
 * one process must not overlap either. It waits for nobody: whoever is just taking it, be it in a transaction that stays
 * open for long, has it.
 */
export async function acquireLease(store: Executor, request: LeaseRequest): Promise<Lease | null> {
  const { key, holder, ttlMs, detail } = request;
  const [row] = await store.query<{ epoch: string }>(
    `with free as materialized (
       select from (select case when exists (select from tierlink.lease where key = $2 and expires_at > ${NOW})
         then false else pg_try_advisory_xact_lock(hashtextextended('tierlink lease ' || $2, 0)) end as is_mine) turn
       where is_mine)
     insert into tierlink.lease as held (key, holder, epoch, expires_at, acquired_at, detail)
     select $2, $3, 1, ${NOW} + $4::integer * interval '1 millisecond', ${NOW}, $5 from free
     on conflict (key) do update set
       holder = excluded.holder, epoch = held.epoch + 1, expires_at = excluded.expires_at,
       acquired_at = excluded.acquired_at, detail = excluded.detail
     where held.expires_at <= excluded.acquired_at
     returning epoch`,
    [instantOf(request.now), key, holder, ttlMs, detail ?? null],
  );
  return row ? { key, holder, epoch: row.epoch } : null;
}

/** Moves the expiry ahead. False when somebody else has taken the lease meanwhile. */
export async function renewLease(
  store: Executor,
  lease: Lease,
  options: { ttlMs: number; now?: number },
): Promise<boolean> {
  const rows = await store.query(
    `update tierlink.lease set expires_at = ${NOW} + $4::integer * interval '1 millisecond'
     where key = $2 and epoch = $3 returning key`,
    [instantOf(options.now), lease.key, lease.epoch, options.ttlMs],
  );
  return rows.length > 0;
}

/** Gives the lease back, if it is still ours. The row stays, because epochs must never repeat. */
export async function releaseLease(store: Executor, lease: Lease, now?: number): Promise<void> {
  await store.query(
    `update tierlink.lease set expires_at = least(expires_at, ${NOW}) where key = $2 and epoch = $3`,
    [instantOf(now), lease.key, lease.epoch],
  );
}

/**
 * Call it in every transaction of a leased run. Throws LEASE_LOST when the lease was taken over; otherwise nobody can
 * take it over before this transaction has ended, because the row stays locked until then.
 */
export async function assertLease(tx: Executor, lease: Lease): Promise<void> {
  const rows = await tx.query('select 1 from tierlink.lease where key = $1 and epoch = $2 for share', [
    lease.key,
    lease.epoch,
  ]);
  if (rows.length === 0) throw new TierlinkError('LEASE_LOST', { key: lease.key });
}

/** Who holds the lease now; null when it is free. */
export async function leaseHolder(store: Executor, key: string, now?: number): Promise<LeaseHolder | null> {
  const [row] = await store.query<{ holder: string; acquired_at: string; expires_at: string }>(
    `select holder, acquired_at, expires_at from tierlink.lease where key = $2 and expires_at > ${NOW}`,
    [instantOf(now), key],
  );
  return row ? { holder: row.holder, since: row.acquired_at, expiresAt: row.expires_at } : null;
}

export interface LeasedWork {
  lease: Lease;
  /** Aborts when the caller's signal does, or when the lease was lost. */
  signal: AbortSignal;
}

/**
 * Runs `work` under a lease that is renewed three times per time to live and given back afterwards.
 * Throws LEASE_HELD, naming the holder, when somebody else works on the key.
 */
export async function withLease<T>(
  store: Store,
  request: Omit<LeaseRequest, 'now'> & { signal?: AbortSignal },
  work: (leased: LeasedWork) => Promise<T>,
): Promise<T> {
  const lease = await acquireLease(store, request);
  if (!lease) throw await heldError(store, request.key);
  const lost = new AbortController();
  const stopRenewing = keepRenewing(store, lease, { ttlMs: request.ttlMs, lost });
  const signal = request.signal ? AbortSignal.any([request.signal, lost.signal]) : lost.signal;
  try {
    return await work({ lease, signal });
  } finally {
    await stopRenewing();
    await releaseLease(store, lease).catch(() => undefined);
  }
}

async function heldError(store: Store, key: string): Promise<TierlinkError> {
  const held = await leaseHolder(store, key);
  return new TierlinkError('LEASE_HELD', {
    key,
    holder: held?.holder ?? 'a run that has just ended',
    since: held?.since ?? 'a moment ago',
  });
}

function keepRenewing(
  store: Store,
  lease: Lease,
  options: { ttlMs: number; lost: AbortController },
): () => Promise<void> {
  let pending: Promise<void> = Promise.resolve();
  let isPending = false;
  const renew = async () => {
    // A failed attempt is not a lost lease: the next one may succeed, and commits check the epoch anyway.
    const isOurs = await renewLease(store, lease, options).catch(() => true);
    if (!isOurs) options.lost.abort(new TierlinkError('LEASE_LOST', { key: lease.key }));
  };
  // One at a time: while the store does not answer, more of them would only take its connections.
  const timer = setInterval(() => {
    if (isPending) return;
    isPending = true;
    pending = renew().finally(() => {
      isPending = false;
    });
  }, options.ttlMs / 3);
  return async () => {
    clearInterval(timer);
    await pending;
  };
}

function instantOf(now: number | undefined): string | null {
  return now === undefined ? null : new Date(now).toISOString();
}
