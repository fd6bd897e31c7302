import type { Kysely } from 'kysely';
import { type Clock, instantOf } from '../../model/clock.ts';
import { type EntityName, entities } from '../../model/entities.ts';
import { readSetting, writeSetting } from '../../store/settings.ts';
import type { Executor, Store } from '../../store/store.ts';
import type { Database } from '../../store/tables.ts';
import type { Connector } from '../connector.ts';
import type { ConnectionFacts } from '../crm-description.ts';
import {
  type ConnectionRecord,
  loadConnection,
  noteFailure,
  noteSuccess,
  orgChanged,
} from '../records/connections.ts';
import { demandRead, freezeFeeds, thawFeeds } from '../records/feed.ts';
import type { PullRequest } from './job.ts';
import { objectsOf } from './metadata.ts';

export interface CheckResult {
  facts: ConnectionFacts;
  connection: ConnectionRecord;
  /** Objects that the user cannot read, or not see completely, or that the CRM would not say it about. */
  unreadable: string[];
  partlyVisible: string[];
  visibilityUnknown: string[];
}

interface CheckRequest {
  store: Store;
  clock: Clock;
  id: string;
  connector: Connector;
  /** All that are mapped: what is known of others is forgotten. */
  objects: readonly string[];
}

/**
 * Asks the CRM who we are there, pins the connection to the org at the first time, and records the answer and how the
 * connection is doing. Throws SYNC_ORG_CHANGED on another org than the pinned one; every failure is noted as the
 * connection's state. Writes nothing to the CRM.
 */
export async function checkConnection(request: CheckRequest): Promise<CheckResult> {
  const { store, id } = request;
  try {
    const checked = await confirmOrg(request);
    await noteSuccess(store.db, id);
    return { ...checked, connection: await loadConnection(store.db, id) };
  } catch (error) {
    await noteFailure(store.db, id, error);
    throw error;
  }
}

/** As checkConnection, but says nothing about how the connection is doing: the caller has more to do with it. */
export async function confirmOrg(request: CheckRequest): Promise<CheckResult> {
  const { store, id, clock } = request;
  const before = await loadConnection(store.db, id);
  const facts = await request.connector.check(request.objects);
  const now = instantOf(clock.now());
  await store.transaction(async (tx) => {
    await recordFacts(tx, { id, facts, pinned: before.pinned_org_id, now });
    // What another org shows says nothing about the records of this one.
    if ((before.pinned_org_id ?? facts.orgId) === facts.orgId) await judgeFeeds(tx, { id, facts, now });
  });
  if (before.pinned_org_id !== null && before.pinned_org_id !== facts.orgId) {
    throw orgChanged(id, facts.orgId, before.pinned_org_id);
  }
  return { facts, connection: await loadConnection(store.db, id), ...visibilityOf(facts) };
}

/** As checkConnection, but keeps nothing: neither what the CRM said nor how the connection is doing. */
export async function inspectConnection(request: Omit<CheckRequest, 'clock'>): Promise<CheckResult> {
  const connection = await loadConnection(request.store.db, request.id);
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

/** Whether the user sees every record of an object; null where that is not known. */
export type Sight = (object: string) => boolean | null;

/** What the last check said of the user's sight. */
export async function knownSight(store: Store, id: string): Promise<Sight> {
  return sightOf((await loadFacts(store.db, id))?.objects ?? []);
}

/** Asks whether the user sees every record, and keeps the answer as every check does. */
export async function askSight(
  of: Pick<PullRequest, 'store' | 'clock' | 'connection' | 'connector' | 'mappings'>,
): Promise<Sight> {
  const { store, clock, connection: id, connector } = of;
  const request = { store, clock, id, connector, objects: objectsOf(of.mappings) };
  const { facts } = await confirmOrg(request);
  return sightOf(facts.objects);
}

function sightOf(objects: ConnectionFacts['objects']): Sight {
  const known = new Map(objects.map(({ object, seesAll }) => [object, seesAll]));
  return (object) => known.get(object) ?? null;
}

/** Entities whose records come from CRMs. */
export const crmEntities = (Object.keys(entities) as EntityName[]).filter(
  (entity) => entities[entity].origin === 'crm',
);

/** What is computed from records that may be hidden is provisional from the moment on in which that is known. */
async function judgeFeeds(
  tx: Executor,
  { id, facts, now }: { id: string; facts: ConnectionFacts; now: string },
): Promise<void> {
  for (const { object, seesAll } of facts.objects) {
    const feeds = { connection: id, object, entities: crmEntities, now };
    if (seesAll === false) await freezeFeeds(tx, { ...feeds, reason: 'not_all_visible' });
    if (seesAll === true) {
      await thawFeeds(tx, { ...feeds, reasons: ['unconfirmed'] });
      await demandRead(tx, feeds);
    }
  }
}

async function recordFacts(
  { db }: Executor,
  seen: { id: string; facts: ConnectionFacts; pinned: string | null; now: string },
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
      checked_at: seen.now,
    })
    .where('id', '=', seen.id)
    .execute();
  await writeSetting(db, { key: keyOf(seen.id), value: facts, now: seen.now });
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
