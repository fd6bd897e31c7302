import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { expireLeases, Killed, Lifetime, mortalStore } from './dying.ts';
import { openPairHouse, type PairHouse, partnerLines } from './pair-house.ts';
import { mapping, mappings } from './pass-house.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

const countryIn = { country: { field: 'Region', direction: 'in' }, region: null };
const countryKept = { country: { field: 'Region', direction: 'in', onBlank: 'keep' }, region: null };

/** Passes until nothing is left to do, and checks that the next one writes nothing. */
async function settle(house: PairHouse): Promise<void> {
  for (let times = 0; times < 3; times += 1) await house.pass();
  const before = house.writes().length;
  const { value } = await house.pass();
  expect(house.writes().slice(before)).toEqual([]);
  for (const { error } of value!.connections) expect(error).toBeNull();
}

async function audits(from: Store, action: string): Promise<unknown[]> {
  return await from.query(
    'select connection, before, after from tierlink.audit where action = $1 order by id',
    [action],
  );
}

describe('an attribute that two connections bring in', () => {
  it('is decided by the first connection of the project; the other one is ignored, again and again', async () => {
    const house = await openPairHouse(store, {
      mappings: { north: partnerLines(countryIn), south: partnerLines(countryIn) },
    });
    const ids = await house.addShared('Alder', { north: { Region: 'Sweden' }, south: { Region: 'Norway' } });
    const id = await house.recordOf('north', ids.north);
    expect(await house.recordOf('south', ids.south)).toBe(id);
    expect(await house.ours(id)).toMatchObject({ country: 'Sweden' });
    house.edit('south', ids.south, { Region: 'Peru' });
    await house.pass({ full: true });
    expect(await house.ours(id)).toMatchObject({ country: 'Sweden' });
    house.edit('north', ids.north, { Region: 'Chile' });
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ country: 'Chile' });
  });

  it('is decided as the owners say, attribute by attribute', async () => {
    const lines = { ...countryIn, phone: { field: 'Phone', direction: 'in' } };
    const house = await openPairHouse(store, {
      mappings: { north: partnerLines(lines), south: partnerLines(lines) },
      owners: { partner: { default: ['north', 'south'], phone: ['south', 'north'] } },
    });
    const ids = await house.addShared('Alder', {
      north: { Region: 'Sweden', Phone: '1' },
      south: { Region: 'Norway', Phone: '2' },
    });
    expect(await house.ours(await house.recordOf('north', ids.north))).toMatchObject({
      country: 'Sweden',
      phone: '2',
    });
  });

  it.each(['deleted', 'out of scope'])(
    'passes to the next connection when the record of the owner is %s, though nothing changed there',
    async (how) => {
      const house = await openPairHouse(store, {
        mappings: { north: partnerLines(countryIn), south: partnerLines(countryIn) },
      });
      const ids = await house.addShared('Alder', {
        north: { Region: 'Sweden' },
        south: { Region: 'Norway' },
      });
      const id = await house.recordOf('north', ids.north);
      if (how === 'deleted') house.crms.north.remove('Account', ids.north);
      else house.edit('north', ids.north, { Kind: 'Other' });
      await settle(house);
      expect(await house.ours(id)).toMatchObject({ country: 'Norway', in_scope: true, deleted_at: null });
      if (how === 'deleted') house.crms.north.restore('Account', ids.north);
      else house.edit('north', ids.north, { Kind: 'Partner' });
      await settle(house);
      expect(await house.ours(id)).toMatchObject({ country: 'Sweden' });
      house.crms.south.remove('Account', ids.south);
      await settle(house);
      expect(await house.ours(id)).toMatchObject({ country: 'Sweden', deleted_at: null });
      house.crms.north.remove('Account', ids.north);
      await settle(house);
      expect(await house.ours(id)).not.toMatchObject({ deleted_at: null });
    },
  );

  it('passes on when the owners change in the file, and reads only records that both hold', async () => {
    const own = { north: partnerLines(countryIn), south: partnerLines(countryIn) };
    const house = await openPairHouse(store, { mappings: own });
    const ids = await house.addShared('Alder', { north: { Region: 'Sweden' }, south: { Region: 'Norway' } });
    house.addPartner('south', 'Birch', { Region: 'Peru' });
    await settle(house);
    const id = await house.recordOf('north', ids.north);
    house.configure({ mappings: own, owners: { partner: { country: ['south'] } } });
    await house.pass();
    expect(await house.ours(id)).toMatchObject({ country: 'Norway' });
    await settle(house);
    house.configure({ mappings: own });
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ country: 'Sweden' });
  });

  it('passes on when the owner maps it no longer, and when its connection is removed', async () => {
    const own = { north: partnerLines(countryIn), south: partnerLines(countryIn) };
    const house = await openPairHouse(store, { mappings: own });
    const ids = await house.addShared('Alder', { north: { Region: 'Sweden' }, south: { Region: 'Norway' } });
    const id = await house.recordOf('north', ids.north);
    house.configure({ mappings: { ...own, north: partnerLines({ region: null }) } });
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ country: 'Norway' });
    house.configure({ mappings: own });
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ country: 'Sweden' });
    house.configure({ mappings: { south: own.south } });
    await house.pass();
    expect(await house.ours(id)).toMatchObject({ country: 'Norway', in_scope: true });
  });

  it('is cleared by a blank of the owner, or left to the other one where the mapping keeps what is there', async () => {
    const house = await openPairHouse(store, {
      mappings: { north: partnerLines(countryIn), south: partnerLines(countryIn) },
    });
    const ids = await house.addShared('Alder', { north: { Region: 'Sweden' }, south: { Region: 'Norway' } });
    const id = await house.recordOf('north', ids.north);
    house.edit('north', ids.north, { Region: null });
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ country: null });
    house.configure({ mappings: { north: partnerLines(countryKept), south: partnerLines(countryIn) } });
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ country: 'Norway' });
    house.edit('south', ids.south, { Region: 'Peru' });
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ country: 'Peru' });
    house.edit('north', ids.north, { Region: 'Chile' });
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ country: 'Chile' });
    house.edit('north', ids.north, { Region: null });
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ country: 'Peru' });
  });
});

