import type { Selectable } from 'kysely';
import { type ErrorCode, type ErrorDefinition, errorRegistry, TierlinkError } from '../../errors.ts';
import { type Clock, instantOf } from '../../model/clock.ts';
import { writeAudit } from '../../store/audit.ts';
import type { Executor, Tx } from '../../store/store.ts';
import type { HeldTable, RejectTable } from '../../store/tables.ts';
import { forgetMetadata, metadataCodes } from '../pull/metadata.ts';
import { rejectRefSql } from '../records/write-ref.ts';
import { idAttribute } from './outbound-compare.ts';

export type RejectRow = Selectable<RejectTable>;
export type HeldRow = Selectable<HeldTable>;

/** Which rejects are meant; all that is given must hold, nothing given means all. */
export interface RejectFilter {
  connection?: string | undefined;
  object?: string | undefined;
  code?: string | undefined;
  runId?: string | undefined;
  direction?: 'in' | 'out' | undefined;
  /** Ids of rejects such as x-000123. */
  ids?: readonly string[] | undefined;
  /** Those that a person leaves as they are, or all others. (Default: both) */
  ignored?: boolean | undefined;
}

/** Who can fix it: people in the CRM, whoever keeps the record, or time. */
export type RejectOwner = 'CRM admin' | 'record owner' | 'program admin' | 'nobody';

/** What to make of a reject. */
export interface RejectAdvice {
  owner: RejectOwner;
  /** When it is tried again. */
  retry: 'after the fix' | 'by itself';
  /** What its owner does. */
  next: string;
}

/** Rejects with the same cause. */
export interface RejectGroup extends RejectAdvice {
  code: string;
  direction: 'in' | 'out';
  /** invalid: we did not take or send it. rejected: the CRM refused it. */
  state: 'invalid' | 'rejected';
  connection: string;
  object: string;
  /** The CRM's field at fault, blank when it is the record as a whole. */
  field: string;
  count: number;
  /** The message of the first of them. */
  meaning: string;
  /** ISO instant of the next attempt, when known. */
  retryAt: string | null;
  ids: string[];
}

