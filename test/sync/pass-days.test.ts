import { beforeEach, describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import type { PassConnection } from '../../src/sync/engine.ts';
import { setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { runKpis, runMetadataCheck, runPull, runPush, runTiers } from '../../src/sync/pass/steps.ts';
import { pauseConnection, resumeConnection } from '../../src/sync/records/connections.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { mappings, openPassHouse, type PassHouse } from './pass-house.ts';

let store: Store;
let house: PassHouse;
storeForEach(async (opened) => {
  store = opened;
  house = await openPassHouse(store);
});

const writes = () => house.crm.calls.byKind.write ?? 0;

describe('the first days', () => {
  it('write nothing, whatever the hand-kept tiers are; then those are adopted, not overwritten', async () => {
    const kept = house.addPartner('Kept by hand', { Tier: 'Gold', Tier_Since: '2025-06-01' });
    const { value } = await house.pass();
    expect(value?.connections[0]).toMatchObject({ push: null, notWritten: 'write_back_off' });
    expect(writes()).toBe(0);
    expect(await store.query('select tier, computed_tier, mode from tierlink.tier_state')).toEqual([
      { tier: 'gold', computed_tier: 'bronze', mode: 'shadow' },
    ]);
    await setWriteBack({ store, clock: house.clock, id: 'north', actor: 'admin', mappings, on: true });
    await house.pass();
    expect(house.account(kept)).toMatchObject({ Tier: 'Gold', Tier_Since: '2025-06-01', Tier_Status: null });
    expect(house.records('Decision')).toEqual([]);
    await house.turnOn();
    await house.pass();
    expect(house.account(kept)).toMatchObject({ Tier: 'Gold', Tier_Since: '2025-06-01' });
    expect(house.account(kept).Tier_Status).not.toBeNull();
  });

  it('can be tried out: a dry run reads, says what would be written, and keeps nothing', async () => {
    const partner = house.addPartner('Northwind');
    house.addDeal(partner, '1500.00');
    const { value } = await house.pass({ dryRun: true });
    expect(value?.connections[0]?.pull?.objects[0]).toMatchObject({
      object: 'Account',
      counts: { partner: { created: 1 } },
    });
    expect(await store.query('select id from tierlink.partner')).toEqual([]);
    await house.pass();
    await house.turnOn();
    await house.pass();
    house.addDeal(partner, '9000.00');
    const dry = await house.pass({ dryRun: true });
    expect(house.account(partner).Tier).toBe('Silver');
    expect(await store.query('select count(*)::int as deals from tierlink.deal')).toEqual([{ deals: 1 }]);
    const live = await house.pass();
    expect(house.account(partner).Tier).toBe('Gold');
    const { preview, calls: _dryCalls, ...read } = dry.value!.connections[0]!;
    expect(read.pull).toEqual(live.value!.connections[0]!.pull);
    expect({ kpis: dry.value!.kpis, tiers: dry.value!.tiers }).toEqual({
      kpis: live.value!.kpis,
      tiers: live.value!.tiers,
    });
    expect(preview!.writes.map(({ object, name, changes }) => [object, name, changes[0]])).toEqual([
      ['Account', 'Northwind', { attribute: 'tier', before: 'Silver', after: 'Gold' }],
      ['Decision', 'Northwind, 2026-03-02', { attribute: 'toTier', before: null, after: 'Gold' }],
      ['KPI_Period', 'Northwind, 2026-Q1', { attribute: 'kpi.revenue', before: '1500', after: '10500' }],
    ]);
    const { created, updated } = live.value!.connections[0]!.push!.total;
    // The status record goes with the others.
    expect(created + updated).toBe(preview!.writes.length + 1);
  });
});

describe('a paused connection', () => {
  it('is left alone, and catches up when it is resumed', async () => {
    const partner = house.addPartner('Northwind');
    await house.pass();
    await house.turnOn();
    await pauseConnection(store.db, { id: 'north', reason: 'quarter end' });
    house.addDeal(partner, '1500.00');
    const before = house.crm.calls.total;
    const { value } = await house.pass();
    expect(value?.connections[0]?.state).toBe('paused');
    expect(house.crm.calls.total).toBe(before);
    await resumeConnection(store.db, 'north');
    await house.pass();
    expect(house.account(partner).Tier).toBe('Silver');
  });
});

describe('two connections', () => {
  it('do not stop each other', async () => {
    const other = await openPassHouse(store, { alias: 'south' });
    other.addPartner('Contoso');
    house.addPartner('Northwind');
    house.crm.faults.add({ kind: 'unreachable' });
    const { value, state } = await house.pass({ connections: [house.connection, other.connection] });
    expect(state).toBe('waiting');
    expect(value?.connections.map((each) => [each.connection, each.state])).toEqual([
      ['north', 'waiting'],
      ['south', 'succeeded'],
    ]);
    expect(await store.query('select name from tierlink.partner')).toEqual([{ name: 'Contoso' }]);
  });
});

describe('before somebody goes down', () => {
  let other: PassHouse;
  const both = () => ({ connections: [house.connection, other.connection] });
  function goTo(instant: string): void {
    for (const each of [house, other]) each.clock.time = Date.parse(instant);
  }
  /** On the day of the review one of two connections is read. */
  async function review(asked: PassConnection): Promise<void> {
    goTo('2027-04-01T10:00:00.000Z');
    await house.pass({ configured: [house.connection, asked] });
  }
  const movedDown = () =>
    store.query(`select movement from tierlink.decision where movement in ('warn', 'demote')`);
  const frozen = () =>
    store.query(
      `select distinct connection, frozen_reason from tierlink.feed where frozen_reason is not null`,
    );

  beforeEach(async () => {
    other = await openPassHouse(store, { alias: 'south' });
    other.addPartner('Contoso');
    house.addDeal(house.addPartner('Northwind'), '1500.00', '2026-03-01');
    await house.pass(both());
    await house.turnOn();
    await house.pass();
    // A year later the deal that keeps the tier leaves its window, between two reviews.
    for (const day of ['2027-02-15', '2027-03-31']) {
      goTo(`${day}T10:00:00.000Z`);
      await house.pass(both());
    }
    expect(await movedDown()).toEqual([]);
  });

  it('a connection that the run does not read is asked as well', async () => {
    const before = other.crm.calls.byKind.check ?? 0;
    await review(other.connection);
    expect(other.crm.calls.byKind.check).toBe(before + 1);
    expect(await movedDown()).not.toEqual([]);
  });

  it('one that does not answer holds it', async () => {
    other.crm.faults.add({ kind: 'unreachable' });
    await review(other.connection);
    expect(await movedDown()).toEqual([]);
    expect(await frozen()).toEqual([{ connection: 'south', frozen_reason: 'unconfirmed' }]);
  });

  it('one whose mappings cannot be read holds it, and stops nothing else', async () => {
    const mappingsOf = () => {
      throw new TierlinkError('MAPPING_INVALID', {
        file: 'deal.yaml',
        line: 3,
        path: 'scope',
        reason: 'odd',
      });
    };
    await review({ ...other.connection, mappings: mappingsOf });
    expect(await movedDown()).toEqual([]);
    expect(await frozen()).toEqual([{ connection: 'south', frozen_reason: 'unconfirmed' }]);
    expect(await store.query(`select state from tierlink.run order by id desc limit 1`)).toEqual([
      { state: 'succeeded' },
    ]);
  });

  it('objects that nothing maps any more are left as they are', async () => {
    await pauseConnection(store.db, { id: 'south', reason: 'quarter end' });
    await review({
      ...other.connection,
      mappings: () => mappings.filter(({ object }) => object !== 'Deal'),
    });
    const rows = await store.query(
      `select object from tierlink.feed where frozen_reason = 'unconfirmed' order by object`,
    );
    expect(rows).toEqual([{ object: 'Account' }]);
  });
});

describe('the steps of a pass, as jobs run them', () => {
  it('end where a pass ends, and do nothing the second time', async () => {
    const partner = house.addPartner('Northwind');
    house.addDeal(partner, '1500.00');
    await runPull(house.engine, house.connection);
    await house.turnOn();
    const steps = async () => {
      house.clock.time += 10_000;
      const pulled = await runPull(house.engine, house.connection);
      const kpis = await runKpis(house.engine);
      const tiers = await runTiers(house.engine, [house.connection]);
      const pushed = await runPush(house.engine, house.connection);
      return [pulled, kpis, tiers, pushed].map((run) => run.state);
    };
    expect(await steps()).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    expect(house.account(partner).Tier).toBe('Silver');
    const before = writes();
    await steps();
    expect(writes()).toBe(before);
    const runs = await store.query<{ kind: string }>(`select distinct kind from tierlink.run order by kind`);
    expect(runs.map((run) => run.kind)).toEqual(['kpis', 'pull', 'push', 'tiers']);
  });

  it('wait when the budget is used up, and say until when', async () => {
    const poor = await openPassHouse(store, { alias: 'poor', dailyCalls: 1 });
    poor.addPartner('Contoso');
    const pulled = await runPull(poor.engine, poor.connection);
    expect(pulled).toMatchObject({ state: 'waiting', until: Date.parse('2026-03-03T00:00:00.000Z') });
    expect(await store.query(`select state, state_until from tierlink.connection where id = 'poor'`)).toEqual(
      [{ state: 'waiting', state_until: '2026-03-03T00:00:00.000Z' }],
    );
  });

  it('write tiers from what is kept for them when reading has used up its share of the day', async () => {
    const thrifty = await openPassHouse(store, { alias: 'thrifty', dailyCalls: 100 });
    const { budget } = thrifty.connection;
    const spendUpTo = async (calls: number) => {
      await budget.inLane('tier', async () => budget.spend(calls - (await budget.today()).total, 'other'));
    };
    const partner = thrifty.addPartner('Contoso');
    thrifty.addDeal(partner, '1500.00');
    await thrifty.pass();
    await thrifty.turnOn();
    await spendUpTo(90);
    const { state } = await thrifty.pass();
    expect(state).toBe('waiting');
    expect(thrifty.account(partner).Tier).toBe('Silver');
    expect(thrifty.records('Decision')).not.toEqual([]);
    expect(thrifty.records('KPI_Period')).toEqual([]);
    const again = thrifty.addPartner('Adatum');
    thrifty.clock.time += 1_000;
    expect(await runPull(thrifty.engine, thrifty.connection)).toMatchObject({ state: 'waiting' });
    expect(thrifty.account(again).Tier).toBeNull();
  });

  it('writes the rest of a record when one of its fields was closed since it was described', async () => {
    let closed = false;
    const changing = await openPassHouse(store, {
      alias: 'changing',
      wrap: (connector) => ({
        ...connector,
        read: (request) => connector.read(request),
        write: async (request) => {
          if (!closed) changing.crm.hide('Account', 'Tier_Summary');
          closed = true;
          return await connector.write(request);
        },
      }),
    });
    const partner = changing.addPartner('Contoso');
    changing.addDeal(partner, '1500.00');
    await changing.pass();
    await changing.turnOn();
    await changing.pass();
    expect(changing.account(partner).Tier).toBeNull();
    await changing.pass();
    expect(changing.account(partner)).toMatchObject({ Tier: 'Silver', Tier_Summary: null });
  });

  it('name what no longer fits in the CRM, and rest only that line', async () => {
    const partner = house.addPartner('Northwind');
    house.addDeal(partner, '1500.00');
    await house.pass();
    await house.turnOn();
    house.crm.hide('Account', 'Tier_Summary');
    house.clock.time += 10_000;
    const checked = await runMetadataCheck(house.engine, house.connection);
    expect(checked.state).toBe('partial');
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver', Tier_Summary: null });
    expect(await store.query('select state from tierlink.connection')).toEqual([
      { state: 'action_required' },
    ]);
    house.crm.show('Account', 'Tier_Summary');
    await runMetadataCheck(house.engine, house.connection);
    await house.pass();
    expect(house.account(partner).Tier_Summary).toMatch(/Gold/);
  });

  it('leave an object to the run that works on it', async () => {
    house.addPartner('Northwind');
    await store.query(
      `insert into tierlink.lease (key, holder, epoch, expires_at, acquired_at)
       values ('pull:north:Account', 'another', 1, now() + interval '1 minute', now())`,
    );
    const { value } = await runPull(house.engine, house.connection);
    expect(value).toMatchObject({ skipped: ['Account'], objects: [{ object: 'Deal' }] });
  });
});