describe('a process that dies while a word passes on', () => {
  it('leaves the record to be read by the next one, wherever it dies', async () => {
    const house = await openPairHouse(store, {
      mappings: { north: partnerLines(countryIn), south: partnerLines(countryIn) },
    });
    const ids = await house.addShared('Alder', { north: { Region: 'Sweden' }, south: { Region: 'Norway' } });
    const id = await house.recordOf('north', ids.north);
    for (let steps = 8; steps < 60; steps += 3) {
      house.crms.north.remove('Account', ids.north);
      const life = new Lifetime(steps);
      const engine = { ...house.engine, store: mortalStore(store, life) };
      await house.pass({ engine }).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      await expireLeases(store);
      await house.pass();
      expect(await house.ours(id)).toMatchObject({ country: 'Norway', deleted_at: null });
      house.crms.north.restore('Account', ids.north);
      await house.pass();
      expect(await house.ours(id)).toMatchObject({ country: 'Sweden' });
    }
  });
});

describe('an attribute that both sides of two connections may change', () => {
  it('flows from the owner to every link, and what people change elsewhere is put back and audited', async () => {
    const house = await openPairHouse(store);
    const ids = await house.addShared('Alder', { north: { Phone: '1' }, south: { Phone: '2' } });
    await house.turnOn('north', 'south');
    await settle(house);
    expect(house.account('south', ids.south)).toMatchObject({ Phone: '1' });
    house.edit('north', ids.north, { Phone: '3' });
    await settle(house);
    expect(house.account('south', ids.south)).toMatchObject({ Phone: '3' });
    house.edit('south', ids.south, { Phone: '9' });
    await settle(house);
    expect(house.account('north', ids.north)).toMatchObject({ Phone: '3' });
    expect(house.account('south', ids.south)).toMatchObject({ Phone: '3' });
    expect(await audits(house.store, 'overrule')).toEqual([
      { connection: 'south', before: { phone: '2' }, after: { phone: '1' } },
      { connection: 'south', before: { phone: '9' }, after: { phone: '3' } },
    ]);
    expect(await house.store.query('select * from tierlink.difference')).toEqual([]);
  });

  it('takes the value of a connection with more authority at its first reading', async () => {
    const house = await openPairHouse(store, { owners: { partner: { phone: ['south'] } } });
    const ids = await house.addShared('Alder', { north: { Phone: '1' }, south: { Phone: '2' } });
    await house.turnOn('north', 'south');
    await settle(house);
    expect(house.account('north', ids.north)).toMatchObject({ Phone: '2' });
    expect(house.account('south', ids.south)).toMatchObject({ Phone: '2' });
  });

  it('fills a blank at the first meeting, whoever owns it; later a blank of the owner clears', async () => {
    const house = await openPairHouse(store);
    const one = await house.addShared('Alder', { north: { Phone: null }, south: { Phone: '2' } });
    const other = await house.addShared('Birch', { north: { Phone: '1' }, south: { Phone: null } });
    await house.turnOn('north', 'south');
    await settle(house);
    expect(house.account('north', one.north)).toMatchObject({ Phone: '2' });
    expect(house.account('south', other.south)).toMatchObject({ Phone: '1' });
    house.edit('north', one.north, { Phone: null });
    await settle(house);
    expect(house.account('south', one.south)).toMatchObject({ Phone: null });
  });

  it('is taken over as the CRM holds it, also where nothing was written there', async () => {
    const house = await openPairHouse(store);
    const ids = await house.addShared('Alder', { north: { Phone: '1' }, south: { Phone: '2' } });
    await house.turnOn('north');
    await settle(house);
    const id = await house.recordOf('north', ids.north);
    house.crms.north.remove('Account', ids.north);
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ phone: '2' });
  });

  it.each(['the record', 'the value'])(
    'is taken over later where %s is invalid at that moment',
    async (what) => {
      const isWhole = what === 'the record';
      const lines = { ...countryIn, country: { ...countryIn.country, required: isWhole } };
      const own = partnerLines(
        isWhole ? lines : { startedOn: { field: 'Started_On', direction: 'both', policy: 'crm' } },
      );
      const house = await openPairHouse(store, { mappings: { north: own, south: own } });
      const ids = await house.addShared('Alder', {
        north: { Region: 'SE', Phone: '1' },
        south: { Region: 'NO', Phone: '2' },
      });
      const id = await house.recordOf('north', ids.north);
      await house.turnOn('south');
      house.edit('south', ids.south, isWhole ? { Region: null } : { Started_On: 'soon' });
      house.crms.north.remove('Account', ids.north);
      for (let times = 0; times < 3; times += 1) await house.pass();
      expect(house.account('south', ids.south)).toMatchObject(
        isWhole ? { Phone: '2' } : { Started_On: 'soon' },
      );
      house.edit('south', ids.south, isWhole ? { Region: 'NO' } : { Started_On: '2025-05-05' });
      await settle(house);
      expect(await house.ours(id)).toMatchObject(isWhole ? { phone: '2' } : { started_on: '2025-05-05' });
      expect(await store.query('select crm_id from tierlink.takeover')).toEqual([]);
    },
  );

  it('is not written over by what was planned before, until it was read', async () => {
    const own = partnerLines({ region: null });
    const house = await openPairHouse(store, {
      mappings: { north: own, south: own },
      owners: { partner: { phone: ['south', 'north'] } },
    });
    const ids = await house.addShared('Alder', { north: { Phone: '1' }, south: { Phone: '2' } });
    const id = await house.recordOf('north', ids.north);
    await house.turnOn('north');
    house.crms.north.faults.add({ kind: 'locked', times: 1, object: 'Account' } as never);
    await house.pass();
    expect(house.account('north', ids.north).Phone).toBe('1');
    house.clock.time += 3_600_000;
    house.crms.south.remove('Account', ids.south);
    for (let times = 0; times < 3; times += 1) await house.pass();
    expect(house.account('north', ids.north).Phone).toBe('1');
    expect(await house.ours(id)).toMatchObject({ phone: '1' });
  });

  it('leaves no conflict open where nothing is decided any more', async () => {
    const house = await openPairHouse(store);
    const south = house.addPartner('south', 'Alder', { Phone: '1' });
    await house.pass();
    const id = await house.recordOf('south', south);
    await house.store.query(`update tierlink.partner set phone = '5' where id = $1`, [id]);
    house.edit('south', south, { Phone: '2' });
    await house.pass();
    expect(await house.store.query('select attribute from tierlink.difference')).toHaveLength(1);
    house.addPartner('north', 'Alder', { Phone: '7', Our_Id: id });
    await house.turnOn('north', 'south');
    await settle(house);
    expect(await house.store.query('select attribute from tierlink.difference')).toEqual([]);
    expect(house.account('south', south)).toMatchObject({ Phone: '7' });
  });

  it('reaches a connection that maps it both ways when the owner only brings it in', async () => {
    const own = partnerLines({ phone: { field: 'Phone', direction: 'in' } });
    const house = await openPairHouse(store, { mappings: { north: own, south: mappings } });
    const ids = await house.addShared('Alder', { north: { Phone: '1' }, south: { Phone: '2' } });
    await house.turnOn('north', 'south');
    await settle(house);
    expect(house.account('south', ids.south)).toMatchObject({ Phone: '1' });
    house.edit('north', ids.north, { Phone: '3' });
    await settle(house);
    expect(house.account('south', ids.south)).toMatchObject({ Phone: '3' });
  });
});

