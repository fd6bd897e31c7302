import type { Kysely } from 'kysely';
import { type Clock, instantOf } from '../model/clock.ts';
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

/**
 * Asks the CRM who we are there, pins the connection to the org at the first time, and records the answer. Throws
 * SYNC_ORG_CHANGED on another org than the pinned one; every failure is noted as the connection's state. Writes nothing
 * to the CRM.
 */
export async function checkConnection(options: {
  db: Kysely<Database>;
  clock: Clock;
  id: string;
  connector: Connector;
  objects: readonly string[];
}): Promise<CheckResult> {
  const { db, id } = options;
  try {
    const before = await loadConnection(db, id);
    const facts = await options.connector.check(options.objects);
    await recordFacts(db, { id, facts, pinned: before.pinned_org_id, now: options.clock.now() });
    if (before.pinned_org_id !== null && before.pinned_org_id !== facts.orgId) {
      throw orgChanged(id, facts.orgId, before.pinned_org_id);
    }
    await noteSuccess(db, id);
    return { facts, connection: await loadConnection(db, id), ...visibilityOf(facts) };
  } catch (error) {
    await noteFailure(db, id, error);
    throw error;
  }
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
