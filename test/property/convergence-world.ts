import type { CallCounter } from '../../connectors/salesforce/simulator/calls.ts';
import { isTierlinkError } from '../../src/errors.ts';
import type { EntityName } from '../../src/model/entities.ts';
import type { Store } from '../../src/store/store.ts';
import type { ObjectMapping } from '../../src/sync/mapping-schema.ts';
import { markOutbox } from '../../src/sync/outbox.ts';
import { type PassResult, runPass } from '../../src/sync/pass.ts';
import { loadRecords, saveRecords } from '../../src/sync/record-rows.ts';
import { retryRejects } from '../../src/sync/rejects.ts';
import {
  type ChannelEngine,
  openChannelEngine,
  shippedMappings,
  starterProgram,
} from '../services/channel-engine.ts';
import { type ChannelOrg, startChannelOrg } from '../services/channel-org.ts';
import { snapshotOf } from '../services/org-snapshot.ts';
import { expireLeases, Killed, Lifetime, mortalConnector, mortalStore } from '../sync/dying.ts';
import type { Rule, Value } from './convergence-model.ts';

/** An attribute that both sides may change, and where it lives on each side. */
export interface Shared extends Rule {
  entity: 'partner' | 'person';
  object: 'Account' | 'Contact';
  attribute: string;
  field: string;
  values: readonly Value[];
}

/** Each policy at least once. */
export const shared: readonly Shared[] = [
  partner('region', 'Partner_Region__c', {
    policy: 'newest',
    onBlank: 'clear',
    values: ['EMEA', 'AMER', 'APAC', null],
  }),
  partner('phone', 'Phone', { policy: 'ask', onBlank: 'clear', values: ['1', '2', '3', null] }),
  partner('website', 'Website', {
    policy: 'crm',
    onBlank: 'keep',
    values: ['a.example', 'b.example', 'c.example', null],
  }),
  partner('country', 'BillingCountry', {
    policy: 'program',
    onBlank: 'clear',
    values: ['Sweden', 'Norway', 'Peru', null],
  }),
  person('phone', 'Phone', { policy: 'newest', onBlank: 'keep', values: ['7', '8', '9', null] }),
  person('title', 'Title', { policy: 'program', onBlank: 'keep', values: ['Head', 'Lead', 'Buyer', null] }),
];

function partner(attribute: string, field: string, how: Rule & Pick<Shared, 'values'>): Shared {
  return { entity: 'partner', object: 'Account', attribute, field, ...how };
}

function person(attribute: string, field: string, how: Rule & Pick<Shared, 'values'>): Shared {
  return { entity: 'person', object: 'Contact', attribute, field, ...how };
}

/** The shipped mappings, with every policy in use. */
export function sharedMappings(): ObjectMapping[] {
  return shippedMappings().map((mapping) => {
    const attributes = { ...mapping.attributes };
    for (const { entity, object, attribute, field, policy, onBlank } of shared) {
      if (mapping.entity !== entity || mapping.object !== object) continue;
      attributes[attribute] = { field, direction: 'both', policy, onBlank, required: false };
    }
    return { ...mapping, attributes };
  });
}

/** How a pass ended, as somebody outside sees it. */
export type Ending = 'whole' | 'broken';

/** An org and a store that have met, over and over again from the same beginning. */
export interface World {
  channel: ChannelOrg;
  store: Store;
  clock: { time: number };
  /** Everything as after the first passes. */
  begin(): Promise<void>;
  /** A pass that may meet whatever is in its way; anything but a named error is thrown. */
  pass(more?: Risk): Promise<Ending>;
  /** Two processes pass at the same time. */
  passTwice(): Promise<Ending>;
  /** A pass that nothing may stop. */
  mustPass(more?: { full?: boolean }): Promise<PassResult>;
  /** Changes our side as the program or an import does; false when the record is not in play with us. */
  editOurs(what: Shared, crmId: string, value: Value): Promise<boolean>;
  /** Our values of everything that is in play with us. */
  ours(): Promise<(what: Shared, crmId: string) => Value | undefined>;
  /** From now on more rows than this are written by bulk jobs. */
  bulkFrom(rows: number): void;
  /** A person looks at what was refused and tries again. */
  retryAll(): Promise<void>;
  close(): Promise<void>;
}

