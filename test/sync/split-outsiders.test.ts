import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { emptyStore } from '../services/test-store.ts';
import { contentsOf, makeHouse, mappings, type PullHouse } from './pull-house.ts';

/** Deals that are shared with accounts that take no part in the program: what the CRM says is what they get. */

let store: Store;
let house: PullHouse;

storeForEach((opened) => {
  store = opened;
  house = makeHouse(store);
  house.crm.put('Account', 'A1', { Name: 'Aspen', Type: 'Partner' });
  house.crm.put('Account', 'O1', { Name: 'Outsider', Type: 'Supplier' });
});

const halves: ObjectMapping[] = mappings.map((each) =>
  each.name === 'deal'
    ? {
        ...each,
        credits: [
          { field: 'Partner', role: 'distributor', share: '50', isPrimary: false },
          { field: 'Reseller', role: 'reseller', share: '50', isPrimary: false },
        ],
      }
    : each,
);
const lookups = { mappings: halves };

const credited = async () =>
  (
    await house.rows<{ name: string; weight: string | null }>(
      `select p.name, c.weight from tierlink.credit c join tierlink.partner p on p.id = c.partner
       where c.deleted_at is null order by p.name, c.id`,
    )
  ).map(({ name, weight }) => `${name} ${weight}`);
const rejects = () => house.rows('select crm_id, attribute from tierlink.reject');

/** Reads the deal once more, with nothing changed that matters to who gets what. */
async function readAgain(more?: { mappings: ObjectMapping[] }): Promise<void> {
  house.crm.put('Deal', 'D1', { Name: 'Another name' });
  await house.pull('Deal', more);
}

describe('a split deal that is shared with an account outside the program', () => {
  it('gives the partner its own share, however often it is read', async () => {
    house.crm.put('Deal', 'D1', { Name: 'Deal', Partner: 'A1', Reseller: 'O1' });
    await house.pullAll(lookups);
    expect(await credited()).toEqual(['Aspen 50']);
    await readAgain(lookups);
    expect(await credited()).toEqual(['Aspen 50']);
    expect(await rejects()).toEqual([]);
    await house.pullAll({ ...lookups, full: true });
    expect(await credited()).toEqual(['Aspen 50']);
  });

  it('gives the outsider its share on the day on which it joins, and the others what they had', async () => {
    house.crm.put('Deal', 'D1', { Name: 'Deal', Partner: 'A1', Reseller: 'O1' });
    await house.pullAll(lookups);
    house.crm.put('Account', 'O1', { Name: 'Outsider', Type: 'Partner' });
    await house.pullAll(lookups);
    expect(await credited()).toEqual(['Aspen 50', 'Outsider 50']);
    const later = await contentsOf(store);
    await emptyStore(store);
    const other = makeHouse(store, house.crm);
    await other.pullAll(lookups);
    expect(await contentsOf(store)).toEqual(later);
  });

  it('is the same for rows of an object of their own', async () => {
    house.crm.put('Deal', 'D1', { Name: 'Deal' });
    house.crm.put('DealPartner', 'P1', { Deal: 'D1', Partner: 'A1', Role: 'sourced', Share: '60' });
    house.crm.put('DealPartner', 'P2', { Deal: 'D1', Partner: 'O1', Role: 'sourced', Share: '40' });
    await house.pullAll();
    expect(await credited()).toEqual(['Aspen 60']);
    expect(await rejects()).toEqual([]);
    house.crm.put('Account', 'A2', { Name: 'Beech', Type: 'Partner' });
    await house.pull('Account');
    house.crm.put('DealPartner', 'P2', { Deal: 'D1', Partner: 'A2', Role: 'sourced', Share: '40' });
    await house.pull('DealPartner');
    expect(await credited()).toEqual(['Aspen 60', 'Beech 40']);
    house.crm.put('DealPartner', 'P2', { Deal: 'D1', Partner: 'O1', Role: 'sourced', Share: '40' });
    await house.pull('DealPartner');
    expect(await credited()).toEqual(['Aspen 60']);
  });

  it('is the outsider’s where it has the whole, for a further partner without a share too', async () => {
    house.crm.put('Deal', 'D1', { Name: 'Deal', Partner: 'O1' });
    house.crm.put('DealPartner', 'P1', { Deal: 'D1', Partner: 'A1', Role: 'influenced', Share: null });
    await house.pullAll();
    expect(await credited()).toEqual(['Aspen 0']);
    await readAgain();
    expect(await credited()).toEqual(['Aspen 0']);
  });

  it('is named where the shares that the CRM gives are not a whole, outsiders and all', async () => {
    house.crm.put('Deal', 'D1', { Name: 'Deal' });
    house.crm.put('DealPartner', 'P1', { Deal: 'D1', Partner: 'A1', Role: 'sourced', Share: '60' });
    house.crm.put('DealPartner', 'P2', { Deal: 'D1', Partner: 'O1', Role: 'sourced', Share: '30' });
    await house.pullAll();
    expect(await credited()).toEqual(['Aspen null']);
    expect(await rejects()).toEqual([{ crm_id: 'D1', attribute: 'credits' }]);
  });

  it('is nobody’s business where all of them are outsiders', async () => {
    house.crm.put('Deal', 'D1', { Name: 'Deal', Partner: 'O1' });
    house.crm.put('DealPartner', 'P1', { Deal: 'D1', Partner: 'O1', Role: 'sourced', Share: '30' });
    await house.pullAll();
    await readAgain();
    expect(await rejects()).toEqual([]);
    house.crm.put('Account', 'O1', { Name: 'Outsider', Type: 'Partner' });
    await house.pullAll();
    expect(await rejects()).toEqual([{ crm_id: 'D1', attribute: 'credits' }]);
  });
});
