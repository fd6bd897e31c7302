import { describe, expect, it } from '@jest/globals';
import { idsOf } from '../services/channel/channel.ts';
import { expectSameRecords, type IsDecidedElsewhere } from './convergence-records.ts';
import { playHistories } from './convergence-run.ts';
import { shared } from './convergence-shared.ts';
import type { Site, World } from './convergence-world.ts';

/** Partners and customers that both CRMs hold, by number, and what else people wrote there. */
const partnerNumbers = ['P-1', 'P-2', 'P-3'];
const customerNumbers = ['C-1', 'C-2'];

/** South decides on the phone number, north on everything else. */
const owners = {
  partner: { default: ['north', 'south'], phone: ['south', 'north'] },
  customer: { default: ['north', 'south'] },
};

/** Numbers what both hold. In one of them the same companies come in another order, with the other CRM's own values. */
function numberCompanies(sites: readonly Site[]): void {
  for (const [index, { channel }] of sites.entries()) {
    const number = (kind: 'partner' | 'customer', numbers: readonly string[]) => {
      const rows = index === 0 ? channel.rows(kind) : channel.rows(kind).reverse();
      for (const [place, each] of numbers.entries())
        idsOf(channel.edit(kind, rows[place]!.id, { number: each }));
    };
    number('partner', partnerNumbers);
    number('customer', customerNumbers);
  }
}

/** A row of ours with its live links. */
interface Held {
  recordId: string;
  links: { connection: string; crmId: string }[];
}

async function heldBy({ store }: World, entity: 'partner' | 'customer'): Promise<Held[]> {
  const rows = await store.query<{ record_id: string; connection: string; crm_id: string }>(
    `select record_id, connection, crm_id from tierlink.link where entity = $1 and state = 'live'
     order by connection, crm_id`,
    [entity],
  );
  const held = new Map<string, Held>();
  for (const { record_id: recordId, connection, crm_id: crmId } of rows) {
    const record = held.get(recordId) ?? { recordId, links: [] };
    record.links.push({ connection, crmId });
    held.set(recordId, record);
  }
  return [...held.values()];
}

/** The same number means the same record of ours, however often the companies were joined and parted. */
async function expectJoined(world: World, entity: 'partner' | 'customer'): Promise<void> {
  const held = await heldBy(world, entity);
  const recordOf = new Map(
    held.flatMap(({ recordId, links }) =>
      links.map(({ connection, crmId }) => [`${connection} ${crmId}`, recordId] as const),
    ),
  );
  const byNumber = new Map<string, Set<string | undefined>>();
  for (const { alias, channel } of world.sites) {
    for (const { id, number } of channel.rows(entity)) {
      if (number === null) continue;
      byNumber.set(number, (byNumber.get(number) ?? new Set()).add(recordOf.get(`${alias} ${id}`)));
    }
  }
  for (const [number, records] of byNumber) {
    expect({ number, records: records.size }).toEqual({ number, records: 1 });
    expect(records.has(undefined)).toBe(false);
  }
}

/** Of what both hold, each attribute that both may change is the same everywhere, or a person was asked. */
async function expectOwnersDecided(world: World): Promise<void> {
  const oursOf = await world.ours();
  const asked = await world.store.query<{ record_id: string; attribute: string }>(
    'select record_id, attribute from tierlink.difference',
  );
  const isAsked = new Set(asked.map(({ record_id: id, attribute }) => `${id} ${attribute}`));
  for (const { recordId, links } of await heldBy(world, 'partner')) {
    if (links.length < 2) continue;
    for (const what of shared.filter(({ entity }) => entity === 'partner')) {
      if (isAsked.has(`${recordId} ${what.attribute}`)) continue;
      for (const { connection, crmId } of links) {
        const { channel } = world.sites.find(({ alias }) => alias === connection)!;
        const row = channel.find('partner', crmId) as unknown as Record<string, unknown>;
        const theirs = row[what.attribute];
        const ours = oursOf(what, { connection, crmId });
        if (theirs === null && what.onBlank === 'keep') continue;
        const at = { connection, crmId, attribute: what.attribute };
        expect({ ...at, theirs }).toEqual({ ...at, theirs: ours });
      }
    }
  }
}

/** Names and kinds only come in, from the first CRM that holds the company; of two links of one CRM either may decide. */
async function decidedElsewhere(world: World): Promise<(site: Site) => IsDecidedElsewhere> {
  const elsewhere = new Set<string>();
  for (const entity of ['partner', 'customer'] as const) {
    for (const { links } of await heldBy(world, entity)) {
      const first = links.filter(({ connection }) => connection === links[0]!.connection);
      for (const link of links)
        if (first.length > 1 || link !== first[0])
          elsewhere.add(`${link.connection} ${entity} ${link.crmId}`);
    }
  }
  return ({ alias }) =>
    (entity, id) =>
      elsewhere.has(`${alias} ${entity} ${id}`);
}

async function expectAgreement(world: World): Promise<void> {
  await expectJoined(world, 'partner');
  await expectJoined(world, 'customer');
  await expectOwnersDecided(world);
  await expectSameRecords(world, await decidedElsewhere(world));
  expect(await world.store.query('select * from tierlink.takeover')).toEqual([]);
}

describe('Salesforce and Dynamics that feed one program and share companies, whatever happens in both', () => {
  it('end in agreement with the program and with the owner of each attribute, with nothing left to write', async () => {
    await playHistories({
      crms: ['salesforce', 'dynamics'],
      before: numberCompanies,
      owners,
      histories: 3,
      expectSame: expectAgreement,
    });
  }, 3_600_000);
});
