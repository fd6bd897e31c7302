import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { listDifferences, resolveDifferences } from '../../src/sync/push/differences.ts';
import { programOf } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPairHouse, type PairHouse } from './pair-house.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

async function tierOf(house: PairHouse, id: string): Promise<string | null> {
  const [state] = await house.store.query<{ tier: string | null }>(
    'select tier from tierlink.tier_state where partner_id = $1 and closed_at is null',
    [id],
  );
  return state?.tier ?? null;
}

async function tierDifferences(house: PairHouse): Promise<unknown[]> {
  const found = await listDifferences(house.store, { attribute: 'tier' });
  return found.map(({ connection, ours, theirs, kind }) => ({ connection, ours, theirs, kind }));
}

const southDiffers = { connection: 'south', ours: 'Gold', theirs: 'Silver', kind: 'drift' };

describe('two tiers that two CRMs hold for one partner', () => {
  it('are adopted from the owner; the other one is listed as a difference, however often it is read', async () => {
    const house = await openPairHouse(store);
    const ids = await house.addShared('Alder', { north: { Tier: 'Gold' }, south: { Tier: 'Silver' } });
    const id = await house.recordOf('north', ids.north);
    expect(await tierOf(house, id)).toBe('gold');
    expect(await tierDifferences(house)).toEqual([southDiffers]);
    await house.pass({ full: true });
    house.edit('south', ids.south, { Phone: '1' });
    await house.pass();
    expect(await tierDifferences(house)).toEqual([southDiffers]);
  });

  it('are adopted from the owner also when it comes second', async () => {
    const house = await openPairHouse(store, { owners: { partner: { tier: ['south'] } } });
    const ids = await house.addShared('Alder', {
      north: { Tier: 'Silver', Tier_Since: '2024-05-01' },
      south: { Tier: 'Gold' },
    });
    await house.pass();
    const id = await house.recordOf('north', ids.north);
    expect(await house.ours(id)).toMatchObject({ crm_tier: 'Gold', crm_tier_since: null });
    expect(await tierOf(house, id)).toBe('gold');
    expect(await tierDifferences(house)).toEqual([{ ...southDiffers, connection: 'north' }]);
  });

  it('differ no longer once the link of the owner has ended', async () => {
    const house = await openPairHouse(store);
    const ids = await house.addShared('Alder', { north: { Tier: 'Gold' }, south: { Tier: 'Silver' } });
    const id = await house.recordOf('north', ids.north);
    house.crms.north.remove('Account', ids.north);
    await house.pass();
    expect(await tierOf(house, id)).toBe('silver');
    expect(await tierDifferences(house)).toEqual([]);
  });

  it('make no difference when they are the same, or when one CRM holds none', async () => {
    const house = await openPairHouse(store);
    const same = await house.addShared('Alder', { north: { Tier: 'Gold' }, south: { Tier: 'Gold' } });
    const only = await house.addShared('Birch', { north: {}, south: { Tier: 'Silver' } });
    await house.pass();
    expect(await tierOf(house, await house.recordOf('north', same.north))).toBe('gold');
    expect(await house.ours(await house.recordOf('north', only.north))).toMatchObject({ crm_tier: 'Silver' });
    expect(await tierDifferences(house)).toEqual([]);
  });
});

describe('two tiers of records that a CRM merges', () => {
  it('are held against each other when the other CRM keeps one of them', async () => {
    const house = await openPairHouse(store);
    const loser = await house.addShared('Alder', { north: {}, south: { Tier: 'Silver' } });
    const winner = house.addPartner('north', 'Birch', { Tier: 'Gold' });
    await house.pass();
    house.crms.north.merge('Account', winner, loser.north);
    await house.pass();
    await house.pass();
    const id = await house.recordOf('north', winner);
    expect(await house.recordOf('south', loser.south)).toBe(id);
    expect(await tierOf(house, id)).toBe('gold');
    expect(await tierDifferences(house)).toEqual([southDiffers]);
  });
});

