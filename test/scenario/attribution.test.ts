import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { Store } from '../../src/store/store.ts';
import { checkMappings } from '../../src/sync/mapping/check.ts';
import { describeRelated } from '../../src/sync/mapping/check-paths.ts';
import { readMappings } from '../../src/sync/mapping/mapping.ts';
import type { CreditMapping, ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { objectsOf } from '../../src/sync/pull/metadata.ts';
import { idsOf, type Values } from '../services/channel/channel.ts';
import { type Crm, crms, startChannel } from '../services/channel/start.ts';
import { type ChannelEngine, openChannelEngine, starterProgram } from '../services/channel-engine.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

/** The partner of a deal is known by its lead: by the mapping that the README of the connector gives. */

type Business = Awaited<ReturnType<typeof startChannel>>;

/** What people do with leads that became a deal; the CRMs let only the platform write the link. */
const leads: Record<
  Crm,
  {
    add(channel: Business, partner: string, deal: string): string;
    move(channel: Business, id: string, partner: string): void;
  }
> = {
  salesforce: {
    add: ({ org }, partner, deal) =>
      (org as Salesforce).bulkLoad('Lead', [
        {
          LastName: 'Buyer',
          Company: 'Company',
          Status: 'Closed - Converted',
          IsConverted: true,
          ConvertedDate: '2025-11-01',
          ConvertedOpportunityId: deal,
          Partner__c: partner,
        },
      ])[0]!,
    move: ({ org }, id, partner) => (org as Salesforce).setSystemFields(id, { Partner__c: partner }),
  },
  dynamics: {
    add: ({ org }, partner, deal) =>
      (org as Dynamics).load('lead', [
        {
          lastname: 'Buyer',
          companyname: 'Company',
          statecode: 1,
          statuscode: 3,
          nw_isregistration: false,
          nw_partnerid: partner,
          qualifyingopportunityid: deal,
        },
      ])[0]!,
    move: ({ org }, id, partner) => (org as Dynamics).set('lead', id, { nw_partnerid: partner }),
  },
};
type Salesforce = Awaited<ReturnType<typeof startChannel<'salesforce'>>>['org'];
type Dynamics = Awaited<ReturnType<typeof startChannel<'dynamics'>>>['org'];

/** The file of the README, beside those that ship. */
function withLeadCredits(crm: Crm, shipped: readonly ObjectMapping[]): ObjectMapping[] {
  const [, text] = /```yaml\n([^`]*entity: credit[^`]*)```/.exec(
    readFileSync(fromPackageRoot('connectors', crm, 'README.md'), 'utf8'),
  )!;
  const folder = mkdtempSync(join(tmpdir(), 'mappings-'));
  writeFileSync(join(folder, 'lead-credit.yaml'), text!);
  const { mappings, findings } = readMappings(folder);
  expect(findings).toEqual([]);
  return [...shipped, ...mappings];
}

const countingAll = (mappings: readonly ObjectMapping[]): ObjectMapping[] =>
  mappings.map((each) => (each.name === 'deal' ? { ...each, attribution: 'all' } : each));

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

describe.each(crms)('deals in %s whose partner is known by their lead', (crm) => {
  const clock = { time: Date.parse('2026-03-02T10:00:00Z') };
  const now = () => clock.time;
  let channel: Business;
  let house: ChannelEngine;
  let aspen: string;
  let beech: string;
  let lead: string;

  const open = async (mappings: readonly ObjectMapping[]) =>
    await openChannelEngine({ store, now, connections: [{ crm, connect: channel.connect, mappings }] });

  beforeAll(async () => {
    await emptyStore(store);
    const program = starterProgram();
    channel = await startChannel(crm, {
      seed: 4,
      now,
      program,
      adapt: (shipped) => withLeadCredits(crm, shipped),
    });
    const partner = (name: string) =>
      idsOf(channel.add('partner', { name, type: 'reseller', startedOn: '2024-01-01' }))[0]!;
    aspen = partner('Aspen');
    beech = partner('Beech');
    lead = leads[crm].add(channel, aspen, won('100000'));
    house = await open(channel.mappings);
    await pass();
  });
  afterAll(async () => await channel.close());

  function won(amount: string, more: Partial<Values['deal']> = {}): string {
    const deal = { name: `Deal of ${amount}`, amount, state: 'won', closeOn: '2025-11-01', ...more } as const;
    return idsOf(channel.add('deal', deal))[0]!;
  }

  async function pass(more: { full?: boolean } = {}): Promise<void> {
    clock.time += 600_000;
    await house.pass(more);
  }

  async function sourced(): Promise<Record<string, number>> {
    const rows = await store.query<{ name: string; value: string }>(
      `select p.name, v.numerator / v.denominator as value from tierlink.kpi_value v
       join tierlink.partner p on p.id = v.partner_id
       where v.kpi = 'sourcedRevenue' and p.name in ('Aspen', 'Beech') and v.numerator is not null`,
    );
    return Object.fromEntries(rows.map(({ name, value }) => [name, Number(value)]));
  }

  async function complaints(): Promise<number> {
    const found = await store.query(`select 1 from tierlink.reject where attribute = 'credits'`);
    return found.length;
  }

  it('pass the check against the live metadata', async () => {
    const own = house.connection.mappings();
    const connector = house.connection.connector();
    const descriptions = await connector.describe(objectsOf(own));
    const related = await describeRelated(connector, own, descriptions);
    const found = checkMappings(own, descriptions, { related, tiers: ['Registered', 'Silver', 'Gold'] });
    expect(found.filter(({ file }) => file.endsWith('lead-credit.yaml'))).toEqual([]);
  });

  it('count as sourced revenue of that partner', async () => {
    expect(await sourced()).toMatchObject({ Aspen: 100_000 });
  });

  it('count once where the deal names the same partner, and for the one that the deal names where it is another', async () => {
    leads[crm].add(channel, aspen, won('50000', { partner: aspen }));
    leads[crm].add(channel, aspen, won('30000', { partner: beech }));
    await pass();
    expect(await sourced()).toEqual({ Aspen: 150_000, Beech: 30_000 });
    expect(await complaints()).toBe(0);
  });

  it('go to another partner with their lead', async () => {
    leads[crm].move(channel, lead, beech);
    await pass();
    expect(await sourced()).toEqual({ Aspen: 50_000, Beech: 130_000 });
    leads[crm].move(channel, lead, aspen);
    await pass();
    expect(await sourced()).toEqual({ Aspen: 150_000, Beech: 30_000 });
  });

  it('count in full for both where all count', async () => {
    house = await open(countingAll(channel.mappings));
    await pass();
    expect(await sourced()).toEqual({ Aspen: 180_000, Beech: 30_000 });
    house = await open(channel.mappings);
    await pass();
    expect(await sourced()).toEqual({ Aspen: 150_000, Beech: 30_000 });
  });

  it('follow what the mapping says of their part, and are brought by nobody where it says nothing', async () => {
    const withDefaults = (defaults: ObjectMapping['defaults']) =>
      channel.mappings.map(({ defaults: old, ...each }) =>
        old === undefined || defaults === undefined ? each : { ...each, defaults },
      );
    house = await open(withDefaults({ role: 'influenced' }));
    await pass();
    expect(await sourced()).toEqual({ Aspen: 50_000, Beech: 30_000 });
    await emptyStore(store);
    house = await open(withDefaults(undefined));
    await pass();
    expect(await sourced()).toEqual({ Aspen: 50_000, Beech: 30_000 });
  });
});

describe('deals in dynamics whose partner is read through another row', () => {
  const credits: CreditMapping[] = [
    { field: 'originatingleadid.nw_partnerid', role: 'sourced', share: '100', isPrimary: true },
  ];

  it('follow that row with their own next change, or when everything is read', async () => {
    await emptyStore(store);
    const clock = { time: Date.parse('2026-03-02T10:00:00Z') };
    const now = () => clock.time;
    const adapt = (shipped: readonly ObjectMapping[]) =>
      shipped.map((each) => (each.name === 'deal' ? { ...each, credits } : each));
    const channel = await startChannel('dynamics', { seed: 4, now, program: starterProgram(), adapt });
    try {
      const [aspen, beech] = ['Aspen', 'Beech'].map(
        (name) => idsOf(channel.add('partner', { name, type: 'reseller' }))[0]!,
      );
      const deal = idsOf(channel.add('deal', { name: 'Through', amount: '1000', state: 'open' }))[0]!;
      const lead = leads.dynamics.add(channel, aspen!, deal);
      channel.org.set('opportunity', deal, { originatingleadid: lead });
      const connections = [{ crm: 'dynamics', connect: channel.connect, mappings: channel.mappings }];
      const house = await openChannelEngine({ store, now, connections });
      const credited = async (more?: { full: boolean }) => {
        clock.time += 600_000;
        await house.pass(more);
        const rows = await store.query<{ name: string }>(
          `select p.name from tierlink.credit c join tierlink.partner p on p.id = c.partner
           join tierlink.deal d on d.id = c.deal where d.name = 'Through' and c.deleted_at is null`,
        );
        return rows.map(({ name }) => name);
      };
      expect(await credited()).toEqual(['Aspen']);
      leads.dynamics.move(channel, lead, beech!);
      expect(await credited()).toEqual(['Aspen']);
      expect(await credited({ full: true })).toEqual(['Beech']);
    } finally {
      await channel.close();
    }
  });
});

describe('deals in dynamics that are connected with partners', () => {
  it('credit those in some roles only, where the scope says so', async () => {
    await emptyStore(store);
    const clock = { time: Date.parse('2026-03-02T10:00:00Z') };
    const now = () => clock.time;
    const channel = await startChannel('dynamics', { seed: 4, now, program: starterProgram() });
    try {
      const [aspen] = idsOf(channel.add('partner', { name: 'Aspen', type: 'reseller' }));
      const [deal] = idsOf(channel.add('deal', { name: 'Connected', amount: '1000', state: 'open' }));
      for (const role of ['distributor', 'influenced']) {
        idsOf(channel.add('credit', { deal: deal!, partner: aspen!, role }));
      }
      const roles = { 'record2roleid.name': ['Reseller', 'Advertiser'] };
      const mappings = channel.mappings.map((each) =>
        each.name === 'credit'
          ? { ...each, scope: { ...each.scope, where: { ...each.scope.where, ...roles } } }
          : each,
      );
      const house = await openChannelEngine({
        store,
        now,
        connections: [{ crm: 'dynamics', connect: channel.connect, mappings }],
      });
      await house.pass();
      const rows = await store.query(
        `select c.role from tierlink.credit c join tierlink.deal d on d.id = c.deal where d.name = 'Connected'`,
      );
      expect(rows).toEqual([{ role: 'influenced' }]);
    } finally {
      await channel.close();
    }
  });
});
