import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { setTierMode } from '../../src/sync/links/connection-settings.ts';
import { approveMoves, findApproval, listApprovals, rejectMoves } from '../../src/tier/approvals.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { type EvaluateResult, evaluateTiers, hasTierWork } from '../../src/tier/run.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, movements, tiers } from './pass.ts';

let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
});

/** Bronze, Silver from 20 and Gold from 30 points; demoted at quarterly reviews without grace. */
function programWith(approval: string, movement = 'grace: { reviews: 0 }, stepsDown: 3'): Program {
  return programOf({
    head: `approval: ${approval}`,
    kpis: '  points: { label: Points, help: Points, unit: number, measure: { sum: fact.quantity } }',
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: [{ kpi: points, atLeast: 20 }] }
      - { key: gold, label: Gold, requirements: [{ kpi: points, atLeast: 30 }] }
    movement: { ${movement} }`,
  });
}

const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J'];

async function insertPartners(points = 30, ids: readonly string[] = names): Promise<void> {
  await insertRows(
    store,
    'partner',
    ids.map((id) => ({ id, name: `Partner ${id}`, types: ['reseller'], started_on: '2020-01-01' })),
  );
  await insertRows(
    store,
    'fact',
    ids.map((id) => ({
      id: `f${id}`,
      partner: id,
      kind: 'points',
      quantity: points,
      occurred_on: '2026-01-01',
    })),
  );
}

async function setPoints(points: number, ids: readonly string[]): Promise<void> {
  await store.query('update tierlink.fact set quantity = $1 where partner = any($2::text[])', [points, ids]);
  await markDirty(store, 'fact', [...ids]);
}

async function pass(program: Program, day: string): Promise<EvaluateResult> {
  await recomputeKpis(store, { program, now: at(day) });
  return await evaluateTiers(store, { program, now: at(day), runId: `run-${day}` });
}

const answer = (program: Program, day: string, more: { id?: string; reason?: string } = {}) => ({
  program,
  id: more.id ?? 'a-000001',
  actor: 'kim',
  reason: more.reason ?? null,
  now: at(day),
});

/** Partner, state, note of each change of an approval. */
async function itemsOf(program: Program, id = 'a-000001'): Promise<string[]> {
  const { items } = await findApproval(store, program, id);
  return items.map(({ partnerId, from, to, state, note }) =>
    [partnerId, from ?? '-', to ?? '-', state, ...(note === null ? [] : [note])].join(' '),
  );
}

const moved = async (kind: string) => (await movements(store)).filter((line) => line.split(' ')[2] === kind);

describe('more moves than may happen without an approval', () => {
  const program = programWith('{ downShare: 20 %, minimum: 3 }');

  beforeEach(async () => {
    await insertPartners();
    await pass(program, '2026-02-01');
  });

  it('wait on one list, with nothing of them decided or written, and cost nothing while they wait', async () => {
    await setPoints(25, ['A', 'B', 'C']);
    await pass(program, '2026-03-01');
    await store.query('delete from tierlink.outbox');
    const before = await store.query('select * from tierlink.decision order by id');
    const states = await tiers(store);
    const { held, evaluated } = await pass(program, '2026-04-01');
    expect(held).toEqual([
      {
        approval: 'a-000001',
        up: 0,
        down: 3,
        because: '3 of 10 partners would go down on one day, more than 20 %',
      },
    ]);
    expect(evaluated).toBe(7);
    expect(await tiers(store)).toEqual(states);
    expect(await store.query('select * from tierlink.decision order by id')).toEqual(before);
    const told = await store.query(
      `select record_id from tierlink.outbox where entity not in ('kpiPeriod', 'membership')`,
    );
    expect(told.map(({ record_id }) => record_id).sort()).toEqual(names.slice(3));
    const { items, ...approval } = await findApproval(store, program, 'A-000001');
    expect(approval).toMatchObject({ state: 'open', up: 0, down: 3, states: { open: 3 } });
    expect(items[0]).toMatchObject({
      partner: 'Partner A',
      from: 'Gold',
      to: 'Silver',
      why: 'To keep Gold: Points.',
    });
    expect(await hasTierWork(store, { program, now: at('2026-04-01') })).toBe(false);
    expect((await pass(program, '2026-04-02')).held).toEqual([]);
    expect(await listApprovals(store, { program })).toHaveLength(1);
  });

  it('are made as they were shown once a person approves them, and twice is once', async () => {
    await setPoints(25, ['A', 'B', 'C']);
    await pass(program, '2026-04-01');
    expect(await approveMoves(store, answer(program, '2026-04-03', { reason: 'Checked' }))).toBe(3);
    await expect(approveMoves(store, answer(program, '2026-04-03'))).rejects.toThrow('a-000001');
    expect(await hasTierWork(store, { program, now: at('2026-04-03') })).toBe(true);
    await pass(program, '2026-04-03');
    await pass(program, '2026-04-03');
    expect(await moved('demote')).toEqual(['A', 'B', 'C'].map((id) => `2026-04-03 ${id} demote gold silver`));
    expect(await itemsOf(program)).toEqual(['A', 'B', 'C'].map((id) => `${id} Gold Silver applied`));
    expect((await listApprovals(store, { program }))[0]).toMatchObject({
      state: 'applied',
      decidedBy: 'kim',
    });
    const [state] = await store.query(`select since from tierlink.tier_state where partner_id = 'A'`);
    expect(state).toEqual({ since: '2026-04-03' });
    const why = await explainTier(store, { program, partnerId: 'A', now: at('2026-04-03') });
    expect(why.history[0]!.reason).toContain('Approved by kim (Checked).');
    const audit = await store.query(
      'select actor, action, record_id, before, after, why from tierlink.audit',
    );
    expect(audit).toHaveLength(3);
    expect(audit[0]).toEqual({
      actor: 'kim',
      action: 'approve_tier',
      record_id: 'A',
      before: { tier: 'gold' },
      after: { tier: 'silver', approval: 'a-000001' },
      why: 'Checked',
    });
  });

  it('leave out who changed meanwhile, say so, and treat that as anything new', async () => {
    await setPoints(25, ['A', 'B', 'C', 'D']);
    await pass(program, '2026-04-01');
    await approveMoves(store, answer(program, '2026-04-02'));
    await setPoints(40, ['A']);
    await setPoints(5, ['B']);
    await setPoints(24, ['C']);
    await pass(program, '2026-04-02');
    expect(await itemsOf(program)).toEqual([
      'A Gold Silver left_out its figures changed: it stays Gold',
      'B Gold Silver left_out its figures changed: now from Gold to Bronze. To keep Gold: Points.',
      'C Gold Silver applied',
      'D Gold Silver applied',
    ]);
    expect(await moved('demote')).toEqual([
      '2026-04-02 B demote gold bronze',
      '2026-04-02 C demote gold silver',
      '2026-04-02 D demote gold silver',
    ]);
  });

  it('are rejected until the next review that demotes, and the reviews that promote go on meanwhile', async () => {
    const apart = programWith(
      '{ always: down }',
      'promote: at_review, review: { promotions: month, demotions: quarter }, grace: { reviews: 0 }, stepsDown: 3',
    );
    await setPoints(20, ['A']);
    await pass(apart, '2026-04-01');
    await rejectMoves(store, answer(apart, '2026-04-02', { reason: 'Not yet' }));
    await pass(apart, '2026-04-02');
    const standing = async () =>
      await store.query(`select tier, next_review::text from tierlink.tier_state where partner_id = 'A'`);
    expect(await standing()).toEqual([{ tier: 'gold', next_review: '2026-05-01' }]);
    await pass(apart, '2026-05-01');
    expect(await standing()).toMatchObject([{ tier: 'gold', next_review: '2026-06-01' }]);
    const { held } = await pass(apart, '2026-07-01');
    expect(held).toMatchObject([{ down: 1 }]);
  });

  it('keep the tiers with the reason when a person rejects them, until the next review', async () => {
    await setPoints(25, ['A', 'B', 'C']);
    await pass(program, '2026-04-01');
    expect(await rejectMoves(store, answer(program, '2026-04-03', { reason: 'A bad import' }))).toBe(3);
    await pass(program, '2026-04-03');
    await pass(program, '2026-05-01');
    expect(await moved('demote')).toEqual([]);
    expect((await tiers(store)).slice(0, 4)).toEqual([
      'A main gold due_down',
      'B main gold due_down',
      'C main gold due_down',
      'D main gold keeps',
    ]);
    const why = await explainTier(store, { program, partnerId: 'A', now: at('2026-05-01') });
    expect(why.history[0]).toMatchObject({ movement: 'keep', fromTier: 'Gold', toTier: 'Gold' });
    expect(why.history[0]!.reason).toBe(
      'kim rejected the move to Silver (A bad import). To keep Gold: Points.',
    );
    expect(why.state.nextReview).toBe('2026-07-01');
    expect((await pass(program, '2026-07-01')).held).toMatchObject([{ approval: 'a-000002', down: 3 }]);
  });

  it('are put on a list only after the inputs were confirmed, so that what that freezes is on none', async () => {
    await setPoints(25, names);
    await recomputeKpis(store, { program, now: at('2026-04-01') });
    let asked = 0;
    const confirmInputs = async () => {
      asked += 1;
      await store.query(
        `insert into tierlink.feed (connection, object, entity, complete_to, frozen_reason)
         values ('prod', 'Fact__c', 'fact', '2026-04-01T00:00:00Z', 'not_all_visible')`,
      );
    };
    const { held, frozen } = await evaluateTiers(store, {
      program,
      now: at('2026-04-01'),
      pageSize: 3,
      confirmInputs,
    });
    expect([asked, held, frozen]).toEqual([1, [], 10]);
    expect(await listApprovals(store, { program })).toEqual([]);
  });

  it('are all on one list, although they are on several pages', async () => {
    await setPoints(25, ['B', 'F', 'J']);
    await recomputeKpis(store, { program, now: at('2026-04-01') });
    const { held, evaluated } = await evaluateTiers(store, { program, now: at('2026-04-01'), pageSize: 2 });
    expect([held.map(({ down }) => down), evaluated]).toEqual([[3], 7]);
    expect(await itemsOf(program)).toEqual(['B', 'F', 'J'].map((id) => `${id} Gold Silver open`));
  });

  it('come one at a time below the share, and count those of the same day', async () => {
    await setPoints(25, ['A', 'B']);
    expect((await pass(program, '2026-04-01')).held).toEqual([]);
    expect(await moved('demote')).toHaveLength(2);
    await setPoints(25, ['C']);
    await store.query(`update tierlink.tier_state set next_review = '2026-04-01' where partner_id = 'C'`);
    expect((await pass(program, '2026-04-01')).held).toMatchObject([{ down: 1 }]);
    expect(await moved('demote')).toHaveLength(2);
  });

  it('end with the partner that leaves the program', async () => {
    await setPoints(25, ['A', 'B', 'C']);
    await pass(program, '2026-04-01');
    await store.query(`update tierlink.partner set in_scope = false where id = 'A'`);
    await store.query(`update tierlink.partner set merged_into = 'D' where id = 'B'`);
    await pass(program, '2026-04-02');
    expect(await itemsOf(program)).toEqual([
      'A Gold Silver left_out the partner left the program',
      'B Gold Silver left_out the partner left the program',
      'C Gold Silver open',
    ]);
  });

  it('stay on the list while inputs are frozen', async () => {
    await setPoints(25, ['A', 'B', 'C']);
    await pass(program, '2026-04-01');
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to, frozen_reason)
       values ('prod', 'Fact__c', 'fact', $1, 'scope_shrank')`,
      ['2026-04-01T00:00:00Z'],
    );
    await approveMoves(store, answer(program, '2026-04-02'));
    await pass(program, '2026-04-02');
    expect(await itemsOf(program)).toEqual(['A', 'B', 'C'].map((id) => `${id} Gold Silver approved`));
    await store.query(`update tierlink.feed set frozen_reason = null, complete_to = '2026-04-03T00:00:00Z'`);
    await pass(program, '2026-04-03');
    expect(await itemsOf(program)).toEqual(['A', 'B', 'C'].map((id) => `${id} Gold Silver applied`));
  });

  it('are made when the program no longer asks', async () => {
    await setPoints(25, ['A', 'B', 'C']);
    await pass(program, '2026-04-01');
    const free = programWith('{ upShare: 50 % }');
    await evaluateTiers(store, { program: free, now: at('2026-04-02'), only: 'all' });
    expect(await moved('demote')).toHaveLength(3);
    expect((await listApprovals(store, { program }))[0]).toMatchObject({ state: 'left_out' });
    expect((await itemsOf(program))[0]).toBe(
      'A Gold Silver left_out the program asks for no approval of it any more',
    );
  });

  it('end the same when a run is killed between pages and repeated', async () => {
    await setPoints(25, ['A', 'C', 'I']);
    await recomputeKpis(store, { program, now: at('2026-04-01') });
    const options = { program, now: at('2026-04-01'), pageSize: 2 };
    const stop = () => {
      throw new Error('stop');
    };
    await expect(evaluateTiers(store, { ...options, onPage: stop })).rejects.toThrow('stop');
    expect((await evaluateTiers(store, options)).held).toEqual([]);
    await approveMoves(store, answer(program, '2026-04-01'));
    await expect(evaluateTiers(store, { ...options, onPage: stop })).rejects.toThrow('stop');
    await evaluateTiers(store, options);
    expect(await itemsOf(program)).toEqual(['A', 'C', 'I'].map((id) => `${id} Gold Silver applied`));
    expect(await moved('demote')).toHaveLength(3);
  });
});