/** Rejects by cause, the largest group first. */
export async function groupRejects(executor: Executor, filter: RejectFilter = {}): Promise<RejectGroup[]> {
  const groups = new Map<string, RejectRow[]>();
  for (const row of await listRejects(executor, filter)) {
    const key = JSON.stringify([row.direction, row.connection, row.object, row.code, fieldOf(row)]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map(groupOf).sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
}

function groupOf(rows: RejectRow[]): RejectGroup {
  const first = rows[0]!;
  const retries = rows.map((row) => row.retry_at).filter((at) => at !== null);
  return {
    code: first.code,
    direction: first.direction as 'in' | 'out',
    state: stateOfReject(first),
    connection: first.connection,
    object: first.object,
    field: fieldOf(first),
    count: rows.length,
    meaning: first.message,
    ...adviceOf(first),
    retryAt: retries.sort()[0] ?? null,
    ids: rows.map((row) => row.id),
  };
}

/** Whether we held the record or attribute back, or the CRM refused it. */
export function stateOfReject(row: Pick<RejectRow, 'direction' | 'attribute'>): 'invalid' | 'rejected' {
  return row.direction === 'out' && row.attribute === '' ? 'rejected' : 'invalid';
}

function fieldOf(row: RejectRow): string {
  const field = row.payload.field;
  return typeof field === 'string' ? field : row.attribute;
}

const dataCodes: readonly string[] = [
  'CRM_REQUIRED',
  'CRM_RULE',
  'CRM_DUPLICATE',
  'CRM_BAD_VALUE',
  'CRM_READONLY_RECORD',
  'RECORD_INVALID',
  'RECORD_REQUIRED',
  'RECORD_PARENT',
  'RECORD_ID_TAKEN',
];

/** What to make of a reject, by its code and class of retry. */
export function adviceOf({ code, retry }: Pick<RejectRow, 'code' | 'retry'>): RejectAdvice {
  return {
    owner: ownerOf(code),
    retry: retry === 'never' ? 'after the fix' : 'by itself',
    next: nextStepOf(code),
  };
}

function ownerOf(code: string): RejectOwner {
  if (code === 'RECORD_BREAKER') return 'program admin';
  if (dataCodes.includes(code)) return 'record owner';
  return definitionOf(code)?.retry === 'never' ? 'CRM admin' : 'nobody';
}

function nextStepOf(code: string): string {
  return definitionOf(code)?.actions[0] ?? 'Run: tierlink rejects show <id>';
}

function definitionOf(code: string): ErrorDefinition | undefined {
  return errorRegistry[code as ErrorCode];
}

/** The rejects themselves, the oldest first. */
export async function listRejects(executor: Executor, filter: RejectFilter = {}): Promise<RejectRow[]> {
  let query = executor.db.selectFrom('tierlink.reject').selectAll();
  if (filter.connection !== undefined) query = query.where('connection', '=', filter.connection);
  if (filter.object !== undefined) query = query.where('object', '=', filter.object);
  if (filter.code !== undefined) query = query.where('code', '=', filter.code);
  if (filter.runId !== undefined) query = query.where('run_id', '=', filter.runId);
  if (filter.direction !== undefined) query = query.where('direction', '=', filter.direction);
  if (filter.ignored !== undefined) query = query.where('ignored_at', filter.ignored ? 'is not' : 'is', null);
  if (filter.ids !== undefined) query = query.where('id', 'in', [...filter.ids, '']);
  return await query.orderBy('first_at').orderBy('id').execute();
}

/** Throws RECORD_UNKNOWN. */
export async function showReject(executor: Executor, id: string): Promise<RejectRow> {
  const [row] = await listRejects(executor, { ids: [id] });
  if (row === undefined) throw new TierlinkError('RECORD_UNKNOWN', { record: id });
  return row;
}

/** What waits for a record that it belongs to; it heals by itself when that arrives. */
export async function listHeld(
  executor: Executor,
  filter: { connection?: string; object?: string } = {},
): Promise<HeldRow[]> {
  let query = executor.db.selectFrom('tierlink.held').selectAll();
  if (filter.connection !== undefined) query = query.where('connection', '=', filter.connection);
  if (filter.object !== undefined) query = query.where('object', '=', filter.object);
  return await query.orderBy('since').orderBy('crm_id').execute();
}

export interface RetryResult {
  /** Writes that go out again with the next push. */
  writes: number;
  /** Records whose values are compared again by the next push. */
  compared: number;
  /** Records to read again, by connection and object: what a pull is given as `again`. */
  reads: { connection: string; object: string; crmIds: string[] }[];
}

/**
 * Tries rejects again: what the CRM refused goes out with the next push, what we held back is compared again, and what
 * could not be read is named for the caller to read again. Where the CRM's fields or choices were the cause, the next run asks
 * for them anew. The request is audited; it also lifts the write breaker.
 */
export async function retryRejects(
  tx: Tx,
  options: { filter: RejectFilter; clock: Clock; actor: string },
): Promise<RetryResult> {
  const rows = await listRejects(tx, options.filter);
  const outgoing = rows.filter((row) => row.direction === 'out');
  const refused = outgoing.filter((row) => row.attribute === '');
  const now = instantOf(options.clock.now());
  await auditRejects(tx, { rows: outgoing, action: 'retry', now, actor: options.actor });
  await tx.query(
    'update tierlink.reject set ignored_at = null, ignored_by = null, ignored_reason = null where id = any($1::text[])',
    [rows.map((row) => row.id)],
  );
  const writes = await releaseWrites(tx, refused);
  const compared = await compareAgain(tx, { rows: outgoing, now });
  await allowIds(tx, outgoing);
  await describeAgain(tx, outgoing);
  return { writes, compared, reads: readsOf(rows.filter((row) => row.direction === 'in')) };
}

/**
 * Leaves rejects as they are, on a person's word: they are not shown or counted until their cause is another one or somebody
 * tries them again. What is tried again by itself goes on being tried. Audited. Returns how many.
 */
export async function ignoreRejects(
  tx: Tx,
  options: { filter: RejectFilter; clock: Clock; actor: string; reason: string },
): Promise<number> {
  const { filter, clock, actor, reason } = options;
  const rows = await listRejects(tx, { ...filter, ignored: false });
  const ids = rows.map((row) => row.id);
  const now = instantOf(clock.now());
  await tx.query(
    `update tierlink.reject set ignored_at = $2::timestamptz, ignored_by = $3, ignored_reason = $4
     where id = any($1::text[])`,
    [ids, now, actor, reason],
  );
  await auditRejects(tx, { rows, action: 'ignore', now, actor, why: reason });
  return ids.length;
}

async function auditRejects(
  tx: Tx,
  said: { rows: readonly RejectRow[]; action: string; now: string; actor: string; why?: string },
): Promise<void> {
  const same = { at: said.now, action: said.action, actor: said.actor, why: said.why };
  await writeAudit(
    tx,
    said.rows.map(({ connection, object, entity, code, ...row }) => ({
      ...same,
      connection,
      object,
      crmId: row.crm_id === '' ? null : row.crm_id,
      entity,
      recordId: row.record_id,
      before: { code },
    })),
  );
}

async function releaseWrites(tx: Executor, rows: readonly RejectRow[]): Promise<number> {
  const released = await tx.query(
    `update tierlink.pending_write p set state = 'due', not_before = null, attempts = 0
     from tierlink.reject r
     where r.id = any($1::text[]) and p.connection = r.connection and p.object = r.object and p.entity = r.entity
       and p.record_id = r.record_id and p.ref = ${rejectRefSql('r')} and p.state <> 'in_flight'
     returning p.record_id`,
    [rows.map((row) => row.id)],
  );
  return released.length;
}

async function compareAgain(
  tx: Executor,
  retry: { rows: readonly RejectRow[]; now: string },
): Promise<number> {
  const marked = await tx.query(
    `insert into tierlink.outbox (entity, record_id, since)
     select distinct r.entity, r.record_id, $2::timestamptz from tierlink.reject r where r.id = any($1::text[])
     on conflict do nothing returning record_id`,
    [retry.rows.map((row) => row.id), retry.now],
  );
  return marked.length;
}

/** Who tries again has mended something: what was described up to a day ago is not it. */
async function describeAgain(tx: Executor, rows: readonly RejectRow[]): Promise<void> {
  const described = rows.filter(
    ({ attribute, code }) => attribute !== '' || (metadataCodes as readonly string[]).includes(code),
  );
  for (const connection of new Set(described.map((row) => row.connection)))
    await forgetMetadata(tx, connection);
}

/** An id goes along with the next write again; what the CRM says to that is kept anew. */
async function allowIds(tx: Executor, rows: readonly RejectRow[]): Promise<void> {
  const ids = rows.filter(({ attribute }) => attribute === idAttribute).map(({ id }) => id);
  await tx.query('delete from tierlink.reject where id = any($1::text[])', [ids]);
}

function readsOf(rows: readonly RejectRow[]): RetryResult['reads'] {
  const reads = new Map<string, RetryResult['reads'][number]>();
  for (const { connection, object, crm_id: crmId } of rows) {
    const key = JSON.stringify([connection, object]);
    const read = reads.get(key) ?? { connection, object, crmIds: [] };
    if (crmId !== '' && !read.crmIds.includes(crmId)) read.crmIds.push(crmId);
    reads.set(key, read);
  }
  return [...reads.values()];
}