describe('records that a CRM merges while another one holds them too', () => {
  it('take what the other connection decides along to the survivor', async () => {
    const lines = { ...countryIn, phone: { field: 'Phone', direction: 'both' } };
    const house = await openPairHouse(store, {
      mappings: { north: partnerLines(countryIn), south: partnerLines(lines) },
      owners: { partner: { country: ['south'] } },
    });
    const loser = await house.addShared('Alder', {
      north: { Region: 'Sweden' },
      south: { Region: 'Norway', Phone: '5' },
    });
    const winner = house.addPartner('north', 'Birch', { Region: 'Chile' });
    await house.turnOn('north', 'south');
    await settle(house);
    house.crms.north.merge('Account', winner, loser.north);
    await settle(house);
    const id = await house.recordOf('north', winner);
    expect(await house.recordOf('south', loser.south)).toBe(id);
    expect(await house.ours(id)).toMatchObject({
      name: 'Birch',
      country: 'Norway',
      phone: '5',
      in_scope: true,
    });
    expect(house.account('south', loser.south)).toMatchObject({ Phone: '5', Region: 'Norway' });
  });

  it('stay in the program while the other one holds them, though the survivor is not part of it', async () => {
    const house = await openPairHouse(store);
    const ids = await house.addShared('Alder');
    const id = await house.recordOf('north', ids.north);
    const winner = house.addPartner('north', 'Stranger', { Kind: 'Other' });
    house.crms.north.merge('Account', winner, ids.north);
    await settle(house);
    expect(await house.ours(id)).toMatchObject({ in_scope: true, merged_into: null });
  });
});

