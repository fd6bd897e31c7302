import { type Kysely, type Selectable, sql } from 'kysely';
import { TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import { type EntityName, entities } from '../../model/entities.ts';
import type { ConnectionState } from '../../model/states.ts';
import type { ConnectionTable, Database } from '../../store/tables.ts';
import { isAbort } from './runs.ts';

/** The rows of connections: which org each is pinned to, whether it may be written, and how it is doing. */
export type ConnectionRecord = Selectable<ConnectionTable>;

/** Why a connection is in its state; shown beside the state word. */
export interface StateDetail {
  reason: string;
  code?: string | undefined;
  actions?: readonly string[] | undefined;
}

/** Makes the row of a configured connection when there is none yet. Its settings stay as they are when there is. */
export async function ensureConnection(
  db: Kysely<Database>,
  connection: { id: string; crm: string; now: number },
): Promise<ConnectionRecord> {
  await db
    .insertInto('tierlink.connection')
    .values({ id: connection.id, crm: connection.crm, created_at: instantOf(connection.now) })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ crm: connection.crm }))
    .execute();
  return await loadConnection(db, connection.id);
}

/** Throws CONNECTION_UNKNOWN. */
export async function loadConnection(db: Kysely<Database>, id: string): Promise<ConnectionRecord> {
  const all = await listConnections(db);
  const found = all.find((record) => record.id === id);
  if (found !== undefined) return found;
  const known = all.map((record) => record.id).join(', ') || 'none yet';
  throw new TierlinkError('CONNECTION_UNKNOWN', { connection: id, known });
}

