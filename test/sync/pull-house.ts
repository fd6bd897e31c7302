import { isTierlinkError } from '../../src/errors.ts';
import { silentLogger } from '../../src/model/logger.ts';
import type { Store } from '../../src/store/store.ts';
import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { objectMappingSchema } from '../../src/sync/mapping/schema.ts';
import type { PulledObject } from '../../src/sync/pass/pull.ts';
import { checkConnection } from '../../src/sync/pull/connection-check.ts';
import { type PullRequest, pullObject } from '../../src/sync/pull/pull.ts';
import { compareScopeSizes } from '../../src/sync/pull/scope-size.ts';
import { ensureConnection } from '../../src/sync/records/connections.ts';
import { FakeCrm } from '../services/fake-crm.ts';

/** Mappings of a small org, as files would hold them. */
export const mappings: ObjectMapping[] = [
  mapping('partner', {
    object: 'Account',
    entity: 'partner',
    scope: { where: { Type: ['Partner'] } },
    key: 'OurId',
    attributes: {
      name: { field: 'Name', direction: 'in', required: true },
      country: { field: 'Country', direction: 'in' },
      phone: { field: 'Phone', direction: 'both', policy: 'ask' },
      employees: { field: 'Employees', direction: 'in' },
      parent: { field: 'Parent', direction: 'in' },
      tier: { field: 'Tier', direction: 'out' },
      'extra.segment': { field: 'Segment', direction: 'in' },
    },
  }),
  mapping('customer', {
    object: 'Account',
    entity: 'customer',
    scope: { where: { Type: ['Customer'] } },
    attributes: { name: { field: 'Name', direction: 'in', required: true } },
  }),
  mapping('person', {
    object: 'Contact',
    entity: 'person',
    attributes: {
      partner: { field: 'Account', direction: 'in', required: true },
      name: { field: 'Name', direction: 'in' },
      email: { field: 'Email', direction: 'in' },
    },
  }),
  mapping('deal', {
    object: 'Deal',
    entity: 'deal',
    attribution: 'split',
    credits: [{ field: 'Partner', role: 'sourced' }],
    attributes: {
      name: { field: 'Name', direction: 'in', required: true },
      customer: { field: 'Account', direction: 'in' },
      amount: { field: 'Amount', direction: 'in' },
      isWon: { field: 'Won', direction: 'in' },
      closeOn: { field: 'CloseOn', direction: 'in' },
    },
  }),
  mapping('credit', {
    object: 'DealPartner',
    entity: 'credit',
    attributes: {
      deal: { field: 'Deal', direction: 'in', required: true },
      partner: { field: 'Partner', direction: 'in', required: true },
      role: { field: 'Role', direction: 'in' },
      share: { field: 'Share', direction: 'in' },
      isPrimary: { field: 'Primary', direction: 'in' },
    },
  }),
  mapping('certification', {
    object: 'Cert',
    entity: 'certification',
    attributes: {
      person: { field: 'Contact', direction: 'in', required: true },
      code: { field: 'Code', direction: 'in', required: true },
      expiresOn: { field: 'ExpiresOn', direction: 'in' },
    },
  }),
];

export function mapping(name: string, contents: unknown): ObjectMapping {
  return { ...objectMappingSchema.parse(contents), name, file: `${name}.yaml` };
}

export function makeCrm(): FakeCrm {
  return new FakeCrm()
    .define('Account', {
      Name: 'text',
      Type: 'choice',
      Country: 'text',
      Phone: 'text',
      Employees: 'integer',
      Parent: ['Account'],
      Tier: 'choice',
      Segment: 'text',
      OurId: 'text',
    })
    .define('Contact', { Name: 'text', Email: 'text', Account: ['Account'] })
    .define('Deal', {
      Name: 'text',
      Account: ['Account'],
      Amount: 'money',
      Won: 'boolean',
      CloseOn: 'date',
      Partner: ['Account'],
      Reseller: ['Account'],
    })
    .define('DealPartner', {
      Deal: ['Deal'],
      Partner: ['Account'],
      Role: 'choice',
      Share: 'percent',
      Primary: 'boolean',
    })
    .define('Cert', { Contact: ['Contact'], Code: 'text', ExpiresOn: 'date' });
}

