import { entities } from '../../model/entities.ts';
import type { Store } from '../../store/store.ts';
import type { ConnectionFacts } from '../crm-description.ts';
import { type Engine, type PassConnection, readableMappings, report } from '../engine.ts';
import { planMapping, planOn } from '../mapping/plan.ts';
import type { ObjectMapping } from '../mapping/schema.ts';
import { confirmOrg, loadFacts } from '../pull/connection-check.ts';
import {
  currentMetadata,
  descriptionsByName,
  type Metadata,
  metadataAgeMs,
  objectsOf,
} from '../pull/metadata.ts';
import { type ConnectionRecord, loadConnection, orgChanged } from '../records/connections.ts';
import { forgetUnread, noteMapped } from '../records/feed.ts';
import { tierNamesOf } from './program-words.ts';

/** What a connection's work needs to know of its CRM. */
export interface Prepared {
  record: ConnectionRecord;
  metadata: Metadata;
  clockSkewMs: number;
}

/** While records are hidden from the user, so that what waits for them goes on soon after they are shown. */
const hiddenAgeMs = 3_600_000;

/**
 * Makes sure that the connection is still on its org and that its objects are known. Every call goes to the pinned org or
 * fails; what the user may do there is asked once a day, once an hour while the user does not see every record, and when
 * the connection was last met on another org. Throws SYNC_ORG_CHANGED and what the connector throws.
 */
export async function prepareConnection(engine: Engine, connection: PassConnection): Promise<Prepared> {
  const { store, clock } = engine;
  const id = connection.alias;
  const connector = connection.connector();
  const mappings = connection.mappings();
  if (isCheckDue(await loadConnection(store.db, id), await loadFacts(store.db, id), clock.now())) {
    report(engine, { connection: id, step: 'check', state: 'started' });
    await confirmOrg({ store, clock, id, connector, objects: objectsOf(mappings) });
    report(engine, { connection: id, step: 'check', state: 'done' });
  }
  const record = await loadConnection(store.db, id);
  if (record.pinned_org_id !== record.org_id) {
    throw orgChanged(id, record.org_id ?? 'unknown', record.pinned_org_id ?? 'none');
  }
  const tiers = tierNamesOf(engine.program);
  const { metadata } = await currentMetadata({ store, clock, connector, connection: id, mappings, tiers });
  await noteFeeds(store, id, { mappings, metadata });
  const facts = await loadFacts(store.db, id);
  return { record, metadata, clockSkewMs: facts?.clockSkewMs ?? 0 };
}

/** What is mapped and there has a feed from now on, read or not; what is not there and may be absent has none. */
async function noteFeeds(
  store: Store,
  connection: string,
  { mappings, metadata }: { mappings: readonly ObjectMapping[]; metadata: Metadata },
): Promise<void> {
  const described = descriptionsByName(metadata);
  const read = mappings.filter(({ entity }) => entities[entity].origin === 'crm');
  const isAbsent = ({ object, optional }: ObjectMapping) => optional && !described.has(object);
  const plans = read.filter((mapping) => !isAbsent(mapping)).map((mapping) => planOn(mapping, described));
  await noteMapped(store, connection, plans);
  await forgetUnread(store, connection, read.filter(isAbsent));
}

/**
 * Lets what connections are to bring in count as unread from the start, before anything of it can be asked. What may be
 * absent is expected once the CRM was seen to have it.
 */
export async function expectFeeds(store: Store, connections: readonly PassConnection[]): Promise<void> {
  for (const connection of connections) {
    const expected = (readableMappings(connection) ?? []).filter(
      ({ entity, optional }) => entities[entity].origin === 'crm' && !optional,
    );
    await noteMapped(
      store,
      connection.alias,
      expected.map((mapping) => planMapping(mapping)),
    );
  }
}

function isCheckDue(record: ConnectionRecord, facts: ConnectionFacts | undefined, now: number): boolean {
  const { checked_at: checkedAt } = record;
  const isHidden = facts?.objects.some(({ seesAll }) => seesAll === false) === true;
  return (
    checkedAt === null ||
    Date.parse(checkedAt) + (isHidden ? hiddenAgeMs : metadataAgeMs) <= now ||
    record.pinned_org_id !== record.org_id
  );
}
