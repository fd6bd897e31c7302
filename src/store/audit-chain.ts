import { createHash } from 'node:crypto';
import type { Store, Tx } from './store.ts';

/**
 * The chain of the audit: each entry has a line with a number, and a hash over all lines up to it. Writers do not wait for
 * each other for that: lines are given afterwards, in pages, each a transaction under the lock of the chain's one row.
 */

/** A place in the chain, from which its whole past follows. */
export interface ChainPlace {
  /** Number of the line; 0 before the first. */
  seq: number;
  /** SHA-256 in hex; blank before the first. */
  hash: string;
}

export interface Chain {
  head: ChainPlace;
  /** The last line that was pruned. */
  pruned: ChainPlace & { at: string | null; to: string | null };
}

/** Every column of an entry as text, the same from every PostgreSQL; their order is that of the hash. */
export const entryColumns = `a.id::text, to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, a.run_id,
  a.connection, a.object, a.crm_id, a.entity, a.record_id, a.action, a.before::text, a.after::text, a.actor, a.why,
  a.decision_id, a.plan_id`;

export interface EntryText {
  id: string;
  at: string;
  run_id: string | null;
  connection: string;
  object: string;
  crm_id: string | null;
  entity: string;
  record_id: string;
  action: string;
  before: string | null;
  after: string | null;
  actor: string;
  why: string | null;
  decision_id: string | null;
  plan_id: string | null;
}

/** Hash of an entry alone. */
export function entryHash(entry: EntryText): string {
  return sha256(
    JSON.stringify([
      entry.id,
      entry.at,
      entry.run_id,
      entry.connection,
      entry.object,
      entry.crm_id,
      entry.entity,
      entry.record_id,
      entry.action,
      entry.before,
      entry.after,
      entry.actor,
      entry.why,
      entry.decision_id,
      entry.plan_id,
    ]),
  );
}

/** Hash of a line: what comes before it, its number and its entry. */
export function lineHash(previous: string, line: { seq: number; entryHash: string }): string {
  return sha256(JSON.stringify([previous, line.seq, line.entryHash]));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The chain as it is; nobody adds or prunes lines until the transaction has ended. */
export async function lockChain(tx: Tx, how: 'update' | 'share'): Promise<Chain> {
  await tx.query(
    `insert into tierlink.chain (id, seq, hash, pruned_seq, pruned_hash) values (1, 0, '', 0, '')
     on conflict (id) do nothing`,
  );
  const [row] = await tx.query<Record<'seq' | 'hash' | 'pruned_seq' | 'pruned_hash', string> & PrunedAt>(
    `select seq, hash, pruned_seq, pruned_hash, pruned_at, pruned_to from tierlink.chain where id = 1 for ${how}`,
  );
  const { seq, hash, pruned_seq: prunedSeq, pruned_hash: prunedHash, ...pruned } = row!;
  return {
    head: { seq: Number(seq), hash },
    pruned: { seq: Number(prunedSeq), hash: prunedHash, at: pruned.pruned_at, to: pruned.pruned_to },
  };
}

interface PrunedAt {
  pruned_at: string | null;
  pruned_to: string | null;
}

/** Entries per transaction. */
const pageSize = 2_000;

/**
 * Gives every entry of the audit that has none yet its line in the chain. Returns how many. Killed anywhere, whole pages are
 * kept, and the next call goes on; two at the same time take turns.
 */
export async function sealAudit(store: Store): Promise<number> {
  let sealed = 0;
  for (;;) {
    // Asked without the lock: most of the time there is nothing to do.
    const [waiting] = await store.query('select audit_id from tierlink.unsealed limit 1');
    const page = waiting === undefined ? 0 : await store.transaction(sealPage);
    sealed += page;
    if (page < pageSize) return sealed;
  }
}

async function sealPage(tx: Tx): Promise<number> {
  let { head } = await lockChain(tx, 'update');
  // An entry that is gone before it had its line stays in the list, for whoever verifies the chain.
  const entries = await tx.query<EntryText & Record<string, unknown>>(
    `select ${entryColumns} from tierlink.unsealed u join tierlink.audit a on a.id = u.audit_id
     order by u.audit_id limit $1`,
    [pageSize],
  );
  if (entries.length === 0) return 0;
  const lines = entries.map((entry) => {
    const own = { seq: head.seq + 1, entryHash: entryHash(entry) };
    head = { seq: own.seq, hash: lineHash(head.hash, own) };
    return { ...own, id: entry.id, at: entry.at, hash: head.hash };
  });
  await tx.query(
    `with sealed as (
       insert into tierlink.seal (seq, audit_id, at, entry_hash, hash)
       select r.seq, r.id, r.at, r."entryHash", r.hash
       from jsonb_to_recordset($1::jsonb) as r(seq bigint, id bigint, at timestamptz, "entryHash" text, hash text)
       returning audit_id),
     kept as (update tierlink.chain set seq = $2::bigint, hash = $3 where id = 1)
     delete from tierlink.unsealed u using sealed s where u.audit_id = s.audit_id`,
    [JSON.stringify(lines), head.seq, head.hash],
  );
  return lines.length;
}

/**
 * Deletes entries from the front of the chain that were made before an instant, and keeps where it begins since, so that
 * the rest still verifies. Returns how many. Entries without a line are never deleted. Safe to kill and to repeat.
 */
export async function pruneAudit(store: Store, of: { before: string; now: string }): Promise<number> {
  let pruned = 0;
  for (;;) {
    const page = await store.transaction((tx) => prunePage(tx, of));
    pruned += page;
    if (page < pageSize) return pruned;
  }
}

async function prunePage(tx: Tx, { before, now }: { before: string; now: string }): Promise<number> {
  await lockChain(tx, 'update');
  const front = await tx.query<{ seq: string; hash: string; at: string; isOld: boolean }>(
    `select seq, hash, at, at < $1::timestamptz as "isOld" from tierlink.seal order by seq limit $2`,
    [before, pageSize],
  );
  // One that is younger than those behind it, because clocks differ, is waited for.
  const young = front.findIndex(({ isOld }) => !isOld);
  const old = young === -1 ? front : front.slice(0, young);
  const last = old.at(-1);
  if (last === undefined) return 0;
  await tx.query(
    `with gone as (delete from tierlink.seal where seq <= $1::bigint returning audit_id),
     kept as (update tierlink.chain set pruned_seq = $1::bigint, pruned_hash = $2, pruned_to = $3::timestamptz,
       pruned_at = $4::timestamptz where id = 1)
     delete from tierlink.audit a using gone g where a.id = g.audit_id`,
    [last.seq, last.hash, last.at, now],
  );
  return old.length;
}
