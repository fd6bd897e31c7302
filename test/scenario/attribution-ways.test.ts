import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { compactField } from '../../connectors/salesforce/simulator/metadata-field.ts';
import type { Org } from '../../connectors/salesforce/simulator/org.ts';
import { type StandIn, startStandIn } from '../../connectors/salesforce/stand-in.ts';
import { testRecord } from '../../src/app/map-test.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { Store } from '../../src/store/store.ts';
import { checkMappings } from '../../src/sync/mapping/check.ts';
import { describeRelated } from '../../src/sync/mapping/check-paths.ts';
import { type ObjectMapping, objectMappingSchema } from '../../src/sync/mapping/schema.ts';
import { objectsOf } from '../../src/sync/pull/metadata.ts';
import { openChannelEngine, shippedMappings } from '../services/channel-engine.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { type Cast, castOf } from './cast.ts';
import { openStage } from './stage.ts';

/** The ways in which a Salesforce org can name the partner of a deal, each as the connector's README writes it. */

const start = Date.parse('2026-03-02T10:00:00Z');
let store: Store;
let standIn: StandIn;
let org: Org;
let cast: Cast;
let clock: { time: number };
let deal: string;
let aspen: string;
let beech: string;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

beforeEach(async () => {
  await emptyStore(store);
  clock = { time: start };
  standIn = await startStandIn({ data: fromPackageRoot('test/scenario/bare-org'), now: () => clock.time });
  org = standIn.simulator.org;
  org.schema.putField('Campaign', compactField('Partner__c', 'reference cunfsg -> Account (Partner__r)'));
  cast = castOf(org);
  [aspen, beech] = [cast.partner('Aspen'), cast.partner('Beech')];
  deal = cast.won('', 1000, '2025-11-01', { Partner__c: null });
});
afterEach(async () => await standIn.close());

/** The shipped mappings of partners and deals, and how this org names the partner. */
function mappingsWith(change: Partial<ObjectMapping>, entity: 'deal' | 'credit'): ObjectMapping[] {
  const wanted = shippedMappings().filter(({ name }) => ['partner', 'deal', 'credit'].includes(name));
  return wanted
    .filter(({ name }) => name !== 'credit' || entity === 'credit')
    .map((each) => (each.name === entity ? { ...each, ...change } : each));
}

const lookup = (field: string): Partial<ObjectMapping> => ({
  credits: objectMappingSchema.shape.credits.parse([
    { field, role: 'sourced', share: '100', isPrimary: true },
  ]),
});

async function open(mappings: ObjectMapping[]) {
  const house = await openChannelEngine({
    store,
    now: () => clock.time,
    connections: [{ connect: standIn.options, mappings }],
  });
  return async (more?: { full: boolean }) => {
    clock.time += 600_000;
    await house.pass(more);
    const rows = await store.query<{ name: string; role: string; weight: string }>(
      `select p.name, c.role, c.weight from tierlink.credit c join tierlink.partner p on p.id = c.partner
       where c.deleted_at is null and c.in_scope order by p.name, c.role`,
    );
    return rows.map(({ name, role, weight }) => `${name} ${role} ${weight}`);
  };
}

function addPartnerUser(account: string): string {
  const [contact] = org.insert('Contact', [{ LastName: 'P', AccountId: account }]);
  const profile = [...org.rows('Profile')].find((row) => row.Name === 'Partner Community User');
  const [user] = org.insert('User', [
    {
      LastName: 'P',
      Username: 'p@x.example',
      Email: 'p@x.example',
      Alias: 'p',
      ProfileId: profile!.Id,
      ContactId: contact!.id,
      IsActive: true,
      TimeZoneSidKey: 'GMT',
      CommunityNickname: 'p',
    },
  ]);
  return user!.id!;
}