/** What happens to a pass. */
export interface Risk {
  /** Steps of its own after which the process dies. */
  diesAfter?: number;
  /** Reports after which it is told to stop. */
  stopsAfter?: number;
  /** What somebody does when its n-th call reaches the CRM. */
  atCall?: { call: number; act(): void };
}

/** Where nobody says otherwise, as the connection's own default. */
const usualBulkFrom = 2_000;

const start = Date.parse('2026-03-02T10:00:00Z');

export async function openWorld(store: Store): Promise<World> {
  const clock = { time: start };
  const now = () => clock.time;
  const mappings = sharedMappings();
  const program = starterProgram();
  const channel = await startChannelOrg({ seed: 7, now, program, mappings });
  const { simulator } = channel.standIn;
  let bulkFrom = usualBulkFrom;
  const open = (over: Store, signal?: AbortSignal): Promise<ChannelEngine> =>
    openChannelEngine({
      store: over,
      now,
      connections: [{ connect: { ...channel.standIn.options, bulkWriteFrom: String(bulkFrom) }, mappings }],
      program,
      ...(signal === undefined ? {} : { signal }),
    });

  const first = await open(store);
  await first.pass();
  await first.takeOver();
  for (let times = 0; times < 2; times += 1) {
    clock.time += 600_000;
    await first.pass();
  }
  const begun = clock.time;
  await saveTables(store);
  const beginning = snapshotOf(simulator.org);

  const begin = async () => {
    beginning.restore();
    simulator.calls.reset();
    clock.time = begun;
    bulkFrom = usualBulkFrom;
    await restoreTables(store);
  };
  return {
    channel,
    store,
    clock,
    begin,
    pass: async (more = {}) => {
      clock.time += 10_000;
      const watched = more.atCall === undefined ? undefined : actAtCall(simulator.calls, clock, more.atCall);
      try {
        return await passAtRisk(store, open, more);
      } finally {
        watched?.stop();
        await expireLeases(store);
      }
    },
    passTwice: async () => {
      clock.time += 10_000;
      try {
        await Promise.all([passAtRisk(store, open, {}), passAtRisk(store, open, {})]);
      } finally {
        await expireLeases(store);
      }
      // Each of them may have left to the other what the other had begun.
      return 'broken';
    },
    bulkFrom: (rows) => {
      bulkFrom = rows;
    },
    mustPass: async ({ full } = {}) => {
      clock.time += 600_000;
      return await passForSure(await open(store), full);
    },
    editOurs: (what, crmId, value) => editOurs(store, { what, crmId, value, now: now() }),
    ours: () => oursOf(store),
    retryAll: async () => {
      await retryRejects(store, { filter: {}, clock: { now }, actor: 'admin' });
    },
    close: () => channel.close(),
  };
}

type Opener = (over: Store, signal?: AbortSignal) => Promise<ChannelEngine>;

async function passAtRisk(
  store: Store,
  open: Opener,
  { diesAfter = Number.POSITIVE_INFINITY, stopsAfter }: Risk,
): Promise<Ending> {
  const life = new Lifetime(diesAfter);
  const stop = new AbortController();
  const { engine, connection } = await open(store, stop.signal);
  const connector = mortalConnector(connection.connector(), life);
  let events = 0;
  engine.onProgress = () => {
    events += 1;
    if (events === stopsAfter) stop.abort();
  };
  try {
    const { value } = await runPass({
      engine: { ...engine, store: mortalStore(store, life) },
      connections: [{ ...connection, connector: () => connector }],
    });
    return value !== undefined && isWhole(value) ? 'whole' : 'broken';
  } catch (error) {
    if (!(error instanceof Killed) && !isTierlinkError(error)) throw error;
    return 'broken';
  }
}

