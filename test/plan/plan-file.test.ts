import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPlan } from '../../src/cli/plan-files.ts';
import { parsePlan, planText } from '../../src/plan/file.ts';
import { itemKey, type Plan } from '../../src/plan/item.ts';
import { approvePlan, beginPlan, endPlan, recordOf } from '../../src/plan/record.ts';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { openTestStore } from '../services/test-store.ts';
import { choose, openPlanHouse, type PlanHouse } from './plan-house.ts';

let store: Store;
let house: PlanHouse;
let plan: Plan;
beforeAll(async () => {
  store = await openTestStore();
  house = await openPlanHouse(store);
  house.addDeal(house.addPartner('Adatum'), '2000.00');
  await house.pass();
  plan = await house.plan();
});
afterAll(() => store.close());

function codeOf(text: string): string {
  try {
    parsePlan(text, 'it.plan');
    return 'read';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const skipped = () => choose(plan, () => 'skip');

describe('a plan file', () => {
  it('is read as it was written, also with other choices', () => {
    expect(parsePlan(planText(plan), 'it.plan')).toEqual(plan);
    expect(parsePlan(planText(skipped()), 'it.plan').head.id).toBe(plan.head.id);
  });

  it('is refused with any character changed or cut off', () => {
    const text = planText(plan);
    const place = fc.nat(text.length - 2);
    fc.assert(
      fc.property(place, fc.constantFrom('a', '0', '"', '}', '\n', 'é'), (at, character) => {
        fc.pre(text[at] !== character);
        expect(codeOf(text.slice(0, at) + character + text.slice(at + 1))).toBe('PLAN_INVALID');
        expect(codeOf(text.slice(0, at))).toBe('PLAN_INVALID');
      }),
      { numRuns: 200 },
    );
  });

  it('says of another version, of what is not there and of a folder what it is', () => {
    const other = planText(plan).replace('"tierlinkPlan":1', '"tierlinkPlan":2');
    expect(() => parsePlan(other, 'it.plan')).toThrow(/it is no plan, or one of another version of Tierlink/);
    expect(() => readPlan('nowhere.plan')).toThrow(/there is no such file\. Nothing was written/);
    expect(() => readPlan('.')).toThrow(/it is a folder\. Nothing was written/);
  });
});

describe('what the store knows of a plan', () => {
  it('is an approval of these choices and no others', async () => {
    await approvePlan(plan, {
      store,
      clock: house.clock,
      actor: 'admin',
      reason: 'Reviewed.',
      file: 'it.plan',
    });
    expect(await recordOf(store, plan, 'it.plan')).toMatchObject({ isApproved: true });
    expect(await recordOf(store, skipped(), 'it.plan')).toMatchObject({ isApproved: false });
  });

  const at = '2026-03-02T10:00:00.000Z';

  it('does not go over to choices that were made after it', async () => {
    const by = { store, clock: house.clock, actor: 'admin', reason: 'Reviewed.', file: 'it.plan' };
    await approvePlan(plan, by);
    await beginPlan(store, skipped(), { runId: 'r-000008', file: 'it.plan', at });
    expect(await recordOf(store, skipped(), 'it.plan')).toMatchObject({
      state: 'applying',
      isApproved: false,
    });
    await expect(approvePlan(plan, by)).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    await approvePlan(skipped(), by);
    expect(await recordOf(store, skipped(), 'it.plan')).toMatchObject({ isApproved: true });
    await endPlan(store, skipped(), { state: 'waiting', actor: 'admin', at });
    expect(await store.query('select applied_at from tierlink.plan')).toEqual([{ applied_at: null }]);
    await endPlan(store, skipped(), { state: 'applied', actor: 'admin', at });
    const begun = beginPlan(store, skipped(), { runId: 'r-000010', file: 'it.plan', at });
    await expect(begun).rejects.toMatchObject({ code: 'PLAN_APPLIED' });
    await expect(approvePlan(skipped(), by)).rejects.toMatchObject({ code: 'PLAN_APPLIED' });
    await store.query('delete from tierlink.plan');
  });

  it('refuses other choices once it was begun', async () => {
    await beginPlan(store, plan, { runId: 'r-000009', file: 'it.plan', at });
    await expect(recordOf(store, skipped(), 'it.plan')).rejects.toMatchObject({ code: 'PLAN_INVALID' });
    await store.query('delete from tierlink.plan');
  });
});

describe('a production org', () => {
  it('is written only where its name was typed', async () => {
    await store.query(`update tierlink.connection set org_kind = 'production', org_name = 'Example'`);
    for (const typed of [undefined, 'South'])
      await expect(house.apply(plan, { confirm: new Map([['north', typed]]) })).rejects.toMatchObject({
        code: 'USAGE',
      });
    expect(house.sent).toEqual([]);
    await house.apply(plan, { confirm: new Map([['north', 'north']]) });
    expect(house.sent).not.toEqual([]);
  });
});

describe('an undo of an undo', () => {
  it('writes again what the first run wrote', async () => {
    const tiers = () => house.records('Account').map(({ Tier, Tier_Summary }) => [Tier, Tier_Summary]);
    const confirm = new Map([['north', 'north']]);
    const written = tiers();
    expect(written).toEqual([['Silver', expect.any(String)]]);
    const [run] = await store.query<{ id: string }>(
      `select run_id as id from tierlink.plan where state = 'applied'`,
    );
    const undone = await house.approved(await house.undo(run!.id), { confirm });
    expect(tiers()).toEqual([[null, null]]);
    await house.approved(await house.undo(undone.id), { confirm });
    expect(tiers()).toEqual(written);
    expect((await house.plan()).items).toEqual([]);
  });
});

it('no item has a key that a spreadsheet takes for a number', () => {
  const keys = Array.from({ length: 3_000 }, (_, index) => itemKey('link', String(index)));
  expect(keys.filter((key) => !Number.isNaN(Number(key)))).toEqual([]);
});