describe('the partner of a deal', () => {
  it('is that of the user who owns it', async () => {
    const credited = await open(mappingsWith(lookup('PartnerAccountId'), 'deal'));
    expect(await credited()).toEqual([]);
    cast.edit(deal, { OwnerId: addPartnerUser(aspen) });
    expect(await credited()).toEqual(['Aspen sourced 100']);
    cast.edit(deal, { OwnerId: standIn.simulator.users.admin });
    expect(await credited()).toEqual([]);
  });

  it('has both of its shares where two lookups name it, also where one of them is written with a creation', async () => {
    org.schema.putField('Opportunity', compactField('Second__c', 'reference cunfsg -> Account (Second__r)'));
    const credits = objectMappingSchema.shape.credits.parse([
      { field: 'Partner__c', role: 'sourced', share: '60', onCreate: true },
      { field: 'Second__c', role: 'sourced', share: '40' },
    ]);
    const credited = await open(mappingsWith({ credits }, 'deal'));
    cast.edit(deal, { Partner__c: aspen, Second__c: aspen });
    expect((await credited()).sort()).toEqual(['Aspen sourced 40', 'Aspen sourced 60']);
  });

  it('is that of its campaign, which it follows with its own next change or when everything is read', async () => {
    const mappings = mappingsWith(lookup('Campaign.Partner__c'), 'deal');
    const credited = await open(mappings);
    const [campaign] = org.bulkLoad('Campaign', [{ Name: 'Fair', Partner__c: aspen }]);
    cast.edit(deal, { CampaignId: campaign! });
    expect(await credited()).toEqual(['Aspen sourced 100']);
    cast.edit(campaign!, { Partner__c: beech });
    expect(await credited()).toEqual(['Aspen sourced 100']);
    expect(await credited({ full: true })).toEqual(['Beech sourced 100']);
    cast.edit(campaign!, { Partner__c: aspen });
    cast.edit(deal, { Name: 'Another name' });
    expect(await credited()).toEqual(['Aspen sourced 100']);
  });

  it('is the primary one of its partner roles', async () => {
    const credited = await open(mappingsWith({ scope: { where: { IsPrimary: [true] } } }, 'credit'));
    addRole(aspen, 'Distributor', false);
    addRole(beech, 'System Integrator', true);
    expect(await credited()).toEqual(['Beech influenced 100']);
  });

  it('is each that has one of some roles', async () => {
    const where = { Role: ['VAR/Reseller', 'Distributor'] };
    const credited = await open(mappingsWith({ scope: { where } }, 'credit'));
    addRole(aspen, 'Distributor', false);
    addRole(beech, 'System Integrator', true);
    expect(await credited()).toEqual(['Aspen distributor 100']);
  });

  it('passes the check, however it is named', async () => {
    const house = await openChannelEngine({
      store,
      now: () => clock.time,
      connections: [{ connect: standIn.options }],
    });
    const connector = house.connection.connector();
    for (const field of ['PartnerAccountId', 'Campaign.Partner__c', 'Campaign.Nobody__c']) {
      const own = mappingsWith(lookup(field), 'deal');
      const descriptions = await connector.describe(objectsOf(own));
      const related = await describeRelated(connector, own, descriptions);
      const found = checkMappings(own, descriptions, { related }).filter(({ path }) =>
        path!.startsWith('credits'),
      );
      expect(found.map(({ code }) => code)).toEqual(field.endsWith('Nobody__c') ? ['FIELD_MISSING'] : []);
    }
  });
});

describe('map test', () => {
  it('shows what a mapping says by itself beside what it reads', async () => {
    const stage = await openStage({
      store,
      edit: (folder) =>
        writeFileSync(
          join(folder, 'mappings/salesforce/lead-credit.yaml'),
          `object: Lead
entity: credit
defaults: { role: sourced }
attributes:
  deal: { field: ConvertedOpportunityId, direction: in, required: true }
  partner: { field: Partner__c, direction: in, required: true }
`,
        ),
    });
    try {
      const [lead] = stage.org.bulkLoad('Lead', [{ LastName: 'Buyer', Company: 'Company' }]);
      const asked = { record: lead!, object: 'Lead' };
      const { mappings } = await testRecord(stage.app, stage.app.connection(), asked);
      const { attributes } = mappings.find(({ mapping }) => mapping === 'lead-credit')!;
      expect(attributes.find(({ attribute }) => attribute === 'role')).toMatchObject({
        field: '',
        theirs: null,
        becomes: { kind: 'value', value: 'sourced' },
      });
    } finally {
      await stage.close();
    }
  });
});

function addRole(partner: string, role: string, isPrimary: boolean): void {
  org.bulkLoad('OpportunityPartner', [
    { OpportunityId: deal, AccountToId: partner, Role: role, IsPrimary: isPrimary },
  ]);
}
