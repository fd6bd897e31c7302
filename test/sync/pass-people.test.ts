import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { relinkConnection } from '../../src/sync/links/connection-settings.ts';
import { runKpis, runPull, runPush, runTiers } from '../../src/sync/pass/steps.ts';
import { listDifferences, resolveDifferences } from '../../src/sync/push/differences.ts';
import { groupRejects } from '../../src/sync/push/rejects.ts';
import { loadConnection } from '../../src/sync/records/connections.ts';
import { keepOverride } from '../../src/tier/overrides.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { mappings, openPassHouse, type PassHouse } from './pass-house.ts';

let store: Store;
let house: PassHouse;
let partner: string;
storeForEach(async (opened) => {
  store = opened;
  house = await openPassHouse(store);
  partner = house.addPartner('Northwind', { Phone: '111' });
  house.addDeal(partner, '1500.00');
  await house.pass();
  await house.turnOn();
  await house.pass();
});

const resolveWith = (take: 'ours' | 'theirs') => ({
  store,
  clock: house.clock,
  actor: 'admin',
  filter: {},
  take,
});

async function ourId(): Promise<string> {
  const [row] = await store.query<{ id: string }>('select id from tierlink.partner');
  return row!.id;
}

describe('people in the CRM', () => {
  it('who set the tier that the program was about to set agree with it', async () => {
    house.crm.update('Account', partner, { Tier: 'Gold' });
    house.addDeal(partner, '4000.00');
    await house.pass();
    await house.pass();
    expect(house.account(partner).Tier).toBe('Gold');
    expect(await listDifferences(store, { kind: 'drift' })).toEqual([]);
  });

  it('see drift of a tier reported, not overwritten, and get ours back once a person says so', async () => {
    house.crm.update('Account', partner, { Tier: 'Gold' });
    await house.pass();
    await house.pass();
    expect(house.account(partner).Tier).toBe('Gold');
    const [drift] = await listDifferences(store);
    expect(drift).toMatchObject({ kind: 'drift', attribute: 'tier', ours: 'Silver', theirs: 'Gold' });
    expect(await resolveDifferences(resolveWith('ours'))).toBe(1);
    await house.pass();
    expect(house.account(partner).Tier).toBe('Silver');
    expect(await listDifferences(store)).toEqual([]);
  });

  it('get the tier that they set as an override when it is accepted', async () => {
    house.crm.update('Account', partner, { Tier: 'Gold' });
    await house.pass();
    await expect(resolveDifferences(resolveWith('theirs'))).rejects.toMatchObject({
      code: 'OVERRIDE_INVALID',
    });
    await resolveDifferences({
      ...resolveWith('theirs'),
      override: async ({ partnerId, tier }) => {
        const until = '2026-12-31';
        const { program } = house.engine;
        const now = house.clock.now();
        const given = { program, partnerId, tier, reason: 'agreed with sales', author: 'admin', until, now };
        return (tx) => keepOverride(tx, given);
      },
    });
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Gold', Tier_Status: 'overridden' });
    expect(await listDifferences(store)).toEqual([]);
  });

  it('and the program disagree about a field of both: a person decides, and the other fields go on', async () => {
    await store.query(`update tierlink.partner set phone = '222', region = 'North', known_from = now()`);
    await store.query(`insert into tierlink.outbox values ('partner', $1, now())`, [await ourId()]);
    house.crm.update('Account', partner, { Phone: '333' });
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Phone: '333', Region: 'North' });
    expect(await listDifferences(store)).toEqual([
      expect.objectContaining({ kind: 'conflict', attribute: 'phone', ours: '222', theirs: '333' }),
    ]);
    await resolveDifferences(resolveWith('theirs'));
    await house.pass();
    expect(house.account(partner).Phone).toBe('333');
    expect(await store.query('select phone from tierlink.partner')).toEqual([{ phone: '333' }]);
    expect(await listDifferences(store)).toEqual([]);
  });

  it.each([
    ['of the program', { Tier_Summary: 'by hand' }],
    ['of both', { Region: 'East' }],
  ])(
    'who edit a field %s while the answer to our write is lost do not cost its other fields',
    async (_whose, edit) => {
      await store.query(`update tierlink.partner set region = 'South'`);
      house.addDeal(partner, '9000.00');
      const connector = house.connection.connector();
      const { write } = connector;
      connector.write = async (request) => {
        connector.write = write;
        house.crm.update('Account', partner, edit);
        return request.rows.map(({ ref }) => ({ ref, outcome: 'unknown' }));
      };
      await house.pass();
      expect(house.account(partner)).toMatchObject({ Tier: 'Silver', ...edit });
      await house.pass();
      expect(house.account(partner)).toMatchObject({ Tier: 'Gold', ...edit });
    },
  );

  it('who delete an account that was refused leave no refusal of it behind', async () => {
    house.crm.faults.add({ kind: 'rowError', object: 'Account', code: 'CRM_RULE', message: 'closed' });
    house.addDeal(partner, '9000.00');
    await house.pass();
    expect(await groupRejects(store)).toHaveLength(1);
    house.crm.remove('Account', partner);
    await house.pass();
    expect(await groupRejects(store)).toEqual([]);
  });

  it('who make a rule that refuses some accounts stop only those', async () => {
    const other = house.addPartner('Contoso');
    house.addDeal(other, '1200.00');
    house.addDeal(partner, '6000.00');
    house.crm.rule('Account', (fields) =>
      fields.Name === 'Northwind' ? 'Old accounts need a region.' : undefined,
    );
    const { state } = await house.pass();
    expect(state).toBe('partial');
    expect(house.account(other).Tier).toBe('Silver');
    expect(house.account(partner).Tier).toBe('Silver');
    expect(await groupRejects(store)).toEqual([
      expect.objectContaining({ object: 'Account', count: 1, state: 'rejected' }),
    ]);
  });
});

