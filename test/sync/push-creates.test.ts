import { expect, it } from '@jest/globals';
import { newRecordId } from '../../src/model/record-id.ts';
import { markOutbox } from '../../src/store/mark-outbox.ts';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type House, mappings, openHouse } from './push-house.ts';

/** Records of the CRM's own objects that a push would make: in small numbers by itself, in large ones by a plan. */
let store: Store;
let house: House;
storeForEach(async (opened) => {
  store = opened;
  house = await openHouse(store);
});

const creating = mappings.map((mapping) =>
  mapping.entity === 'partner'
    ? {
        ...mapping,
        create: true,
        attributes: {
          ...mapping.attributes,
          name: { ...mapping.attributes.name!, direction: 'out' as const },
        },
      }
    : mapping,
);

async function newPartners(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_one, index) =>
    newRecordId('partner', 'import', 'partners', `row ${index}`),
  );
  await store.query(
    `insert into tierlink.partner (id, name) select id, 'New ' || id from unnest($1::text[]) as id`,
    [ids],
  );
  await store.transaction((tx) =>
    markOutbox(tx, { entity: 'partner', recordIds: ids, now: new Date(house.clock.now()).toISOString() }),
  );
  return ids;
}

it('are made while they are few', async () => {
  await newPartners(3);
  const result = await house.push({ mappings: creating, createsPerRun: 3 });
  expect(house.crm.all('Account')).toHaveLength(3);
  expect(result.heldCreates).toEqual([]);
});

it('are none of them made when they are more, while everything else goes out', async () => {
  const known = await house.addPartner('Known');
  await house.decideTier(known, 'Silver');
  await newPartners(4);
  const result = await house.push({ mappings: creating, createsPerRun: 3 });
  expect(result.heldCreates).toEqual([{ object: 'Account', count: 4 }]);
  expect(result.total).toMatchObject({ updated: 1 });
  expect(house.crm.all('Account').filter((row) => String(row.Name).startsWith('New'))).toEqual([]);
  const again = await house.push({ mappings: creating, createsPerRun: 3 });
  expect(again.heldCreates).toEqual([{ object: 'Account', count: 4 }]);
});

it('are made by a plan that names them, and no others', async () => {
  const [first, second] = await newPartners(4);
  const writes = [first!, second!].map((recordId) => ({
    object: 'Account',
    entity: 'partner' as const,
    recordId,
    crmId: null,
    after: [],
    changes: [{ attribute: 'name', before: null, after: `New ${recordId}`, moment: false }],
  }));
  const planned = { planId: 'p-1', why: null, restores: false, writes };
  const result = await house.push({ mappings: creating, createsPerRun: 0, planned });
  expect(result.total).toMatchObject({ created: 2, left: 0 });
  expect(house.crm.all('Account')).toHaveLength(2);
  expect((await house.pending()).filter((write) => write.record_id.startsWith('ptr_'))).toHaveLength(2);
});
