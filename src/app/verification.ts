import type { App, AppConnection } from '../app.ts';
import { type EntityName, entities } from '../model/entities.ts';
import type { VerificationState } from '../model/states.ts';
import { recordAddress } from '../sync/records/record-address.ts';
import { recordNames } from '../sync/records/record-names.ts';
import {
  type FeedVerification,
  type FoundCause,
  type FoundRecord,
  readCauses,
  readExamples,
  readUnsettled,
  readVerifications,
  stateOfAll,
  type UnsettledMonth,
  verifiedToOf,
} from '../verify/read.ts';

/** A record that is not here as the CRM has it, for people to find. */
export interface FoundExample extends FoundRecord {
  /** What people call it; null where nothing here names it. */
  name: string | null;
  /** Its address in the CRM; null where none can be made. */
  url: string | null;
}

export interface ConnectionVerification {
  connection: string;
  state: VerificationState;
  /** ISO instant of the CRM up to which everything was known to be here when it was verified last; null: never. */
  verifiedTo: string | null;
  feeds: FeedVerification[];
  causes: (FoundCause & { examples: FoundExample[] })[];
  unsettled: (Omit<UnsettledMonth, 'moved'> & { moved: MovedRecord[] })[];
}

/** A record that changed while both sides were counted. */
export type MovedRecord = UnsettledMonth['moved'][number] & Pick<FoundExample, 'name' | 'url'>;

/** Entities of which a verification says something: what only the program fills is compared by plans. */
const verifiedEntities = (Object.keys(entities) as EntityName[]).filter(
  (name) => entities[name].origin === 'crm',
);

/** What verifications have found, from the store alone. examples: how many records of each cause. */
export async function readVerified(
  app: App,
  { connections, examples }: { connections: readonly AppConnection[]; examples: number },
): Promise<ConnectionVerification[]> {
  const aliases = connections.map(({ alias }) => alias);
  const feeds = await readVerifications(app.store, { connections: aliases, entities: verifiedEntities });
  const causes = await readCauses(app.store, aliases);
  const verified: ConnectionVerification[] = [];
  for (const connection of connections) {
    const own = feeds.filter((feed) => feed.connection === connection.alias);
    const found: ConnectionVerification['causes'] = [];
    for (const cause of causes.filter((each) => each.connection === connection.alias))
      found.push({ ...cause, examples: await examplesOf(app, connection, { cause, limit: examples }) });
    verified.push({
      connection: connection.alias,
      state: stateOfAll(own),
      verifiedTo: verifiedToOf(own),
      feeds: own,
      causes: found,
      unsettled: await unsettledOf(app, connection, examples),
    });
  }
  return verified;
}

async function unsettledOf(
  { store }: App,
  connection: AppConnection,
  examples: number,
): Promise<ConnectionVerification['unsettled']> {
  const unsettled: ConnectionVerification['unsettled'] = [];
  for (const month of await readUnsettled(store, connection.alias, examples))
    unsettled.push({ ...month, moved: await named(store, connection, month, month.moved) });
  return unsettled;
}

/** Records with what people call them and their address. */
async function named<R extends { crmId: string; recordId: string | null }>(
  store: App['store'],
  connection: AppConnection,
  { object, entity }: Pick<FoundCause, 'object' | 'entity'>,
  records: readonly R[],
): Promise<(R & Pick<FoundExample, 'name' | 'url'>)[]> {
  const ids = records.flatMap(({ recordId }) => recordId ?? []);
  const names = await recordNames(store, entity, ids);
  return records.map((record) => ({
    ...record,
    name: (record.recordId === null ? undefined : names.get(record.recordId)) ?? null,
    url: recordAddress(connection, { object, crmId: record.crmId }),
  }));
}

async function examplesOf(
  { store }: App,
  connection: AppConnection,
  { cause, limit }: { cause: FoundCause; limit: number },
): Promise<FoundExample[]> {
  if (limit === 0) return [];
  return await named(store, connection, cause, await readExamples(store, cause, limit));
}