/** All connections, by name. */
export async function listConnections(db: Kysely<Database>): Promise<ConnectionRecord[]> {
  const rows = await db.selectFrom('tierlink.connection').selectAll().execute();
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Id of the org that a connection is pinned to; null before its first check. */
export async function pinnedOrg(db: Kysely<Database>, id: string): Promise<string | null> {
  const row = await db
    .selectFrom('tierlink.connection')
    .select('pinned_org_id')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.pinned_org_id ?? null;
}

/**
 * Throws SYNC_ORG_CHANGED when the connection was last seen on another org than it is pinned to, SYNC_ORG_UNKNOWN while it
 * was seen on none.
 */
export function requirePinned(record: ConnectionRecord): void {
  if (record.pinned_org_id === null) throw new TierlinkError('SYNC_ORG_UNKNOWN', { connection: record.id });
  if (record.pinned_org_id !== record.org_id)
    throw orgChanged(record.id, record.org_id ?? 'unknown', record.pinned_org_id);
}

export function orgChanged(connection: string, found: string, pinned: string): TierlinkError {
  return new TierlinkError('SYNC_ORG_CHANGED', { connection, found, pinned });
}

/** Throws SYNC_WRITE_BACK_OFF, SYNC_ORG_CHANGED or SYNC_ORG_UNKNOWN when nothing may be written to the connection. */
export function requireWritable(record: ConnectionRecord): void {
  requirePinned(record);
  if (!record.write_back) throw new TierlinkError('SYNC_WRITE_BACK_OFF', { connection: record.id });
}

/** Whether work of any kind may start on it now. A paused connection keeps its changes until it is resumed. */
export function isPaused(record: ConnectionRecord): boolean {
  return record.state === 'paused';
}

/** Sets the state word. A paused connection stays paused until a person resumes it. */
export async function setConnectionState(
  db: Kysely<Database>,
  change: {
    id: string;
    state: ConnectionState;
    detail?: StateDetail | undefined;
    until?: number | undefined;
  },
): Promise<void> {
  await db
    .updateTable('tierlink.connection')
    .set({
      state: change.state,
      state_detail: change.detail === undefined ? null : JSON.stringify(change.detail),
      state_until: change.until === undefined ? null : instantOf(change.until),
      state_since: sinceOf(change.state),
    })
    .where('id', '=', change.id)
    .where('state', '<>', 'paused')
    .execute();
}

/** A state that stays as it is keeps its beginning. */
function sinceOf(state: ConnectionState) {
  return sql<string>`case when state = ${state} then state_since else clock_timestamp() end`;
}

/** Notes on the connection what an error says about it: waiting, action_required or, when it says nothing, unknown. */
export async function noteFailure(db: Kysely<Database>, id: string, error: unknown): Promise<void> {
  if (saysNothing(error)) return;
  const known = error instanceof TierlinkError;
  if (known && error.code === 'SYNC_ORG_CHANGED') await noteOrg(db, id, String(error.data.found));
  await setConnectionState(db, {
    id,
    state: known ? stateAfter(error) : 'unknown',
    detail: {
      reason: error instanceof Error ? error.message : String(error),
      code: known ? error.code : 'INTERNAL',
      actions: known ? error.actions : [],
    },
    until: known ? error.retryAt : undefined,
  });
}

/** Until a person re-links it, the connection is known to be on another org than its own. */
async function noteOrg(db: Kysely<Database>, id: string, found: string): Promise<void> {
  await db.updateTable('tierlink.connection').set({ org_id: found }).where('id', '=', id).execute();
}

/** What stopped our own work and has nothing to do with the connection. */
function saysNothing(error: unknown): boolean {
  if (!(error instanceof TierlinkError)) return isAbort(error);
  return ['INTERRUPTED', 'LEASE_', 'STORE_'].some((ours) => error.code.startsWith(ours));
}

const forPeople: readonly string[] = ['SYNC_ORG_CHANGED', 'SYNC_MASS_DELETE', 'SYNC_UNMAPPED'];

function stateAfter(error: TierlinkError): ConnectionState {
  if (error.retry === 'after' || error.retry === 'backoff') return 'waiting';
  const needsPerson = error.code.startsWith('CRM_') || error.code.startsWith('MAPPING_');
  return needsPerson || forPeople.includes(error.code) ? 'action_required' : 'unknown';
}

/** Notes that the last work on the connection went well: healthy, or never_run while nothing was read completely yet. */
export async function noteSuccess(db: Kysely<Database>, id: string): Promise<void> {
  const read = await db
    .selectFrom('tierlink.feed')
    .select('object')
    .where('connection', '=', id)
    .where('complete_to', 'is not', null)
    .executeTakeFirst();
  await setConnectionState(db, { id, state: read === undefined ? 'never_run' : 'healthy' });
}

/** Stops all work on a connection until it is resumed. Changes wait in the CRM and in the outbox. */
export async function pauseConnection(
  db: Kysely<Database>,
  pause: { id: string; reason: string },
): Promise<void> {
  await setConnectionState(db, { id: pause.id, state: 'paused', detail: { reason: pause.reason } });
}

/** Lets work go on; the state is unknown until the next check or pass. */
export async function resumeConnection(db: Kysely<Database>, id: string): Promise<void> {
  await db
    .updateTable('tierlink.connection')
    .set({ state: 'unknown', state_detail: null, state_until: null, state_since: sinceOf('unknown') })
    .where('id', '=', id)
    .where('state', '=', 'paused')
    .execute();
  await noteSuccess(db, id);
}

/** Records that the program makes are read back too, but nothing is computed from them. */
const readEntities = (Object.keys(entities) as EntityName[]).filter(
  (name) => entities[name].origin === 'crm',
);

/**
 * To when the data of a connection is complete: the earliest of the feeds of what is computed from, null when one of them
 * never was.
 * The instant is the CRM's own.
 */
export async function completeTo(db: Kysely<Database>, id: string): Promise<string | null> {
  const feeds = await db
    .selectFrom('tierlink.feed')
    .select('complete_to')
    .where('connection', '=', id)
    .where('entity', 'in', readEntities)
    .execute();
  const instants = feeds.map((feed) => feed.complete_to);
  if (instants.length === 0 || instants.includes(null)) return null;
  return (instants as string[]).sort()[0] ?? null;
}
