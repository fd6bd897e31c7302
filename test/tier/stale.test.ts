import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { reasonOrNull } from '../../src/kpi/state-reason.ts';
import type { StateReason } from '../../src/kpi/types.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { listApprovals } from '../../src/tier/approvals.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { type EvaluateResult, evaluateTiers } from '../../src/tier/run.ts';
import { insertRows, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, movements, tiers } from './pass.ts';

let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

/** Gold for a certified person; certifications may lag 7 days behind. */
function programWith(movement: string, head = ''): Program {
  return programOf({
    head: `freshness: { default: 3 days, certification: 7 days }\n${head}`,
    kpis: `  certified:
    label: Certified people
    help: People.
    unit: people
    measure: { distinct: certification.person, window: { validFrom: issuedOn, validThrough: expiresOn } }`,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: bronze, label: Bronze }
      - { key: gold, label: Gold, requirements: [{ kpi: certified, atLeast: 1 }] }
    movement: { ${movement} }`,
  });
}

/** A Gold partner whose only certificate ends on 20 March; its source is complete to 12 March and no further. */
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Northwind', types: ['reseller'], started_on: '2020-01-01' },
  ]);
  await insertRows(store, 'person', [{ id: 'p', partner: 'A', email: 'a@a.example' }]);
  await insertRows(store, 'certification', [
    { id: 'c', person: 'p', issued_on: '2025-01-01', expires_on: '2026-03-20' },
  ]);
  await completeTo('2026-03-12');
});

async function completeTo(day: string): Promise<void> {
  await store.query(
    `insert into tierlink.feed (connection, object, entity, complete_to)
     values ('prod', 'Certification__c', 'certification', $1)
     on conflict (connection, object, entity) do update set complete_to = excluded.complete_to`,
    [`${day}T00:00:00Z`],
  );
}

async function pass(program: Program, day: string): Promise<EvaluateResult> {
  await recomputeKpis(store, { program, now: at(day) });
  return await evaluateTiers(store, { program, now: at(day) });
}

const reasonHeld = async () =>
  reasonOrNull(
    (
      await store.query<{ reason: StateReason | null }>(
        'select frozen_reason as reason from tierlink.tier_state',
      )
    )[0]!.reason,
  );

describe('R32 figures whose source is behind its limit', () => {
  it('MV-8 hold the tier at the review, without a warning, and say why; the review is made up for', async () => {
    const program = programWith('grace: { reviews: 1 }');
    await pass(program, '2026-03-13');
    const { frozen, movements: made } = await pass(program, '2026-04-01');
    expect([frozen, made.warn, made.demote]).toEqual([1, undefined, undefined]);
    expect(await tiers(store)).toEqual(['A main gold keeps']);
    expect(await reasonHeld()).toBe(
      'Certified people: Certification__c of prod is complete only to 2026-03-12, and may be 7 days behind at most',
    );
    await completeTo('2026-04-03');
    await pass(program, '2026-04-03');
    expect(await movements(store)).toContain('2026-04-03 A warn gold gold');
  });

  it('hold it where tiers are lost at once, and put nobody on a list for approval', async () => {
    const program = programWith('demote: immediately', 'approval: { always: down }');
    await pass(program, '2026-03-13');
    await pass(program, '2026-04-01');
    expect(await tiers(store)).toEqual(['A main gold keeps']);
    expect(await listApprovals(store, { program })).toEqual([]);
    await completeTo('2026-04-03');
    expect((await pass(program, '2026-04-03')).held).toMatchObject([{ down: 1 }]);
  });

  it('hold it at the end of an override', async () => {
    const program = programWith('grace: { reviews: 0 }');
    await pass(program, '2026-03-13');
    const override = {
      program,
      partnerId: 'A',
      tier: 'Gold',
      reason: 'R',
      author: 'kim',
      until: '2026-03-31',
    };
    await createOverride(store, { ...override, now: at('2026-03-14') });
    await pass(program, '2026-03-14');
    await pass(program, '2026-04-01');
    expect(await movements(store)).toContain('2026-04-01 A override_end gold gold');
  });

  it('neither decide a fall that takes effect later, nor stop one that was decided before', async () => {
    const program = programWith('grace: { reviews: 0 }, review: { every: quarter, inForceAfter: 1 month }');
    await pass(program, '2026-03-13');
    await pass(program, '2026-04-01');
    expect(await tiers(store)).toEqual(['A main gold keeps']);
    await completeTo('2026-04-10');
    await pass(program, '2026-04-10');
    await pass(program, '2026-05-01');
    expect((await movements(store)).slice(-2)).toEqual([
      '2026-05-01 A demote gold bronze',
      '2026-05-01 A take_effect gold bronze',
    ]);
  });
});