describe('moves that always wait', () => {
  it('are asked about one by one, also at the end of an override', async () => {
    const program = programWith('{ always: down }');
    await insertPartners(25, ['A', 'B']);
    await pass(program, '2026-02-01');
    await createOverride(store, {
      program,
      partnerId: 'A',
      tier: 'Gold',
      reason: 'Launch',
      author: 'kim',
      until: '2026-02-20',
      now: at('2026-02-02'),
    });
    expect((await pass(program, '2026-02-02')).held).toEqual([]);
    expect(await tiers(store)).toContain('A main gold overridden');
    expect((await pass(program, '2026-02-21')).held).toMatchObject([
      {
        down: 1,
        because: 'every move down waits',
      },
    ]);
    expect(await tiers(store)).toContain('A main gold overridden');
    await approveMoves(store, answer(program, '2026-02-22'));
    await pass(program, '2026-02-22');
    expect(await tiers(store)).toContain('A main silver keeps');
    expect(await movements(store)).toContain('2026-02-22 A override_end gold silver');
  });

  it('count a rise from the day on which it was first held', async () => {
    const program = programWith('{ always: both }');
    await insertPartners(20, ['A']);
    await pass(program, '2026-02-01');
    await setPoints(30, ['A']);
    await pass(program, '2026-02-10');
    expect(await tiers(store)).toEqual(['A main silver keeps']);
    await approveMoves(store, answer(program, '2026-02-15'));
    await pass(program, '2026-02-15');
    const [state] = await store.query('select tier, since from tierlink.tier_state');
    expect(state).toEqual({ tier: 'gold', since: '2026-02-10' });
    expect(await movements(store)).toContain('2026-02-15 A promote silver gold');
  });

  it('are not asked about again after a rejected rise until something else is earned', async () => {
    const program = programWith('{ always: up }');
    await insertPartners(10, ['A']);
    await pass(program, '2026-02-01');
    await setPoints(20, ['A']);
    await pass(program, '2026-02-10');
    await rejectMoves(store, answer(program, '2026-02-11', { reason: 'Not yet' }));
    await pass(program, '2026-02-11');
    expect(await tiers(store)).toEqual(['A main bronze eligible_up']);
    await setPoints(21, ['A']);
    expect((await pass(program, '2026-02-12')).held).toEqual([]);
    await setPoints(31, ['A']);
    expect((await pass(program, '2026-02-13')).held).toMatchObject([{ approval: 'a-000002', up: 1 }]);
  });
});

