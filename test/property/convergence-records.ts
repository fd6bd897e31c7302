import { expect } from '@jest/globals';
import type { Channel, Kind, Row } from '../services/channel/channel.ts';
import type { Site, World } from './convergence-world.ts';

/** What a CRM holds of one entity, and what we should hold of it. */
interface Meant {
  entity: string;
  table: string;
  /** SQL of our values. */
  fields: string;
  /** Ids of the CRM's records, each with the same values. */
  theirs: ReadonlyMap<string, Record<string, unknown>>;
  /** Records that we are right to keep as they last were, because of what they refer to now. */
  leftOut: ReadonlySet<string>;
}

/** Whether somebody else decides the values that only come in of a partner or a customer. */
export type IsDecidedElsewhere = (entity: string, id: string) => boolean;

/** Compares all records of both sides, field by field, without the engine's own words. */
export async function expectSameRecords(
  { sites, store }: World,
  isElsewhere: (site: Site) => IsDecidedElsewhere = () => () => false,
): Promise<void> {
  for (const site of sites) {
    const recordOf = await recordsIn(store, site);
    for (const meant of everythingMeant(site.channel, recordOf))
      await expectSame(site, { store, meant }, isElsewhere(site));
    expect(await creditsOf(store, site)).toEqual(creditsMeant(site.channel, recordOf));
    // Only what another CRM merged can make two of its records one.
    if (sites.length === 1) expect(new Set(recordOf.values()).size).toBe(recordOf.size);
  }
  // Nothing is kept that no CRM holds.
  for (const { entity, table } of everythingMeant(sites[0]!.channel, new Map())) {
    const rows = await store.query(
      `select id from tierlink.${table} t where t.in_scope and t.deleted_at is null and t.merged_into is null
       and not exists (select 1 from tierlink.link l where l.record_id = t.id and l.entity = $1 and l.state = 'live')`,
      [entity],
    );
    expect({ entity, rows }).toEqual({ entity, rows: [] });
  }
}

async function expectSame(
  { alias }: Site,
  { store, meant }: { store: World['store']; meant: Meant },
  isElsewhere: IsDecidedElsewhere,
): Promise<void> {
  const { entity, table, fields, theirs, leftOut } = meant;
  const isCompared = ({ id }: { id: string }) => !leftOut.has(id);
  const rows = await store.query<{ id: string }>(
    `select l.crm_id as id, ${fields} from tierlink.${table} t
     join tierlink.link l on l.record_id = t.id and l.entity = $1 and l.state = 'live' and l.connection = $2
     where t.in_scope and t.deleted_at is null and t.merged_into is null`,
    [entity, alias],
  );
  const shown = (row: { id: string }) => (isElsewhere(entity, row.id) ? { id: row.id } : row);
  const all = [...theirs].map(([id, values]) => ({ id, ...values }));
  const [ours, should] = [rows, all].map((list) => list.filter(isCompared).map(shown).sort(byId));
  expect({ alias, entity, rows: ours }).toEqual({ alias, entity, rows: should });
}

function meantOf<K extends Kind>(
  meant: Pick<Meant, 'entity' | 'table' | 'fields'>,
  rows: readonly Row<K>[],
  of: (row: Row<K>) => Record<string, unknown>,
  isLeftOut: (row: Row<K>) => boolean = () => false,
): Meant {
  return {
    ...meant,
    theirs: new Map(rows.map((row) => [row.id, of(row)])),
    leftOut: new Set(rows.filter(isLeftOut).map(({ id }) => id)),
  };
}