describe('pages of two connections whose mappings are in opposite order', () => {
  it('take what they share in one order, so that none waits for the other one', async () => {
    const customer = mapping('customer', {
      object: 'Account',
      entity: 'customer',
      scope: { where: { Kind: ['Partner'] } },
      attributes: { name: { field: 'Name', direction: 'in' } },
    });
    const taken: string[][] = [];
    const transaction: Store['transaction'] = async (work, ...more) =>
      await store.transaction(
        async (tx) => {
          const locks: string[] = [];
          taken.push(locks);
          const query: typeof tx.query = async (sql, parameters) => {
            const name = String(parameters?.[0]);
            if (name.startsWith('tierlink shared ')) locks.push(name.slice('tierlink shared '.length));
            return await tx.query(sql, parameters);
          };
          return await work({ ...tx, query });
        },
        ...more,
      );
    const house = await openPairHouse(
      { ...store, transaction },
      { mappings: { north: [...mappings, customer], south: [customer, ...mappings] } },
    );
    await house.pass();
    taken.length = 0;
    house.addPartner('north', 'Alder');
    house.addPartner('south', 'Birch');
    await house.pass();
    const several = taken.filter((locks) => new Set(locks).size > 1);
    expect(several).toEqual([
      ['partner', 'customer'],
      ['partner', 'customer'],
    ]);
  });
});
