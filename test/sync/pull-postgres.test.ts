import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/open-store.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { openEmbeddedTestStore, openPostgresTestStore } from '../services/test-store.ts';
import { contentsOf, makeCrm, makeHouse, type PullHouse } from './pull-house.ts';

/** A little of everything: first reads, changes, holds, a merge, a deletion, scope, a full comparison. */
async function play(house: PullHouse): Promise<void> {
  const { crm } = house;
  for (let number = 1; number <= 30; number += 1) {
    crm.put('Account', `A${number}`, { Name: `P${number}`, Type: 'Partner', Tier: 'Gold', Phone: '1' });
    crm.put('Deal', `D${number}`, {
      Name: `D${number}`,
      Partner: `A${number}`,
      Account: 'C1',
      Amount: '1.50',
    });
    crm.put('Contact', `K${number}`, { Name: 'K', Account: `A${number % 7}` });
  }
  crm.put('DealPartner', 'P1', {
    Deal: 'D1',
    Partner: 'A2',
    Role: 'influenced',
    Share: '20',
    Primary: false,
  });
  await house.pull('Deal');
  await house.pullAll();
  await house.store.query(`update tierlink.partner set phone = 'ours' where name = 'P3'`);
  crm.put('Account', 'C1', { Name: 'Customer', Type: 'Customer' });
  crm.put('Account', 'A3', { Phone: 'theirs', Tier: 'Silver' });
  crm.put('Account', 'A4', { Name: null });
  crm.put('Account', 'A5', { Type: 'Customer' });
  crm.remove('Account', 'A6');
  crm.merge('Account', 'A7', 'A8');
  crm.remove('DealPartner', 'P1', { silently: true });
  await house.pullAll();
  await house.pullAll({ full: true });
}

describeWith(postgresPrograms)('pulling into PostgreSQL', () => {
  let store: Store;

  beforeAll(async () => {
    store = await openPostgresTestStore();
  });
  afterAll(async () => {
    await store.close();
  });

  it('ends in the same rows as the embedded size', async () => {
    await play(makeHouse(store));
    const embedded = await openEmbeddedTestStore();
    try {
      await play(makeHouse(embedded));
      expect(await contentsOf(store)).toEqual(await contentsOf(embedded));
    } finally {
      await embedded.close();
    }
  });

  it('loses nothing when parents and children are read at the same moment', async () => {
    const other = await openPostgresTestStore();
    try {
      const crm = makeCrm();
      const count = 200;
      for (let number = 1; number <= count; number += 1) {
        crm.put('Account', `A${number}`, { Name: `P${number}`, Type: 'Partner' });
        crm.put('Contact', `K${number}`, { Name: 'K', Account: `A${count + 1 - number}` });
        crm.put('Cert', `X${number}`, { Contact: `K${number}`, Code: 'PRO' });
      }
      const house = makeHouse(other, crm);
      await Promise.all(['Cert', 'Contact', 'Account'].map((object) => house.pull(object)));
      const [counts] = await other.query(
        `select (select count(*) from tierlink.person)::integer as people,
           (select count(*) from tierlink.certification)::integer as certs,
           (select count(*) from tierlink.held)::integer as held`,
      );
      expect(counts).toEqual({ people: count, certs: count, held: 0 });
    } finally {
      await other.close();
    }
  });
});
