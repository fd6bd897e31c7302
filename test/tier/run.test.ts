import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hasKpiWork, recomputeKpis } from '../../src/kpi/recompute.ts';
import type { StateReason } from '../../src/kpi/types.ts';
import type { Store } from '../../src/store/store.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { evaluateTiers, hasTierWork } from '../../src/tier/run.ts';
import type { Evidence } from '../../src/tier/types.ts';
import { insertRows, markDirty } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, certify, insertPartners, movements, pass, program, tiers } from './pass.ts';

let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertPartners(store);
});

interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

/** Rows of tables that a statement read, those that it did not take included. */
function rowsLookedAt(node: PlanNode): number {
  const own = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'];
  const inner = (node.Plans ?? []).reduce((sum, each) => sum + rowsLookedAt(each), 0);
  return (node['Relation Name'] === undefined ? 0 : own) + inner;
}

/** A store whose first and third transactions are rolled back, as when others were in their way. */
function contested(): Store {
  let turn = 0;
  return {
    ...store,
    transaction: async (work) =>
      await store.transaction(async (tx) => {
        const result = await work(tx);
        turn += 1;
        if (turn === 1 || turn === 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
        return result;
      }),
  };
}

describe('evaluating a store', () => {
  it('goes through although other transactions get in the way, in figures and in tiers', async () => {
    const now = at('2026-03-01');
    expect(await recomputeKpis(contested(), { program, now })).toMatchObject({ partners: 2 });
    expect(await evaluateTiers(contested(), { program, now })).toMatchObject({ movements: { enrol: 2 } });
    expect(await tiers(store)).toEqual(['A main silver keeps', 'B main silver keeps']);
    expect(await hasKpiWork(store, { program, now })).toBe(false);
    expect(await hasTierWork(store, { program, now })).toBe(false);
  });

  it('enrols everyone on a ladder once, with evidence and outbox marks, and then writes nothing', async () => {
    expect(await pass(store, '2026-03-01')).toMatchObject({ evaluated: 2, movements: { enrol: 2 } });
    expect(await tiers(store)).toEqual(['A main silver keeps', 'B main silver keeps']);
    const marks = await store.query('select entity from tierlink.outbox order by entity, record_id');
    expect(marks.filter(({ entity }) => entity === 'decision')).toHaveLength(2);
    expect(marks.filter(({ entity }) => entity === 'partner')).toHaveLength(2);
    await store.query('delete from tierlink.outbox');
    expect(await pass(store, '2026-03-01')).toMatchObject({ evaluated: 0, movements: {} });
    expect(await evaluateTiers(store, { program, now: at('2026-03-01'), only: 'all' })).toMatchObject({
      evaluated: 2,
      movements: {},
    });
    expect(await store.query('select 1 from tierlink.outbox')).toHaveLength(0);
  });

  it('lets nobody join by figures that were never computed, and those join with them that then have theirs', async () => {
    const now = at('2026-03-01');
    await certify(store, '2026-12-31');
    expect(await evaluateTiers(store, { program, now })).toMatchObject({
      evaluated: 0,
      waiting: { partners: 2, reason: 'their figures are not computed yet' },
    });
    expect(await tiers(store)).toEqual([]);
    expect(await hasTierWork(store, { program, now })).toBe(false);
    await recomputeKpis(store, { program, now });
    expect(await hasTierWork(store, { program, now })).toBe(true);
    expect(await evaluateTiers(store, { program, now })).toMatchObject({ evaluated: 2, waiting: null });
    expect(await tiers(store)).toEqual(['A main gold keeps', 'B main silver keeps']);
  });

  it('promotes when a figure has changed, the same day', async () => {
    await pass(store, '2026-03-01');
    await certify(store);
    await markDirty(store, 'certification', ['A']);
    await pass(store, '2026-03-02');
    expect(await movements(store)).toContain('2026-03-02 A promote silver gold');
  });

  it('decides and tells nothing when a figure moves and the same things are missing', async () => {
    await pass(store, '2026-03-01');
    await store.query('delete from tierlink.outbox');
    await store.query(`update tierlink.deal set amount = amount + 1 where id = 'd2'`);
    await markDirty(store, 'deal', ['B']);
    expect(await pass(store, '2026-03-02')).toMatchObject({ evaluated: 1, movements: {} });
    expect(await store.query('select entity from tierlink.outbox')).toEqual([{ entity: 'kpiPeriod' }]);
  });

  it('demotes by time alone: a certificate ends, the review warns, the next one takes the tier', async () => {
    await certify(store, '2026-03-31');
    await pass(store, '2026-03-01');
    for (const day of ['2026-04-01', '2026-05-01', '2026-07-01', '2026-07-02']) await pass(store, day);
    expect(await movements(store)).toEqual([
      '2026-03-01 A enrol - gold',
      '2026-03-01 B enrol - silver',
      '2026-04-01 A warn gold gold',
      '2026-07-01 A demote gold silver',
    ]);
  });

  it('stores evidence that decides the same tier again', async () => {
    await certify(store, '2026-03-31');
    for (const day of ['2026-03-01', '2026-04-01', '2026-07-01']) await pass(store, day);
    const rows = await store.query<{ evidence: Evidence; computed_tier: string }>(
      'select evidence, computed_tier from tierlink.decision',
    );
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(recomputeDecision(row.evidence)).toBe(row.computed_tier);
  });

  it('makes the same decisions when it is killed between pages', async () => {
    await recomputeKpis(store, { program, now: at('2026-03-01') });
    const options = { program, now: at('2026-03-01'), pageSize: 1 };
    const stopped = evaluateTiers(store, {
      ...options,
      onPage: () => {
        throw new Error('stop');
      },
    });
    await expect(stopped).rejects.toThrow('stop');
    await evaluateTiers(store, options);
    const first = await store.query('select id from tierlink.decision order by id');
    await store.query('truncate tierlink.decision, tierlink.tier_state, tierlink.outbox');
    await evaluateTiers(store, { program, now: at('2026-03-01'), only: 'all' });
    expect(await store.query('select id from tierlink.decision order by id')).toEqual(first);
  });

  it('holds every tier while inputs are frozen, and makes the review up once they thaw', async () => {
    await certify(store, '2026-03-31');
    await pass(store, '2026-03-01');
    const feed = `insert into tierlink.feed (connection, object, entity, complete_to, frozen_reason)
      values ('prod', 'Certification__c', 'certification', $1, 'sharing shrank') on conflict do nothing`;
    await store.query(feed, ['2026-04-01T00:00:00Z']);
    expect(await pass(store, '2026-04-01')).toMatchObject({ frozen: 1 });
    expect(await tiers(store)).toContain('A main gold keeps');
    const [held] = await store.query<{ frozen_reason: StateReason }>(
      `select frozen_reason from tierlink.tier_state where partner_id = 'A'`,
    );
    expect(held!.frozen_reason).toEqual({
      ...{ code: 'frozen', why: 'sharing shrank', connection: 'prod', object: 'Certification__c' },
      behind: ['Certified people'],
    });
    await store.query(`update tierlink.feed set frozen_reason = null`);
    await pass(store, '2026-04-01');
    expect(await movements(store)).toContain('2026-04-01 A warn gold gold');
  });

  it('leaves a partner out of scope as it was; back again it has its tier, since and grace', async () => {
    await certify(store, '2026-03-31');
    for (const day of ['2026-03-01', '2026-04-01']) await pass(store, day);
    const before = await store.query(`select * from tierlink.tier_state where partner_id = 'A'`);
    await store.query(`update tierlink.partner set in_scope = false where id = 'A'`);
    await markDirty(store, 'partner', ['A']);
    await pass(store, '2026-04-02');
    await store.query(`update tierlink.partner set in_scope = true where id = 'A'`);
    await markDirty(store, 'partner', ['A']);
    await pass(store, '2026-04-03');
    const [after] = await store.query(`select * from tierlink.tier_state where partner_id = 'A'`);
    const { tier, since, ramp_until, grace_until, warned_on, decision_id } = before[0]!;
    expect(after).toMatchObject({ tier, since, ramp_until, grace_until, warned_on, decision_id });
  });

  it('knows when there is nothing to do, also while somebody who is due is out of scope', async () => {
    const hasWork = async (day: string) => {
      const asked = { program, now: at(day) };
      return [await hasKpiWork(store, asked), await hasTierWork(store, asked)];
    };
    expect(await hasWork('2026-03-01')).toEqual([true, true]);
    await pass(store, '2026-03-01');
    expect(await hasWork('2026-03-01')).toEqual([false, false]);
    expect(await hasWork('2026-04-01')).toEqual([true, true]);
    await store.query(`update tierlink.partner set in_scope = false where id = 'A'`);
    await markDirty(store, 'partner', ['A']);
    await pass(store, '2026-04-01');
    expect(await hasWork('2026-04-01')).toEqual([false, false]);
  });

  it('enrols a partner that changed so that a ladder fits it, and looks once at one that none fits', async () => {
    await pass(store, '2026-03-01');
    await insertRows(store, 'partner', [
      { id: 'C', name: 'Fabrikam', types: ['isv'], started_on: '2020-01-01' },
      { id: 'D', name: 'Litware', types: ['msp'], started_on: '2020-01-01' },
    ]);
    await markDirty(store, 'partner', ['C', 'D']);
    expect(await pass(store, '2026-03-02')).toMatchObject({ evaluated: 1, movements: { enrol: 1 } });
    expect(await hasTierWork(store, { program, now: at('2026-03-02') })).toBe(false);
    await store.query(`update tierlink.partner set types = '{msp}' where id = 'C'`);
    await markDirty(store, 'partner', ['C']);
    expect(await pass(store, '2026-03-03')).toMatchObject({ evaluated: 1, movements: { enrol: 1 } });
    expect(await tiers(store)).toContain('C services member keeps');
  });

  it('asks before somebody goes down, once, and evaluates anew what was frozen by that', async () => {
    await certify(store, '2026-03-31');
    await pass(store, '2026-03-01');
    let asked = 0;
    const evaluation = (day: string) => ({
      program,
      now: at(day),
      pageSize: 1,
      confirmInputs: async () => {
        asked += 1;
        await store.query(
          `insert into tierlink.feed (connection, object, entity, complete_to, frozen_reason)
           values ('prod', 'Certification__c', 'certification', now(), 'not_all_visible')`,
        );
      },
    });
    await recomputeKpis(store, { program, now: at('2026-03-15') });
    await evaluateTiers(store, evaluation('2026-03-15'));
    expect(asked).toBe(0);
    await recomputeKpis(store, { program, now: at('2026-04-01') });
    await evaluateTiers(store, evaluation('2026-04-01'));
    expect(asked).toBe(1);
    expect(await movements(store)).not.toContain('2026-04-01 A warn gold gold');
    expect(await tiers(store)).toContain('A main gold keeps');
    await evaluateTiers(store, { ...evaluation('2026-04-01'), only: 'all' });
    expect(asked).toBe(1);
  });

  it('looks at no more partners than are due, however many there are', async () => {
    const many = Array.from({ length: 1500 }, (_unused, index) => ({
      id: `P${index}`,
      name: `Partner ${index}`,
      types: [index % 3 === 0 ? 'isv' : 'reseller'],
      started_on: '2020-01-01',
    }));
    await insertRows(store, 'partner', many);
    await pass(store, '2026-03-01');
    await markDirty(store, 'partner', ['A', 'P7']);
    await recomputeKpis(store, { program, now: at('2026-03-02') });
    await store.analyze();
    const asked: [string, readonly unknown[] | undefined][] = [];
    const spied: Store = {
      ...store,
      query: (sql, parameters) => {
        asked.push([sql, parameters]);
        return store.query(sql, parameters);
      },
    };
    expect(await hasTierWork(spied, { program, now: at('2026-03-02') })).toBe(true);
    const [sql, parameters] = asked.find(([text]) => text.includes('tierlink.tier_state'))!;
    const [plan] = await store.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      `explain (analyze, format json) ${sql}`,
      parameters,
    );
    expect(rowsLookedAt(plan!['QUERY PLAN'][0]!.Plan)).toBeLessThan(20);
  });

  it('moves a partner of another type to its ladder and keeps the history of the old one', async () => {
    await pass(store, '2026-03-01');
    await store.query(`update tierlink.partner set types = '{msp}' where id = 'B'`);
    await markDirty(store, 'partner', ['B']);
    await pass(store, '2026-03-02');
    expect(await tiers(store)).toEqual(['A main silver keeps', 'B services member keeps']);
    expect(await movements(store)).toContain('2026-03-01 B enrol - silver');
  });
});
