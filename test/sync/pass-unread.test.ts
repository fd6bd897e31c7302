import { beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import { acquireLease, releaseLease } from '../../src/store/leases.ts';
import type { Store } from '../../src/store/store.ts';
import type { PassConnection } from '../../src/sync/engine.ts';
import { planMapping } from '../../src/sync/mapping/plan.ts';
import { objectMappingSchema } from '../../src/sync/mapping/schema.ts';
import { expectFeeds } from '../../src/sync/pass/prepare.ts';
import { runKpis, runPull, runPush, runTiers } from '../../src/sync/pass/steps.ts';
import { checkConnection } from '../../src/sync/pull/connection-check.ts';
import { hasTierWork } from '../../src/tier/run.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPassHouse, type PassHouse, smallProgramText } from './pass-house.ts';

let store: Store;
let house: PassHouse;
storeForEach((opened) => {
  store = opened;
});

let partner: string;
beforeEach(async () => {
  house = await openPassHouse(store);
  partner = house.addPartner('Northwind');
  house.addDeal(partner, '1500.00');
  const { clock, connection } = house;
  const objects = connection.mappings().map(({ object }) => object);
  await checkConnection({ store, clock, id: 'north', connector: connection.connector(), objects });
});

const tiersOf = async () => await store.query('select tier, frozen_reason from tierlink.tier_state');
const connectionOf = async () =>
  (await store.query('select state, state_detail from tierlink.connection'))[0] as {
    state: string;
    state_detail: { reason: string; actions: string[] } | null;
  };
const unread = 'Deal of north has not been read completely yet';

/** Another process has begun to read the object and was killed, or goes on. */
async function whileAnotherReads<T>(object: string, work: () => Promise<T>): Promise<T> {
  const lease = await acquireLease(store, { key: `pull:north:${object}`, holder: 'other', ttlMs: 60_000 });
  const result = await work();
  await releaseLease(store, lease!);
  return result;
}

/** The connection as it was before a line of a mapping was added. */
function without(entity: string, attribute: string): PassConnection {
  const before = house.connection.mappings().map((mapping) => {
    if (mapping.entity !== entity) return mapping;
    const { [attribute]: _later, ...attributes } = mapping.attributes;
    return { ...mapping, attributes };
  });
  return { ...house.connection, mappings: () => before };
}

/** The small program with a ladder for another type of partner. */
function twoLadders(condition = ''): Program {
  const text = smallProgramText
    .replace('label: Reseller }]', 'label: Reseller }, { key: msp, label: MSP }]')
    .replace('  - key: main\n', `  - key: main\n    partnerTypes: [reseller]\n${condition}`);
  const ladder = text
    .slice(text.indexOf('  - key: main'))
    .replace('main', 'other')
    .replace('reseller', 'msp');
  const parsed = parseProgram(text + ladder, 'two.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  return parsed.program;
}

describe('before an object was read to its end', () => {
  it('nobody joins a ladder, no figures go out, and the pass says why', async () => {
    await house.turnOn();
    const { state, reason, value } = await whileAnotherReads('Deal', () => house.pass());
    expect({ state, reason }).toEqual({
      state: 'partial',
      reason: 'Another run is at work on Deal of north.',
    });
    expect(value!.tiers).toMatchObject({ evaluated: 0, waiting: { partners: 1, reason: unread } });
    expect(await tiersOf()).toEqual([]);
    expect([...house.records('KPI_Period'), ...house.records('Decision')]).toEqual([]);
    expect(house.account(partner)).toMatchObject({ Tier: null, Tier_Summary: null });

    const next = await house.pass();
    expect(next.state).toBe('succeeded');
    expect(next.value!.tiers).toMatchObject({ evaluated: 1, waiting: null });
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
    expect(house.records('KPI_Period')).toEqual([expect.objectContaining({ Revenue: '1500' })]);
  });

  it('it is all the same when one object is read after the other', async () => {
    await house.turnOn();
    await house.pass({ only: 'Account' });
    expect(await tiersOf()).toEqual([]);
    await house.pass({ only: 'Deal' });
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
  });

  it('a partner of whom it tells nothing gets its figures once it was read', async () => {
    const idle = house.addPartner('Idle');
    await house.turnOn();
    await whileAnotherReads('Deal', () => house.pass());
    await house.pass();
    expect(house.account(idle)).toMatchObject({ Tier: 'Bronze' });
    expect(house.records('KPI_Period').map(({ Revenue }) => Revenue)).toEqual(
      expect.arrayContaining(['0', '1500']),
    );
  });

  it('a computation that died meanwhile is made up for', async () => {
    await house.turnOn();
    await house.pass();
    await store.query(`update tierlink.feed set complete_to = null where object = 'Deal'`);
    await store.query(`update tierlink.kpi_period set figures = '{}'`);
    await store.query(
      `insert into tierlink.dirty_partner (partner_id, entity, since) select id, 'deal', now() from tierlink.partner`,
    );
    const { program, clock } = house.engine;
    const died = recomputeKpis(store, {
      program,
      now: clock.now(),
      onPage: () => {
        throw new Error('died');
      },
    });
    await expect(died).rejects.toThrow('died');
    await house.pass();
    expect(await store.query('select figures from tierlink.kpi_period')).toEqual([
      { figures: { revenue: '1500' } },
    ]);
  });

  it('its own records are not written either, and wait with their marks', async () => {
    await house.turnOn();
    await whileAnotherReads('Account', () => house.pass());
    const push = await runPush(house.engine, house.connection);
    expect(push).toMatchObject({ state: 'partial', value: { unread: ['Account'] } });
    await house.pass();
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
  });

  it('a pull that finds all of it at work elsewhere was skipped', async () => {
    const run = await whileAnotherReads('Account', () =>
      runPull(house.engine, house.connection, { only: 'Account' }),
    );
    expect(run).toMatchObject({ state: 'skipped', reason: 'Another run is at work on Account of north.' });
  });
});

describe('a field that a KPI reads and the CRM does not show', () => {
  it('from the first day on keeps partners off the ladders, and asks for a person', async () => {
    house.crm.hide('Deal', 'Amount');
    await house.turnOn();
    expect((await house.pass()).state).toBe('partial');
    expect(await tiersOf()).toEqual([]);
    expect(house.records('KPI_Period')).toEqual([]);
    expect(await connectionOf()).toMatchObject({
      state: 'action_required',
      state_detail: { reason: expect.stringContaining('Deal does not show Amount') },
    });

    house.crm.show('Deal', 'Amount');
    house.clock.time += 2 * 86_400_000;
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
    expect((await connectionOf()).state).toBe('healthy');
  });

  it('takes no tier away and leaves the last figures, until everything was read with it again', async () => {
    await house.turnOn();
    await house.pass();
    house.crm.hide('Deal', 'Amount');
    house.addDeal(partner, '9000.00');
    house.clock.time = Date.parse('2026-09-01T10:00:00Z');
    const hidden = await house.pass();
    expect(hidden.value!.connections[0]!.pull!.objects).toContainEqual(
      expect.objectContaining({ object: 'Deal', missingFields: ['Amount'] }),
    );
    expect((await connectionOf()).state).toBe('action_required');
    const frozen = {
      ...{ code: 'hidden', attribute: 'amount', connection: 'north', object: 'Deal' },
      behind: ['Revenue'],
    };
    expect(await tiersOf()).toEqual([{ tier: 'silver', frozen_reason: frozen }]);
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
    const latest = () => house.records('KPI_Period').at(-1)!.Revenue;
    expect(latest()).toBe('1500');

    house.crm.show('Deal', 'Amount');
    house.clock.time += 2 * 86_400_000;
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Gold' });
  });
});

describe('figures of which a part cannot be read', () => {
  it('count as unread where the lookup that credits partners is hidden', async () => {
    house.crm.hide('Deal', 'Partner');
    await house.turnOn();
    const { state, value } = await house.pass();
    expect([state, value!.tiers!.waiting?.partners]).toEqual(['partial', 1]);
    expect([...house.records('KPI_Period'), ...(await tiersOf())]).toEqual([]);
  });

  it('count as unread from the moment on in which an attribute is mapped, until everything was read with it', async () => {
    const before = without('deal', 'amount');
    await house.pass({ connections: [before] });
    const late = house.addPartner('Late');
    house.addDeal(late, '9000.00');
    await house.turnOn();
    await whileAnotherReads('Deal', () => house.pass());
    expect(house.account(late)).toMatchObject({ Tier: null });
    await house.pass();
    expect(house.account(late)).toMatchObject({ Tier: 'Gold' });
  });

  it('are not taken for read by a process that goes on with the mappings from before', async () => {
    const before = without('deal', 'amount');
    await house.pass({ connections: [before] });
    await whileAnotherReads('Deal', () => house.pass());
    const late = house.addPartner('Late');
    house.addDeal(late, '9000.00');
    await whileAnotherReads('Deal', () => house.pass({ connections: [before] }));
    expect(await store.query(`select missing from tierlink.feed where object = 'Deal'`)).toEqual([
      { missing: ['amount'] },
    ]);
  });

  it('keep partners on their ladder whose rule reads what was not read yet', async () => {
    house.engine.program = twoLadders();
    await house.pass({ connections: [without('partner', 'region')] });
    house.engine.program = twoLadders('    where: { attribute: region, is: South }\n');
    house.crm.update('Account', partner, { Region: 'South' });
    const { value } = await whileAnotherReads('Account', () => house.pass());
    expect(value!.tiers!.waiting).toBeNull();
    const standing = async () =>
      await store.query('select ladder, closed_at is null as open from tierlink.tier_state');
    expect(await standing()).toEqual([{ ladder: 'main', open: true }]);
    await house.pass();
    expect(await standing()).toEqual([{ ladder: 'main', open: true }]);
  });

  it('are whole without the field of a currency that the org does not have', () => {
    const mapping = objectMappingSchema.parse({
      object: 'Deal',
      entity: 'deal',
      attributes: {
        amount: {
          field: 'Amount',
          direction: 'in',
          transform: { kind: 'money', currencyField: 'CurrencyIsoCode' },
        },
      },
    });
    const plan = planMapping({ ...mapping, name: 'deal', file: 'deal.yaml' }, new Set(['CurrencyIsoCode']));
    expect(plan.missing).toEqual([]);
  });
});

describe('a second connection', () => {
  let south: PassHouse;
  beforeEach(async () => {
    south = await openPassHouse(store, { alias: 'south' });
  });
  const both = () => ({
    connections: [house.connection, south.connection],
    configured: [house.connection, south.connection],
  });

  it('keeps partners off the ladders while it cannot even be asked', async () => {
    south.crm.faults.add({ kind: 'unreachable' });
    await house.turnOn();
    const { value } = await house.pass(both());
    expect(value!.tiers!.waiting).toEqual({
      partners: 1,
      reason: 'Deal of south has not been read completely yet',
    });
    expect(house.account(partner)).toMatchObject({ Tier: null });
    south.crm.faults.clear();
    await house.pass(both());
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
  });

  it('leaves a partner on its ladder that would join another one meanwhile', async () => {
    house.engine.program = twoLadders();
    await house.turnOn();
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
    south.crm.faults.add({ kind: 'unreachable' });
    house.crm.update('Account', partner, { Type: 'msp' });
    const { value } = await house.pass(both());
    expect(value!.tiers!.waiting).toMatchObject({ partners: 1 });
    expect(house.account(partner)).toMatchObject({ Tier: 'Silver' });
    // Another reason than the one that it was frozen for wakes nobody up.
    await store.query(`update tierlink.tier_state set frozen_reason = '{"code": "inputs_open"}'`);
    const { program, clock } = house.engine;
    expect(await hasTierWork(store, { program, now: clock.now() })).toBe(false);
    south.crm.faults.clear();
    await house.pass(both());
    expect(
      await store.query('select ladder, closed_at is null as open from tierlink.tier_state order by 1'),
    ).toEqual([
      { ladder: 'main', open: false },
      { ladder: 'other', open: true },
    ]);
  });

  it('keeps them off in jobs, too', async () => {
    await expectFeeds(store, both().configured);
    await runPull(house.engine, house.connection);
    await runKpis(house.engine);
    const { value } = await runTiers(house.engine, both().configured);
    expect(value).toMatchObject({ evaluated: 0, waiting: { partners: 1 } });
  });

  it('is waited for when a mapping is added to it and it cannot be asked', async () => {
    const mappings = south.connection.mappings();
    const fewer = { ...south.connection, mappings: () => mappings.filter(({ entity }) => entity !== 'deal') };
    await house.pass({ connections: [house.connection, fewer], configured: [house.connection, fewer] });
    house.addPartner('Late');
    south.crm.faults.add({ kind: 'unreachable' });
    const { value } = await house.pass(both());
    expect(value!.tiers!.waiting).toEqual({
      partners: 1,
      reason: 'Deal of south has not been read completely yet',
    });
  });

  it('that is taken out of the project before it was read leaves nothing behind', async () => {
    south.crm.faults.add({ kind: 'unreachable' });
    await house.pass(both());
    const { value } = await house.pass({ configured: [house.connection] });
    expect(value!.tiers).toMatchObject({ evaluated: 1, waiting: null });
    expect(value!.connections.map(({ connection }) => connection)).toEqual(['north']);
  });

  it('that is taken out of the project with records in it is told until a person gives them up', async () => {
    south.addPartner('Contoso');
    await house.pass(both());
    const alone = { configured: [house.connection] };
    for (let pass = 0; pass < 2; pass += 1) {
      const { state, value } = await house.pass(alone);
      expect(state).toBe('partial');
      expect(value!.connections[1]).toMatchObject({
        connection: 'south',
        error: { code: 'SYNC_CONNECTION_REMOVED', data: { what: 'Account as partner (1 records)' } },
      });
    }
    await house.pass({ ...alone, acceptDeletes: true, only: 'Deal' });
    const [contoso] = await store.query(`select in_scope from tierlink.partner where name = 'Contoso'`);
    expect(contoso).toEqual({ in_scope: true });
    await house.pass({ ...alone, acceptDeletes: true });
    expect(await store.query('select name, in_scope from tierlink.partner order by name')).toEqual([
      { name: 'Contoso', in_scope: false },
      { name: 'Northwind', in_scope: true },
    ]);
    expect((await house.pass(alone)).state).toBe('succeeded');
  });
});

describe('a dry run after a process died while it wrote', () => {
  it('looks at what became of the writes, and sends nothing', async () => {
    await house.turnOn();
    await house.pass();
    await store.query(
      `insert into tierlink.pending_write (connection, object, entity, record_id, crm_id, attributes, before, fields, lane,
         state, attempts, sent_at, since)
       select 'north', 'Account', 'partner', id, $1, '{"region": "South"}', '{"region": null}', '{"Region": "South"}', 1,
         'in_flight', 1, $2::timestamptz, $2::timestamptz from tierlink.partner`,
      [partner, new Date(house.clock.time).toISOString()],
    );
    await store.query(`update tierlink.partner set region = 'South', known_from = now()`);
    const before = house.crm.calls.byKind.write;
    const { value } = await house.pass({ dryRun: true });
    expect(house.crm.calls.byKind.write).toBe(before);
    expect(value!.connections[0]!.preview!.writes).toMatchObject([
      { object: 'Account', changes: [{ attribute: 'region', after: 'South' }] },
    ]);
    await house.pass();
    expect(house.account(partner)).toMatchObject({ Region: 'South' });
  });
});
