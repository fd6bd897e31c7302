import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { type BudgetLimits, newMeter, openBudget } from '../../src/sync/budget.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => emptyStore(store));

const clock = { time: 0, now: () => clock.time };
beforeEach(() => {
  clock.time = Date.parse('2026-03-02T22:00:00.000Z');
});

const budgetOf = (limits: BudgetLimits) => openBudget({ db: store.db, clock, connection: 'north', limits });

describe('a budget', () => {
  it('stops a lane while those above it still have their reserve', async () => {
    const budget = budgetOf({ dailyCalls: 100 });
    await budget.inLane('backfill', () => budget.spend(70, 'read'));
    await expect(budget.inLane('backfill', () => budget.spend(1, 'read'))).rejects.toMatchObject({
      code: 'CRM_BUDGET',
      retryAt: Date.parse('2026-03-03T00:00:00.000Z'),
    });
    await budget.inLane('deals', () => budget.spend(20, 'changes'));
    await expect(budget.spend(1, 'changes')).rejects.toMatchObject({ code: 'CRM_BUDGET' });
    await budget.inLane('tier', () => budget.spend(10, 'write'));
    await expect(budget.inLane('tier', () => budget.spend(1, 'write'))).rejects.toMatchObject({
      code: 'CRM_BUDGET',
    });
    await budget.flush();
  });

  it('starts anew with the next UTC day', async () => {
    const budget = budgetOf({ dailyCalls: 10 });
    await budget.inLane('tier', () => budget.spend(10, 'write'));
    clock.time += 2 * 3_600_000;
    await budget.inLane('tier', () => budget.spend(10, 'write'));
    await budget.flush();
    const days = await store.query('select day, calls from tierlink.budget order by day');
    expect(days).toEqual([
      { day: '2026-03-02', calls: 10 },
      { day: '2026-03-03', calls: 10 },
    ]);
  });

  it('knows what other processes and earlier runs have spent', async () => {
    const first = budgetOf({ dailyCalls: 100 });
    await first.spend(60, 'read');
    await first.flush();
    const second = budgetOf({ dailyCalls: 100 });
    await expect(second.spend(31, 'read')).rejects.toMatchObject({ code: 'CRM_BUDGET' });
    await second.spend(30, 'read');
    await second.flush();
    expect(await second.today()).toMatchObject({ total: 90, byLane: { deals: 90 } });
  });

  it('records spends in batches instead of one statement per call', async () => {
    const budget = budgetOf({ dailyCalls: 1000 });
    for (let call = 0; call < 20; call += 1) await budget.spend(1, 'read');
    expect(await store.query('select calls from tierlink.budget')).toEqual([]);
    await budget.flush();
    expect(await store.query('select calls from tierlink.budget')).toEqual([{ calls: 20 }]);
  });

  it('keeps what could not be recorded until the next time', async () => {
    const budget = budgetOf({ dailyCalls: 1000 });
    await budget.spend(5, 'read');
    await store.query('alter table tierlink.budget rename to gone');
    await expect(budget.flush()).rejects.toThrow();
    await store.query('alter table tierlink.gone rename to budget');
    await budget.flush();
    expect(await store.query('select calls from tierlink.budget')).toEqual([{ calls: 5 }]);
  });

  it('goes on once the store answers again, after it could not be read at the start of the day', async () => {
    const budget = budgetOf({ dailyCalls: 1000 });
    await store.query('alter table tierlink.budget rename to gone');
    await expect(budget.spend(1, 'read')).rejects.toThrow();
    await store.query('alter table tierlink.gone rename to budget');
    await budget.spend(2, 'read');
    expect(await budget.today()).toMatchObject({ total: 2 });
  });

  it('gives each run a share of its own and counts its calls by kind', async () => {
    const budget = budgetOf({ dailyCalls: 1000, runCalls: 3 });
    const meter = newMeter();
    await budget.inRun(meter, async () => {
      await budget.spend(2, 'read');
      await budget.inLane('tier', () => budget.spend(1, 'write'));
      await expect(budget.spend(1, 'read')).rejects.toMatchObject({ data: { period: 'run', limit: 3 } });
    });
    expect(meter).toEqual({ calls: 3, byKind: { read: 2, write: 1 } });
    await budget.inRun(newMeter(), () => budget.spend(3, 'read'));
  });
});