describe('moves that take effect later', () => {
  const movement =
    'grace: { reviews: 0 }, promote: at_review, review: { every: quarter, inForceAfter: 1 month }';
  const program = programWith('{ always: down }', movement);

  beforeEach(async () => {
    await insertPartners(30, ['A']);
    await pass(program, '2026-02-01');
    await setPoints(25, ['A']);
  });

  it('are asked about when they are decided, not when they take effect', async () => {
    expect((await pass(program, '2026-04-01')).held).toMatchObject([{ down: 1 }]);
    await approveMoves(store, answer(program, '2026-04-10'));
    await pass(program, '2026-04-10');
    expect(await tiers(store)).toEqual(['A main gold due_down']);
    const why = await explainTier(store, { program, partnerId: 'A', now: at('2026-04-10') });
    expect(why.prospect).toEqual([
      'Decided on 2026-04-10: Silver from 2026-05-01. It is withdrawn if the figures no longer give it.',
    ]);
    expect((await pass(program, '2026-05-01')).held).toEqual([]);
    expect(await tiers(store)).toEqual(['A main silver keeps']);
    expect(await movements(store)).toEqual([
      '2026-02-01 A enrol - gold',
      '2026-05-01 A demote gold silver',
      '2026-05-01 A take_effect gold silver',
    ]);
  });

  it('hold at once when the approval comes after their day', async () => {
    await pass(program, '2026-04-01');
    await approveMoves(store, answer(program, '2026-05-20'));
    await pass(program, '2026-05-20');
    expect(await tiers(store)).toEqual(['A main silver keeps']);
  });
});

