import { describe, expect, it } from '@jest/globals';
import { markOutbox } from '../../src/store/mark-outbox.ts';
import type { Store } from '../../src/store/store.ts';
import { refreshMetadata } from '../../src/sync/pull/metadata.ts';
import { previewPush } from '../../src/sync/push/preview.ts';
import { groupRejects } from '../../src/sync/push/rejects.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { connection, type House, mappings, openHouse } from './push-house.ts';

let store: Store;
let house: House;
let partner: string;
storeForEach(async (opened) => {
  store = opened;
  house = await openHouse(store);
  partner = await house.addPartner('Northwind');
});

const accountWrites = () => house.crm.writes.filter((write) => write.object === 'Account');
const pending = () =>
  store.query(`select object, state, attributes, before, lane, decision_id from tierlink.pending_write
    where object = 'Account'`);

/** Plans without sending: another run holds the object. */
async function planOnly(): Promise<void> {
  await store.query(
    `insert into tierlink.lease (key, holder, epoch, expires_at, acquired_at)
     values ('push:north:Account', 'another', 1, now() + interval '1 minute', now())
     on conflict (key) do update set expires_at = now() + interval '1 minute'`,
  );
  await house.push();
  await store.query('update tierlink.lease set expires_at = now() where key = $1', ['push:north:Account']);
}

async function setRegion(region: string): Promise<void> {
  await store.query('update tierlink.partner set region = $1', [region]);
  await store.transaction((tx) =>
    markOutbox(tx, { entity: 'partner', recordIds: [partner], now: '2026-03-02T10:00:00.000Z' }),
  );
}

describe('pending writes', () => {
  it('of one record become one, with only what still differs', async () => {
    await setRegion('South');
    await planOnly();
    expect(await pending()).toEqual([
      expect.objectContaining({ attributes: { region: 'South' }, before: { region: null }, lane: 1 }),
    ]);
    await setRegion('West');
    await house.decideTier(partner, 'Silver');
    await planOnly();
    expect(await pending()).toEqual([
      expect.objectContaining({
        attributes: expect.objectContaining({ region: 'West', tier: 'Silver' }),
        lane: 0,
        decision_id: expect.stringMatching(/^dec_/),
      }),
    ]);
    await house.push();
    expect(accountWrites()).toHaveLength(1);
  });

  it('go away when the value is what the CRM has, before anything was sent', async () => {
    await setRegion('South');
    await planOnly();
    await store.query('update tierlink.partner set region = null');
    await house.push();
    expect(await pending()).toEqual([]);
    expect(accountWrites()).toEqual([]);
  });

  it('go out as they are wanted at that moment, not as they were planned', async () => {
    await setRegion('South');
    await planOnly();
    await store.query(`update tierlink.partner set region = 'East'`);
    await house.push();
    expect(house.crm.get('Account', await house.crmIdOf(partner)).Region).toBe('East');
  });

  it('planned for a link that another one has replaced go to that one', async () => {
    await setRegion('South');
    await planOnly();
    const { ...same } = house.crm.get('Account', await house.crmIdOf(partner));
    const other = house.crm.add('Account', same);
    await store.query('update tierlink.link set crm_id = $1 where record_id = $2', [other, partner]);
    await house.push();
    await house.push();
    expect(house.crm.get('Account', other).Region).toBe('South');
    expect(await pending()).toEqual([]);
  });

  it('are not sent for a record that left scope meanwhile', async () => {
    await setRegion('South');
    await planOnly();
    await store.query(`update tierlink.partner set in_scope = false`);
    await house.push();
    expect(accountWrites()).toEqual([]);
    expect(await pending()).toEqual([]);
  });

  it('are not made from a conflict that is open', async () => {
    await setRegion('South');
    await store.query(
      `insert into tierlink.difference (connection, object, crm_id, entity, attribute, record_id, kind, theirs, since)
       values ('north', 'Account', $1, 'partner', 'region', $2, 'conflict', '"North"', now())`,
      [await house.crmIdOf(partner), partner],
    );
    await house.push();
    expect(accountWrites()).toEqual([]);
  });

  it('hold back a tier that the CRM does not list, once for all, and send it when it is there', async () => {
    const others = [await house.addPartner('Contoso'), await house.addPartner('Fabrikam')];
    for (const id of [partner, ...others]) await house.decideTier(id, 'Platinum');
    await house.push();
    expect(accountWrites().map((write) => write.fields.Tier)).toEqual([undefined, undefined, undefined]);
    expect(await groupRejects(store, { direction: 'out' })).toEqual([
      expect.objectContaining({ code: 'CRM_PICKLIST', field: 'Tier', count: 3, state: 'invalid' }),
    ]);
    const values = ['Bronze', 'Silver', 'Gold', 'Platinum'].map((value) => ({
      value,
      label: value,
      active: true,
    }));
    const fields = house.crm.descriptions.get('Account')!.fields;
    fields.find((field) => field.name === 'Tier')!.values = values;
    const { crm, clock } = house;
    await refreshMetadata({ store, clock, connector: crm, connection, mappings, tiers: [] });
    await house.push();
    expect(house.crm.all('Account').map((account) => account.Tier)).toEqual([
      'Platinum',
      'Platinum',
      'Platinum',
    ]);
    expect(await groupRejects(store)).toEqual([]);
  });

  it('stay rejected while the values are the same, and go out with other ones', async () => {
    await house.decideTier(partner, 'Silver');
    house.crm.fault = (row, object) =>
      object === 'Account'
        ? {
            ref: row.ref,
            outcome: 'rejected',
            code: 'CRM_RULE',
            vendorCode: 'V',
            message: 'no',
            retry: 'never',
          }
        : undefined;
    await house.push();
    house.crm.fault = () => undefined;
    await house.decideTier(partner, 'Silver');
    await house.push();
    expect(accountWrites()).toEqual([]);
    await house.decideTier(partner, 'Gold');
    await house.push();
    expect(accountWrites()).toHaveLength(1);
    expect(await groupRejects(store)).toEqual([]);
  });

  it('are the same as a preview says, which changes nothing itself', async () => {
    await house.decideTier(partner, 'Silver');
    await setRegion('South');
    const before = await store.query('select * from tierlink.outbox order by record_id');
    const preview = await store.rehearse(() => previewPush(house.request()));
    expect(preview).toMatchObject({ calls: 2, unsent: 0 });
    expect(await store.query('select * from tierlink.outbox order by record_id')).toEqual(before);
    expect(house.crm.calls).toEqual([]);
    await house.push();
    const sent = house.crm.writes.filter((write) => write.object !== 'Status');
    expect(preview.writes.map(({ object }) => object)).toEqual(sent.map(({ object }) => object));
    const told = await store.query('select object, record_id, after from tierlink.audit order by id');
    for (const { object, recordId, changes } of preview.writes) {
      const after = Object.fromEntries(changes.map((change) => [change.attribute, change.after]));
      expect(told).toContainEqual({ object, record_id: recordId, after });
    }
  });

  it('to one connection wait for nobody: marks are kept for each connection that is written to', async () => {
    await store.query(
      `insert into tierlink.connection (id, crm, write_back) values ('south', 'memory', true), ('east', 'memory', false)`,
    );
    await setRegion('South');
    await house.push();
    expect(accountWrites()).toHaveLength(1);
    const marks = await store.query('select connection, entity from tierlink.comparison');
    expect(marks).toEqual([{ connection: 'south', entity: 'partner' }]);
  });
});
