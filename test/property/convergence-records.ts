import { expect } from '@jest/globals';
import type { Row } from '../../connectors/salesforce/simulator/types.ts';
import type { ChannelOrg } from '../services/channel-org.ts';
import type { World } from './convergence-world.ts';

/** What the CRM holds of one entity, and what we should hold of it. */
interface Meant {
  entity: string;
  table: string;
  /** SQL of our values. */
  fields: string;
  theirs: readonly Row[];
  /** The same values, from a record of the CRM's. */
  of: (row: Row) => Record<string, unknown>;
  /** Records that we are right to keep as they last were, because of what they refer to now. */
  leftOut?: (row: Row) => boolean;
}

/** Compares all records of both sides, field by field, without the engine's own words. */
export async function expectSameRecords({ channel, store }: World): Promise<void> {
  for (const { entity, table, fields, theirs, of, leftOut = () => false } of everythingMeant(channel)) {
    const rows = await store.query<{ id: string }>(
      `select l.crm_id as id, ${fields} from tierlink.${table} t
       left join tierlink.link l on l.record_id = t.id and l.entity = '${entity}' and l.state = 'live'
       where t.in_scope and t.deleted_at is null and t.merged_into is null order by l.crm_id`,
    );
    const left = new Set(theirs.filter(leftOut).map((row) => row.Id));
    const ours = rows.filter(({ id }) => !left.has(id));
    const meant = theirs.filter((row) => !left.has(row.Id)).map((row) => ({ id: row.Id, ...of(row) }));
    expect({ entity, rows: ours }).toEqual({ entity, rows: meant.sort(byId) });
  }
  expect(await creditsOf(store)).toEqual(creditsMeant(channel));
}

function everythingMeant(channel: ChannelOrg): Meant[] {
  const { org, recordTypes } = channel;
  const { partners, customers, people, registrations } = peopleOf(channel);
  const isPartner = idsOf(partners);
  const isCustomer = idsOf(customers);
  const isPerson = idsOf(people);
  return [
    {
      entity: 'partner',
      table: 'partner',
      fields: 'name, types',
      theirs: partners,
      of: (row) => ({
        name: row.Name,
        types: row.Partner_Type__c === null ? null : [row.Partner_Type__c],
      }),
    },
    {
      entity: 'customer',
      table: 'customer',
      fields: 'name',
      theirs: customers,
      of: (row) => ({ name: row.Name }),
    },
    {
      entity: 'person',
      table: 'person',
      fields: `name, ${crmIdOf('partner', 'partner')}`,
      theirs: people,
      of: (row) => ({ name: row.Name, partner: row.AccountId }),
    },
    {
      entity: 'deal',
      table: 'deal',
      fields: `name, amount, is_won, is_closed, close_on, stage, ${crmIdOf('customer', 'customer')}`,
      theirs: [...org.dump('Opportunity'), ...registrations],
      of: (row) => ({
        name: row.Company ?? row.Name,
        amount: typeof row.Amount === 'number' ? String(row.Amount) : null,
        is_won: row.IsWon ?? null,
        is_closed: row.IsClosed ?? null,
        close_on: row.CloseDate ?? null,
        stage: row.StageName ?? null,
        customer: known(row.AccountId, isCustomer),
      }),
    },
    {
      entity: 'certification',
      table: 'certification',
      fields: `code, expires_on, status, ${crmIdOf('person', 'person')}, ${crmIdOf('partner', 'partner')}`,
      theirs: org.dump('Partner_Certification__c'),
      leftOut: (row) => !isPerson.has(row.Contact__c),
      of: (row) => ({
        code: row.Code__c,
        expires_on: row.Expires_On__c,
        status: row.Status__c,
        person: row.Contact__c,
        partner: known(row.Account__c, isPartner),
      }),
    },
    {
      entity: 'lead',
      table: 'lead',
      fields: `name, accepted_at, ${crmIdOf('partner', 'partner')}`,
      theirs: org
        .dump('Lead')
        .filter((row) => row.RecordTypeId !== recordTypes.Deal_Registration && row.Partner__c !== null),
      leftOut: (row) => !isPartner.has(row.Partner__c),
      of: (row) => ({ name: row.Name, accepted_at: instantOf(row.Accepted_At__c), partner: row.Partner__c }),
    },
    {
      entity: 'case',
      table: 'support_case',
      fields: `status, is_closed, ${crmIdOf('customer', 'customer')}`,
      theirs: org.dump('Case'),
      of: (row) => ({
        status: row.Status,
        is_closed: row.IsClosed,
        customer: known(row.AccountId, isCustomer),
      }),
    },
  ];
}

interface Peopled {
  partners: Row[];
  customers: Row[];
  people: Row[];
  registrations: Row[];
}

function peopleOf({ org, recordTypes }: ChannelOrg): Peopled {
  const accounts = org.dump('Account');
  const partners = accounts.filter((row) => row.RecordTypeId === recordTypes.Partner);
  const isPartner = idsOf(partners);
  return {
    partners,
    customers: accounts.filter((row) => row.RecordTypeId === recordTypes.Customer),
    people: org.dump('Contact').filter((row) => isPartner.has(row.AccountId)),
    registrations: org.dump('Lead').filter((row) => row.RecordTypeId === recordTypes.Deal_Registration),
  };
}

function idsOf(rows: readonly Row[]): ReadonlySet<unknown> {
  return new Set(rows.map((row) => row.Id));
}

function known(id: unknown, live: ReadonlySet<unknown>): unknown {
  return live.has(id) ? id : null;
}

function crmIdOf(column: string, entity: string): string {
  return `(select crm_id from tierlink.link where record_id = t.${column} and entity = '${entity}' and state = 'live') as ${column}`;
}

function byId(one: { id: unknown }, other: { id: unknown }): number {
  return String(one.id) < String(other.id) ? -1 : 1;
}

function instantOf(value: unknown): string | null {
  return typeof value === 'number' || typeof value === 'string' ? new Date(value).toISOString() : null;
}

/** Deal, partner and role of each credit that somebody is given. */
async function creditsOf(store: World['store']): Promise<string[]> {
  const rows = await store.query<{ credit: string }>(
    `select d.crm_id || ' ' || p.crm_id || ' ' || c.role as credit from tierlink.credit c
     join tierlink.partner r on r.id = c.partner and r.in_scope and r.deleted_at is null and r.merged_into is null
     join tierlink.link d on d.record_id = c.deal and d.entity = 'deal' and d.state = 'live'
     join tierlink.link p on p.record_id = c.partner and p.entity = 'partner' and p.state = 'live'
     where c.in_scope and c.deleted_at is null and c.merged_into is null`,
  );
  return rows.map(({ credit }) => credit).sort();
}

const rolesOf: Readonly<Record<string, string>> = {
  'VAR/Reseller': 'influenced',
  Distributor: 'distributor',
};

function creditsMeant(channel: ChannelOrg): string[] {
  const { partners, registrations } = peopleOf(channel);
  const isPartner = idsOf(partners);
  const credits = [
    ...channel.org.dump('Opportunity').map((row) => [row.Id, row.Partner__c, 'sourced']),
    ...registrations.map((row) => [row.Id, row.Partner__c, 'registered']),
    ...channel.org
      .dump('OpportunityPartner')
      .map((row) => [row.OpportunityId, row.AccountToId, rolesOf[String(row.Role)] ?? row.Role]),
  ];
  return credits
    .filter(([, partner]) => isPartner.has(partner))
    .map((credit) => credit.join(' '))
    .sort();
}