describe('the tier that the program decides', () => {
  let house: PairHouse;
  beforeEach(async () => {
    house = await openPairHouse(store);
  });

  it('goes to every linked record in every connection with write-back on that it owns tiers in', async () => {
    const ids = await house.addShared('Alder');
    await house.turnOn('north', 'south');
    await house.own('north');
    await house.pass();
    expect(house.account('north', ids.north)).toMatchObject({ Tier: 'Bronze' });
    expect(house.account('south', ids.south).Tier ?? null).toBeNull();
    await house.own('south');
    await house.pass();
    const told = house.account('north', ids.north);
    for (const field of [
      'Tier',
      'Tier_Since',
      'Tier_Next_Review',
      'Tier_Status',
      'Tier_Summary',
      'Tier_Decision',
    ])
      expect(house.account('south', ids.south)[field]).toBe(told[field]);
    const decisions = (side: 'north' | 'south') => house.crms[side].rows('Decision').length;
    expect(decisions('south')).toBe(decisions('north'));
    house.crms.south.insert('Deal', [
      { Name: 'Deal', Amount: '6000', Won: true, Close_On: '2026-02-01', Partner: ids.south },
    ]);
    await house.pass();
    expect(house.account('north', ids.north)).toMatchObject({ Tier: 'Gold' });
    expect(house.account('south', ids.south)).toMatchObject({ Tier: 'Gold' });
  });

  it('is not written over a tier that a CRM holds which is connected later: that is a difference', async () => {
    const north = house.addPartner('north', 'Alder');
    await house.pass();
    await house.turnOn('north', 'south');
    await house.own('north', 'south');
    await house.pass();
    const id = await house.recordOf('north', north);
    const south = house.addPartner('south', 'Alder', { Our_Id: id, Tier: 'Silver' });
    await house.pass();
    await house.pass();
    expect(house.account('south', south)).toMatchObject({ Tier: 'Silver' });
    expect(await tierDifferences(house)).toEqual([{ ...southDiffers, ours: 'Bronze' }]);
    const { clock } = house;
    await resolveDifferences({ store, clock, actor: 'admin', filter: { attribute: 'tier' }, take: 'ours' });
    await house.pass();
    expect(house.account('south', south)).toMatchObject({ Tier: 'Bronze' });
    expect(await tierDifferences(house)).toEqual([]);
  });
});

describe('the tiers of partners that are on a specialisation and on no ladder', () => {
  const program = programOf({
    head: 'specialisations: [{ key: proven, label: Proven, partnerTypes: [reseller], requirements: { partner: { attribute: name, is: Birch } } }]',
    kpis: '  points: { label: Points, help: Points, unit: number, measure: { sum: fact.quantity } }',
    ladders: `  - key: main
    label: Main
    partnerTypes: [msp]
    tiers: [{ key: silver, label: Silver }, { key: gold, label: Gold, requirements: { kpi: points, atLeast: 9 } }]`,
  });
  const owned = async (options: Parameters<typeof openPairHouse>[1] = {}) => {
    const house = await openPairHouse(store, { program, ...options });
    house.addPartner('north', 'First');
    await house.pass();
    await house.own('north', 'south');
    return house;
  };

  it('are those of the CRM that owns them, also where it comes second', async () => {
    const house = await owned({ owners: { partner: { tier: ['south'] } } });
    const ids = await house.addShared('Alder', { north: { Tier: 'Silver' }, south: { Tier: 'Gold' } });
    const states = await store.query('select ladder, mode from tierlink.tier_state where partner_id = $1', [
      await house.recordOf('north', ids.north),
    ]);
    expect(states).toEqual([{ ladder: 'proven', mode: 'owned' }]);
    expect(await house.ours(await house.recordOf('north', ids.north))).toMatchObject({ crm_tier: 'Gold' });
  });

  it('are those of the CRM that owns them, also of a record that comes to it by a merge in the other one', async () => {
    const house = await owned({ owners: { partner: { tier: ['south'] } } });
    const loser = await house.addShared('Alder', { north: {}, south: { Tier: 'Silver' } });
    const winner = house.addPartner('north', 'Birch', { Tier: 'Gold' });
    await house.pass();
    house.crms.north.merge('Account', winner, loser.north);
    await house.pass();
    await house.pass();
    expect(await house.ours(await house.recordOf('north', winner))).toMatchObject({ crm_tier: 'Silver' });
  });
});