describe('an org', () => {
  it('that was exchanged is neither read nor written until a person links it again', async () => {
    house.addDeal(partner, '9000.00');
    house.crm.becomeOrg('org-copy');
    const before = house.crm.calls.byKind.write;
    const { value, state } = await house.pass();
    expect(state).toBe('failed');
    expect(value?.connections[0]?.error).toMatchObject({ code: 'SYNC_ORG_CHANGED' });
    expect(house.crm.calls.byKind.write).toBe(before);
    expect(await loadConnection(store.db, 'north')).toMatchObject({ state: 'action_required' });
    const change = { store, clock: house.clock, id: 'north', actor: 'admin', mappings };
    await relinkConnection(change);
    await house.turnOn();
    await house.pass();
    expect(house.account(partner).Tier).toBe('Gold');
  });

  it('that was exchanged since the last look at it is not written by a job that does not look again', async () => {
    await runPull(house.engine, house.connection);
    house.addDeal(partner, '9000.00');
    await runPull(house.engine, house.connection);
    await runKpis(house.engine);
    await runTiers(house.engine, [house.connection]);
    const before = house.crm.calls.byKind.write;
    house.crm.becomeOrg('org-copy');
    await expect(runPush(house.engine, house.connection)).rejects.toMatchObject({ code: 'SYNC_ORG_CHANGED' });
    expect(house.crm.calls.byKind.write).toBe(before);
  });

  it('whose calls are used up is waited for', async () => {
    house.crm.faults.add({ kind: 'quota' });
    const { state } = await house.pass();
    expect(state).toBe('waiting');
    expect(await loadConnection(store.db, 'north')).toMatchObject({ state: 'waiting' });
    house.crm.faults.clear();
    expect((await house.pass()).state).toBe('succeeded');
    expect(await loadConnection(store.db, 'north')).toMatchObject({ state: 'healthy', state_until: null });
  });
});
