import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { refreshMetadata } from '../../src/sync/pull/metadata.ts';
import { groupRejects, retryRejects } from '../../src/sync/push/rejects.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { unreachable } from './fake-crm.ts';
import { connection, type House, mappings, openHouse } from './push-house.ts';

let store: Store;
let house: House;
storeForEach(async (opened) => {
  store = opened;
  house = await openHouse(store);
});

describe('a record that sharing hides while it is written', () => {
  const dayLater = async () => {
    house.clock.time += 86_400_000;
    const { crm, clock } = house;
    await refreshMetadata({ store, clock, connector: crm, connection, mappings, tiers: [] });
  };
  const idOf = (object: string) => [...house.crm.objects.get(object)!.keys()][0]!;
  /** The write arrives; before anybody can look, the record is hidden and the line is gone. */
  const hideWith = async (object: string) => {
    const { write } = house.crm;
    house.crm.write = async (request) => {
      const results = await write.call(house.crm, request);
      if (request.object !== object) return results;
      house.crm.hidden.add(idOf(object));
      house.crm.write = write;
      throw unreachable();
    };
    await expect(house.push()).rejects.toMatchObject({ code: 'CRM_UNREACHABLE' });
  };
  const reasons = async () => (await groupRejects(store)).map(({ code, count }) => ({ code, count }));

  it('is not created twice: it is refused by name, and linked once it can be seen again', async () => {
    await house.addSilver(1);
    await hideWith('Decision');
    expect((await house.push()).total).toMatchObject({ rejected: 1 });
    expect(await reasons()).toEqual([{ code: 'CRM_DUPLICATE', count: 1 }]);
    // Still hidden a day later: tried once more, and said once more.
    await dayLater();
    expect((await house.push()).total).toMatchObject({ created: 0, rejected: 1 });
    expect((await house.push()).total).toMatchObject({ claimed: 0 });
    house.crm.hidden.clear();
    await dayLater();
    expect((await house.push()).total).toMatchObject({ rejected: 0 });
    expect(house.crm.all('Decision')).toHaveLength(1);
    expect(await store.query(`select crm_id, keyed from tierlink.link where object = 'Decision'`)).toEqual([
      { crm_id: idOf('Decision'), keyed: true },
    ]);
    expect(await reasons()).toEqual([]);
    expect(await house.pending()).toEqual([]);
  });

  it('is linked at once when a person asks for it', async () => {
    await house.addSilver(1);
    await hideWith('Decision');
    await house.push();
    house.crm.hidden.clear();
    const filter = { code: 'CRM_DUPLICATE' };
    await store.transaction((tx) => retryRejects(tx, { filter, clock: house.clock, actor: 'admin' }));
    await house.push();
    expect(house.crm.all('Decision')).toHaveLength(1);
    expect(await reasons()).toEqual([]);
  });

  it('is looked up until it can be seen, where it was there before, and our own value is no edit then', async () => {
    const [id] = await house.addSilver(1);
    await hideWith('Account');
    expect((await house.push()).total).toMatchObject({ updated: 0, unknown: 1 });
    expect(await groupRejects(store)).toMatchObject([
      {
        code: 'CRM_GONE',
        count: 1,
        retry: 'by itself',
        meaning: expect.stringContaining('sharing hides it'),
      },
    ]);
    await house.decideTier(id!, 'Gold');
    const calls = house.crm.calls.length;
    expect((await house.push()).total).toMatchObject({ unknown: 0 });
    expect(house.crm.calls.slice(calls).filter(({ object }) => object === 'Account')).toEqual([]);
    house.crm.hidden.clear();
    house.clock.time += 3_600_000;
    await house.push();
    await house.push();
    expect(house.crm.all('Account')).toMatchObject([{ Tier: 'Gold', Our_Id: id }]);
    expect(await store.query('select * from tierlink.difference')).toEqual([]);
    expect(await reasons()).toEqual([]);
    expect(await house.pending()).toEqual([]);
  });

  it.each(['before it is sent', 'while its answer is lost'])(
    'is written once it can be seen, where the program made it and it was hidden %s',
    async (when) => {
      const [id] = await house.addSilver(1);
      await house.push();
      const crmId = idOf('Decision');
      await store.query(`update tierlink.decision set movement = 'keep'`);
      await house.decideTier(id!, 'Silver');
      if (when === 'before it is sent') house.crm.hidden.add(crmId);
      else await hideWith('Decision');
      await house.push();
      expect(await reasons()).toEqual([{ code: 'CRM_GONE', count: 1 }]);
      expect(await store.query(`select crm_id, state from tierlink.link where object = 'Decision'`)).toEqual([
        { crm_id: crmId, state: 'live' },
      ]);
      house.crm.hidden.clear();
      await dayLater();
      await house.push();
      expect(house.crm.get('Decision', crmId)).toMatchObject({ Movement: 'keep' });
      expect(house.crm.all('Decision')).toHaveLength(1);
      expect(await reasons()).toEqual([]);
      expect(await house.pending()).toEqual([]);
    },
  );

  it('is written a day later at most, where it was hidden before anything was sent', async () => {
    const [id] = await house.addSilver(1);
    house.crm.hidden.add(await house.crmIdOf(id!));
    await house.push();
    expect(await reasons()).toEqual([{ code: 'CRM_GONE', count: 1 }]);
    house.crm.hidden.clear();
    expect((await house.push()).total).toMatchObject({ claimed: 0 });
    await dayLater();
    await house.push();
    expect(house.crm.all('Account')).toMatchObject([{ Tier: 'Silver', Our_Id: id }]);
    expect(await reasons()).toEqual([]);
  });
});