/** A deed in the middle of a pass; time goes on by a second with it. */
function actAtCall(
  calls: CallCounter,
  clock: { time: number },
  { call, act }: NonNullable<Risk['atCall']>,
): { stop(): void } {
  const { count } = calls;
  let counted = 0;
  calls.count = (kind, line) => {
    count(kind, line);
    counted += 1;
    if (counted !== call) return;
    clock.time += 1_000;
    act();
  };
  return { stop: () => Object.assign(calls, { count }) };
}

async function passForSure(
  { engine, connection }: ChannelEngine,
  full: boolean | undefined,
): Promise<PassResult> {
  const { value } = await runPass({ engine, connections: [connection], full });
  const [result] = value!.connections;
  const stopped = result!.error ?? result!.pull?.problems[0]?.error;
  if (stopped) throw stopped;
  return value!;
}

async function oursOf(store: Store): Promise<(what: Shared, crmId: string) => Value | undefined> {
  const links = await store.query<{ entity: Shared['entity']; crm_id: string; record_id: string }>(
    `select entity, crm_id, record_id from tierlink.link where entity in ('partner', 'person') and state = 'live'`,
  );
  const recordIds = new Map(links.map((link) => [`${link.entity} ${link.crm_id}`, link.record_id]));
  const idsOf = (entity: EntityName) =>
    links.filter((link) => link.entity === entity).map((link) => link.record_id);
  const records = {
    partner: await loadRecords(store, 'partner', idsOf('partner')),
    person: await loadRecords(store, 'person', idsOf('person')),
  };
  return ({ entity, attribute }, crmId) => {
    const row = records[entity].get(recordIds.get(`${entity} ${crmId}`) ?? '');
    return row === undefined ? undefined : ((row.values[attribute] ?? null) as Value);
  };
}

function isWhole({ connections }: PassResult): boolean {
  return connections.every(
    ({ error, pull, push }) =>
      error === null &&
      pull?.problems.length === 0 &&
      pull.skipped.length === 0 &&
      push !== null &&
      push.total.claimed === push.total.created + push.total.updated + push.total.unchanged,
  );
}

async function liveRecord(store: Store, entity: EntityName, crmId: string): Promise<string | undefined> {
  const [link] = await store.query<{ record_id: string }>(
    `select record_id from tierlink.link where crm_id = $1 and entity = $2 and state = 'live'`,
    [crmId, entity],
  );
  return link?.record_id;
}

async function editOurs(
  store: Store,
  edit: { what: Shared; crmId: string; value: Value; now: number },
): Promise<boolean> {
  const { entity, attribute } = edit.what;
  const id = await liveRecord(store, entity, edit.crmId);
  if (id === undefined) return false;
  const now = new Date(edit.now).toISOString();
  await store.transaction(async (tx) => {
    const row = (await loadRecords(tx, entity, [id])).get(id)!;
    const values = { ...row.values, [attribute]: edit.value };
    await saveRecords(tx, entity, { created: [], changed: [{ ...row, values, knownFrom: now }], now });
    await markOutbox(tx, { entity, recordIds: [id], now });
  });
  return true;
}

async function tables(store: Store): Promise<string[]> {
  const rows = await store.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'tierlink' and tablename <> 'migration'`,
  );
  return rows.map(({ name }) => name);
}

async function saveTables(store: Store): Promise<void> {
  await store.query('create schema saved');
  for (const name of await tables(store)) {
    await store.query(`create table saved.${name} as table tierlink.${name}`);
  }
}

async function restoreTables(store: Store): Promise<void> {
  const names = await tables(store);
  await store.query(`truncate ${names.map((name) => `tierlink.${name}`).join(', ')}`);
  for (const name of names) {
    await store.query(`insert into tierlink.${name} overriding system value select * from saved.${name}`);
  }
}
