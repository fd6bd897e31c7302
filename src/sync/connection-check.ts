import type { Kysely } from 'kysely';
import { type Clock, instantOf } from '../model/clock.ts';
import { readSetting, writeSetting } from '../store/settings.ts';
import type { Database } from '../store/tables.ts';
import {
  type ConnectionRecord,
  loadConnection,
  noteFailure,
  noteSuccess,
  orgChanged,
} from './connections.ts';
import type { Connector } from './connector.ts';
import type { ConnectionFacts } from './crm-description.ts';

export interface CheckResult {
  facts: ConnectionFacts;
  connection: ConnectionRecord;
  /** Objects that the user cannot read, or not see completely, or that the CRM would not say it about. */
  unreadable: string[];
  partlyVisible: string[];
  visibilityUnknown: string[];
}

interface CheckRequest {
  db: Kysely<Database>;
  clock: Clock;
  id: string;
  connector: Connector;
  objects: readonly string[];
}

/**
 * Asks the CRM who we are there, pins the connection to the org at the first time, and records the answer and how the
 * connection is doing. Throws SYNC_ORG_CHANGED on another org than the pinned one; every failure is noted as the
 * connection's state. Writes nothing to the CRM.
 */
export async function checkConnection(request: CheckRequest): Promise<CheckResult> {
  const { db, id } = request;
  try {
    const checked = await confirmOrg(request);
    await noteSuccess(db, id);
    return { ...checked, connection: await loadConnection(db, id) };
  } catch (error) {
    await noteFailure(db, id, error);
    throw error;
  }
}

/** As checkConnection, but says nothing about how the connection is doing: the caller has more to do with it. */
export async function confirmOrg(request: CheckRequest): Promise<CheckResult> {
  const { db, id, clock } = request;
  const before = await loadConnection(db, id);
  const facts = await request.connector.check(request.objects);
  await recordFacts(db, { id, facts, pinned: before.pinned_org_id, now: clock.now() });
  if (before.pinned_org_id !== null && before.pinned_org_id !== facts.orgId) {
    throw orgChanged(id, facts.orgId, before.pinned_org_id);
  }
  return { facts, connection: await loadConnection(db, id), ...visibilityOf(facts) };
}

/** As checkConnection, but keeps nothing: neither what the CRM said nor how the connection is doing. */
export async function inspectConnection(request: Omit<CheckRequest, 'clock'>): Promise<CheckResult> {
  const connection = await loadConnection(request.db, request.id);
  const facts = await request.connector.check(request.objects);
  const pinned = connection.pinned_org_id;
  if (pinned !== null && pinned !== facts.orgId) throw orgChanged(request.id, facts.orgId, pinned);
  return { facts, connection, ...visibilityOf(facts) };
}

function keyOf(id: string): string {
  return `facts:${id}`;
}

/** What the CRM said about org and user when it was last asked; undefined before the first check. */
export async function loadFacts(db: Kysely<Database>, id: string): Promise<ConnectionFacts | undefined> {
  return await readSetting<ConnectionFacts>(db, keyOf(id));
}

async function recordFacts(
  db: Kysely<Database>,
  seen: { id: string; facts: ConnectionFacts; pinned: string | null; now: number },
): Promise<void> {
  const { facts } = seen;
  await db
    .updateTable('tierlink.connection')
    .set({
      org_id: facts.orgId,
      org_name: facts.orgName,
      org_kind: facts.orgKind,
      user_name: facts.userName,
      time_zone: facts.timeZone,
      currency: facts.currency,
      pinned_org_id: seen.pinned ?? facts.orgId,
      checked_at: instantOf(seen.now),
    })
    .where('id', '=', seen.id)
    .execute();
  await writeSetting(db, { key: keyOf(seen.id), value: facts, now: instantOf(seen.now) });
}

function visibilityOf(facts: ConnectionFacts): Omit<CheckResult, 'facts' | 'connection'> {
  const readable = facts.objects.filter((access) => access.readable);
  const names = (list: typeof readable) => list.map((access) => access.object);
  return {
    unreadable: names(facts.objects.filter((access) => !access.readable)),
    partlyVisible: names(readable.filter((access) => access.seesAll === false)),
    visibilityUnknown: names(readable.filter((access) => access.seesAll === null)),
  };
}