describe('the first days', () => {
  const program = programWith('{ always: both }');

  beforeEach(async () => {
    await insertPartners(10, ['A']);
    await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       values ('prod', 'Account', 'xA', 'partner', 'A', 'live', now(), now())`,
    );
    await store.query(`update tierlink.partner set crm_tier = 'Silver', crm_tier_since = '2024-01-01'`);
  });

  it('ask about nothing while tiers are kept by hand, and about every move from the day of the takeover', async () => {
    await pass(program, '2026-02-01');
    expect(await listApprovals(store, { program })).toEqual([]);
    await setPoints(30, ['A']);
    const clock = { now: () => at('2026-02-14') };
    await setTierMode({ store, clock, id: 'prod', actor: 'kim', mode: 'owned', mappings: [] });
    expect((await pass(program, '2026-02-15')).held).toMatchObject([{ up: 1 }]);
    expect(await tiers(store)).toEqual(['A main silver keeps']);
  });

  it('adopt the tier before they ask about a move of it, where the program owns tiers from the start', async () => {
    await store.query(`update tierlink.connection set tier_mode = 'owned'`);
    await setPoints(30, ['A']);
    expect((await pass(program, '2026-02-01')).held).toMatchObject([{ up: 1 }]);
    expect(await tiers(store)).toEqual(['A main silver keeps']);
    expect(await movements(store)).toEqual(['2026-02-01 A adopt - silver']);
    expect(await hasTierWork(store, { program, now: at('2026-02-01') })).toBe(false);
    await approveMoves(store, answer(program, '2026-02-02'));
    await pass(program, '2026-02-02');
    expect(await tiers(store)).toEqual(['A main gold keeps']);
  });
});
