import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hasKpiWork, recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { evaluateTiers, hasTierWork } from '../../src/tier/run.ts';
import type { Evidence } from '../../src/tier/types.ts';
import { markDirty } from '../kpi/sample.ts';
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

describe('evaluating a store', () => {
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
    await evaluateTiers(store, { program, now: at('2026-03-01') });
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
    const [held] = await store.query<{ frozen_reason: string }>(
      `select frozen_reason from tierlink.tier_state where partner_id = 'A'`,
    );
    expect(held!.frozen_reason).toBe('Certified people: Certification__c of prod: sharing shrank');
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

  it('moves a partner of another type to its ladder and keeps the history of the old one', async () => {
    await pass(store, '2026-03-01');
    await store.query(`update tierlink.partner set types = '{msp}' where id = 'B'`);
    await markDirty(store, 'partner', ['B']);
    await pass(store, '2026-03-02');
    expect(await tiers(store)).toEqual(['A main silver keeps', 'B services member keeps']);
    expect(await movements(store)).toContain('2026-03-01 B enrol - silver');
  });
});
