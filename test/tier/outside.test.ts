import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { simulateTier } from '../../src/tier/look/simulate.ts';
import { debtOf } from '../../src/tier/method/debt.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { insertDeals, insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, movements, passBy, tiers } from './pass.ts';

/** Silver takes 1,000 USD. Everybody is compared with everybody. */
const program = programOf({
  kpis: `  revenue:
    label: Revenue
    help: Won deals.
    unit: money
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }
  place: { label: Place, help: P., unit: count, better: lower, rank: { of: revenue, as: position } }`,
  ladders: `  - key: main
    label: Main
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: { kpi: revenue, atLeast: 1000 } }`,
});
const statuses: Record<string, string | null> = {
  Active: 'active',
  Applicant: 'Applicant',
  Blank: null,
  Own: 'gold club',
  Prospect: 'prospect',
  Terminated: 'terminated',
};
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
  await insertRows(
    store,
    'partner',
    Object.entries(statuses).map(([id, status]) => ({ id, name: id, status, owner: 'Kim' })),
  );
  await insertDeals(
    store,
    `
    deal | partner    | amount   | won | closed     | role    | weight
    d1   | Active     | 2000 USD | yes | 2026-02-20 | sourced | 100
    d2   | Blank      | 500 USD  | yes | 2026-02-20 | sourced | 100
    d3   | Prospect   | 9000 USD | yes | 2026-02-20 | sourced | 100
    d4   | Prospect   | 100 USD  | yes | -          | sourced | 100
    d5   | Terminated | 8000 USD | yes | 2026-02-20 | sourced | 100`,
  );
});

async function pass(day: string) {
  return await passBy(store, program, day);
}

async function becomes(id: string, status: string, day: string): Promise<void> {
  await store.query('update tierlink.partner set status = $2 where id = $1', [id, status]);
  await markDirty(store, 'partner', [id]);
  await pass(day);
}

async function places(): Promise<Record<string, string | null>> {
  const rows = await store.query<{ partner_id: string; numerator: string | null }>(
    `select partner_id, numerator from tierlink.kpi_value where kpi = 'place' order by partner_id`,
  );
  return Object.fromEntries(rows.map((row) => [row.partner_id, row.numerator]));
}

describe('who is not in the program by its status', () => {
  it('is on no ladder, whatever its figures give, and in no rank', async () => {
    await pass('2026-03-01');
    expect(await tiers(store)).toEqual([
      'Active main silver keeps',
      'Blank main bronze keeps',
      'Own main bronze keeps',
    ]);
    expect(await places()).toEqual({
      Active: '1',
      Applicant: null,
      Blank: '2',
      Own: '3',
      Prospect: null,
      Terminated: null,
    });
  });

  it('joins once it is a partner, and leaves its ladder and its rank once it is none any more', async () => {
    await pass('2026-03-01');
    await becomes('Prospect', 'onboarding', '2026-03-02');
    await becomes('Active', 'terminated', '2026-03-03');
    expect(await tiers(store)).toEqual([
      'Blank main bronze keeps',
      'Own main bronze keeps',
      'Prospect main silver keeps',
    ]);
    expect(await places()).toMatchObject({ Prospect: '1', Blank: '2', Active: null });
    expect(await movements(store)).toContain('2026-03-02 Prospect enrol - silver');
    const [left] = await store.query<{ closed_reason: string }>(
      `select closed_reason from tierlink.tier_state where partner_id = 'Active'`,
    );
    expect(left?.closed_reason).toBe(
      'on no ladder since 2026-03-03: its status is terminated, so it takes no part in the program',
    );
  });

  it('holds no tier by hand either, and is told which one it would have', async () => {
    await pass('2026-03-01');
    const now = at('2026-03-01');
    const asked = createOverride(store, {
      ...{ program, partnerId: 'Prospect', tier: 'Silver', until: '2026-06-30' },
      ...{ reason: 'r', author: 'Kim', now },
    });
    await expect(asked).rejects.toMatchObject({
      code: 'TIER_NONE',
      message: expect.stringContaining('its status is prospect'),
    });
    const changes = [{ name: 'partner.status', value: 'active' }];
    const supposed = await simulateTier(store, { program, partnerId: 'Prospect', changes, now });
    expect(supposed?.after.evidence?.computedTier).toBe('silver');
  });

  it('lacks nothing that would be debt', async () => {
    await pass('2026-03-01');
    const now = at('2026-03-01');
    expect((await debtOf(store, { program, now })).records).toEqual([]);
    await becomes('Prospect', 'active', '2026-03-02');
    expect((await debtOf(store, { program, now })).records.map(({ id }) => id)).toEqual(['d4']);
  });
});