/** A store, a CRM and a clock that moves a second with each look. */
export interface PullHouse {
  store: Store;
  crm: FakeCrm;
  requestOf(object: string, more?: Partial<PullRequest>): PullRequest;
  pull(object: string, more?: Partial<PullRequest>): Promise<PulledObject>;
  /** Asks the CRM what the user may see, as each day does. */
  check(): Promise<unknown>;
  /** All objects, parents first. */
  pullAll(more?: Partial<PullRequest>): Promise<PulledObject[]>;
  rows<Row = Record<string, unknown>>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

export function makeHouse(store: Store, crm = makeCrm()): PullHouse {
  let time = Date.parse('2026-03-01T00:00:00.000Z');
  const clock = {
    now: () => {
      time += 1000;
      return time;
    },
  };
  const requestOf = (object: string, more: Partial<PullRequest> = {}): PullRequest => ({
    store,
    connector: crm.connector(),
    connection: 'north',
    object,
    mappings,
    clock,
    logger: silentLogger,
    context: { timeZone: 'Europe/Stockholm', currency: 'EUR' },
    lease: null,
    runId: 'r-000001',
    ...more,
  });
  const pull = async (object: string, more: Partial<PullRequest> = {}): Promise<PulledObject> => {
    const request = requestOf(object, more);
    await ensureConnection(store.db, { id: 'north', crm: 'memory', now: clock.now() });
    const pulled = await pullObject(request);
    const sizes = pulled.isAbsent ? [] : await compareScopeSizes({ ...request, objects: [object] });
    const frozen = sizes.flatMap(({ entity, result }) => {
      if (isTierlinkError(result)) throw result;
      return result === null ? [] : [{ entity, reason: result }];
    });
    return { ...pulled, frozen };
  };
  return {
    store,
    crm,
    requestOf,
    pull,
    check: () => {
      const objects = ['Account', 'Contact', 'Deal', 'DealPartner', 'Cert'];
      return checkConnection({ store, clock, id: 'north', connector: crm.connector(), objects });
    },
    async pullAll(more) {
      const results: PulledObject[] = [];
      for (const object of ['Account', 'Contact', 'Deal', 'DealPartner', 'Cert']) {
        results.push(await pull(object, more));
      }
      return results;
    },
    rows: (sql, parameters) => store.query(sql, parameters),
  };
}

/** Everything that a pull leaves behind, without instants of our own clock, for comparing two ways to the same end. */
export async function contentsOf(store: Store): Promise<Record<string, unknown[]>> {
  const contents: Record<string, unknown[]> = {};
  for (const table of ['partner', 'customer', 'person', 'deal', 'credit', 'certification', 'lead', 'fact']) {
    contents[table] = await store.query(
      `select to_jsonb(t) - 'known_from' - 'deleted_at' || jsonb_build_object('gone', deleted_at is not null) as row
       from tierlink.${table} t order by id`,
    );
  }
  contents.link = await store.query(
    `select object, crm_id, entity, record_id, state, base, seen_hash, merged_into from tierlink.link
     order by object, crm_id, entity`,
  );
  contents.held = await store.query(
    `select object, crm_id, entity, attribute, waits_for from tierlink.held order by object, crm_id, entity, attribute`,
  );
  contents.reject = await store.query(
    `select object, crm_id, entity, attribute, code from tierlink.reject order by object, crm_id, entity, attribute`,
  );
  contents.difference = await store.query(
    `select object, crm_id, entity, attribute, kind, ours, theirs from tierlink.difference
     order by object, crm_id, entity, attribute`,
  );
  contents.feed = await store.query(
    `select object, entity, complete_to, frozen_reason, fields_hash from tierlink.feed order by object, entity`,
  );
  contents.outbox = await store.query(
    'select entity, record_id from tierlink.outbox order by entity, record_id',
  );
  return contents;
}
