import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { expireLeases, Killed, Lifetime, mortalConnector, mortalStore } from './dying.ts';
import { openPassHouse, type PassHouse } from './pass-house.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/** How many of the moments at which a pass can die are tried; they are spread evenly over the pass. */
const moments = 14;

/** An org after its first pass, in which people then changed a few things. */
async function fresh(): Promise<PassHouse> {
  await emptyStore(store);
  const house = await openPassHouse(store);
  const northwind = house.addPartner('Northwind', { Phone: '111' });
  const contoso = house.addPartner('Contoso', { Tier: 'Gold' });
  house.addDeal(northwind, '1500.00');
  await house.pass();
  await house.turnOn();
  await house.pass();
  house.addDeal(northwind, '4000.00');
  house.addDeal(contoso, '700.00');
  house.crm.update('Account', contoso, { Phone: '999' });
  house.crm.remove('Account', house.addPartner('Gone'));
  return house;
}

async function endState(house: PassHouse) {
  const state = {
    links: 'select object, record_id, state, keyed from tierlink.link order by object, record_id',
    partners:
      'select id, name, phone, in_scope, deleted_at is null as lives from tierlink.partner order by id',
    values: 'select partner_id, kpi, state, numerator from tierlink.kpi_value order by partner_id, kpi',
    tiers:
      'select partner_id, tier, since, status, summary, decision_id from tierlink.tier_state order by partner_id',
    decisions: 'select id, movement, from_tier, to_tier, mode from tierlink.decision order by id',
    pending: 'select record_id, state from tierlink.pending_write',
    marks:
      'select entity, record_id from tierlink.outbox union all select entity, record_id from tierlink.comparison',
    dirty: 'select partner_id, entity from tierlink.dirty_partner',
    differences: 'select attribute, kind from tierlink.difference',
    written: `select object, record_id, action, after from tierlink.audit where action in ('create', 'update')
      order by object, record_id, after::text`,
  };
  const rows: Record<string, unknown> = {};
  for (const [name, sql] of Object.entries(state)) rows[name] = await store.query(sql);
  const written = (rows.written as { object: string }[]).filter((row) => row.object !== 'Status');
  return { ...rows, written, crm: crmState(house) };
}

/** The CRM's records without what depends on when a pass ran. */
function crmState(house: PassHouse): Record<string, unknown> {
  const objects = ['Account', 'KPI_Period', 'Decision'];
  const byKey = (a: Record<string, unknown>, b: Record<string, unknown>) =>
    String(a.Our_Id) < String(b.Our_Id) ? -1 : 1;
  return Object.fromEntries(objects.map((object) => [object, house.records(object).sort(byKey)]));
}

async function passUntilDeath(house: PassHouse, life: Lifetime): Promise<void> {
  const connector = mortalConnector(house.connection.connector(), life);
  try {
    await house.pass({
      engine: { ...house.engine, store: mortalStore(store, life) },
      connections: [{ ...house.connection, connector: () => connector }],
    });
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}

describe('a pass that is killed', () => {
  it('ends after a restart as one clean pass, wherever it was killed', async () => {
    const undisturbed = await fresh();
    const whole = new Lifetime(Number.POSITIVE_INFINITY);
    await passUntilDeath(undisturbed, whole);
    await undisturbed.pass();
    const clean = await endState(undisturbed);
    expect(clean).toMatchObject({ pending: [], dirty: [], marks: [] });
    const stride = Math.max(1, Math.floor(whole.steps / moments));
    for (let step = 1; step <= whole.steps; step += stride) {
      const house = await fresh();
      const life = new Lifetime(step);
      await passUntilDeath(house, life);
      expect(life.isDead).toBe(true);
      await expireLeases(store);
      await house.pass();
      expect({ step, ...(await endState(house)) }).toEqual({ step, ...clean });
    }
  });
});