function everythingMeant(channel: Channel, recordOf: RecordOf): Meant[] {
  const partners = channel.rows('partner');
  const customers = channel.rows('customer');
  const isPartner = idsOf(partners);
  const isCustomer = idsOf(customers);
  const people = channel.rows('person').filter(({ partner }) => isPartner.has(partner));
  const isPerson = idsOf(people);
  const ourId = (entity: string, id: string | null) =>
    id === null ? null : (recordOf.get(`${entity} ${id}`) ?? `no ${entity} of ours for ${id}`);
  const deals = meantOf(
    {
      entity: 'deal',
      table: 'deal',
      fields: `name, amount, is_won, is_closed, close_on, stage, customer`,
    },
    channel.rows('deal'),
    ({ name, amount, state, closeOn, stage, customer }) => ({
      name,
      amount,
      is_won: state === 'won',
      is_closed: state !== 'open',
      close_on: closeOn,
      stage,
      customer: ourId('customer', known(customer, isCustomer)),
    }),
  );
  for (const { id, company } of channel.rows('registration')) {
    const blank = {
      amount: null,
      is_won: null,
      is_closed: null,
      close_on: null,
      stage: null,
      customer: null,
    };
    (deals.theirs as Map<string, Record<string, unknown>>).set(id, { name: company, ...blank });
  }
  return [
    meantOf({ entity: 'partner', table: 'partner', fields: 'name, types' }, partners, ({ name, type }) => ({
      name,
      types: type === null ? null : [type],
    })),
    meantOf({ entity: 'customer', table: 'customer', fields: 'name' }, customers, ({ name }) => ({ name })),
    meantOf({ entity: 'person', table: 'person', fields: `name, partner` }, people, ({ name, partner }) => ({
      name,
      partner: ourId('partner', partner),
    })),
    deals,
    meantOf(
      {
        entity: 'certification',
        table: 'certification',
        fields: `code, expires_on, status, person, partner`,
      },
      channel.rows('certification'),
      ({ code, expiresOn, status, person, partner }) => ({
        code,
        expires_on: expiresOn,
        status,
        person: ourId('person', person),
        partner: ourId('partner', known(partner, isPartner)),
      }),
      ({ person }) => !isPerson.has(person),
    ),
    meantOf(
      { entity: 'lead', table: 'lead', fields: `name, accepted_at, partner` },
      channel.rows('lead').filter(({ partner }) => partner !== null),
      ({ name, acceptedAt, partner }) => ({
        name,
        accepted_at: acceptedAt,
        partner: ourId('partner', partner),
      }),
      ({ partner }) => !isPartner.has(partner),
    ),
    meantOf(
      {
        entity: 'case',
        table: 'support_case',
        fields: `status, is_closed, customer`,
      },
      channel.rows('case'),
      ({ status, isClosed, customer }) => ({
        status,
        is_closed: isClosed,
        customer: ourId('customer', known(customer, isCustomer)),
      }),
    ),
  ];
}

function idsOf(rows: readonly { id: string }[]): ReadonlySet<string | null> {
  return new Set(rows.map(({ id }) => id));
}

function known(id: string | null, live: ReadonlySet<string | null>): string | null {
  return live.has(id) ? id : null;
}

/** Our ids of what a CRM holds, by entity and its id. */
type RecordOf = ReadonlyMap<string, string>;

async function recordsIn(store: World['store'], { alias }: Site): Promise<RecordOf> {
  const rows = await store.query<{ entity: string; crm_id: string; record_id: string }>(
    `select entity, crm_id, record_id from tierlink.link where connection = $1 and state = 'live'`,
    [alias],
  );
  return new Map(rows.map((row) => [`${row.entity} ${row.crm_id}`, row.record_id]));
}

function byId(one: { id: string }, other: { id: string }): number {
  return one.id < other.id ? -1 : 1;
}

/** Deal, partner and role of each credit that somebody is given. */
async function creditsOf(store: World['store'], { alias }: Site): Promise<string[]> {
  const rows = await store.query<{ credit: string }>(
    `select d.crm_id || ' ' || c.partner || ' ' || c.role as credit from tierlink.credit c
     join tierlink.partner r on r.id = c.partner and r.in_scope and r.deleted_at is null and r.merged_into is null
     join tierlink.link d on d.record_id = c.deal and d.entity = 'deal' and d.state = 'live' and d.connection = $1
     where c.in_scope and c.deleted_at is null and c.merged_into is null
       and exists (select 1 from tierlink.link p where p.record_id = c.partner and p.entity = 'partner'
         and p.state = 'live' and p.connection = $1)`,
    [alias],
  );
  return rows.map(({ credit }) => credit).sort();
}

function creditsMeant(channel: Channel, recordOf: RecordOf): string[] {
  const isPartner = idsOf(channel.rows('partner'));
  const credits = [
    ...channel.rows('deal').map(({ id, partner }) => [id, partner, 'sourced']),
    ...channel.rows('registration').map(({ id, partner }) => [id, partner, 'registered']),
    ...channel.rows('credit').map(({ deal, partner, role }) => [deal, partner, role]),
  ];
  return credits
    .filter(([, partner]) => isPartner.has(partner!))
    .map(([deal, partner, role]) => [deal, recordOf.get(`partner ${partner}`), role].join(' '))
    .sort();
}
