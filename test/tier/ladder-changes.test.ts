import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { approveMoves, findApproval, rejectMoves } from '../../src/tier/approvals.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, tiers } from './pass.ts';

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

const names = ['A', 'B', 'C', 'D'];

/** Resellers with 30 points are Gold; who is an MSP is a member, or as on the other ladder. */
function programWith(services: string): Program {
  return programOf({
    head: `approval: { downShare: 25 %, minimum: 2 }
specialisations:
  - { key: proven, label: Proven, requirements: { holds: { ladder: main, atLeast: gold } }, movement: { demote: immediately } }`,
    kpis: '  points: { label: Points, help: Points, unit: number, measure: { sum: fact.quantity } }',
    ladders: `  - key: main
    label: Main
    partnerTypes: [reseller]
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: points, atLeast: 30 }] }
  - key: services
    label: Services
    partnerTypes: [msp]
    tiers: [${services}]`,
  });
}
const member = programWith('{ key: member, label: Member }');

async function insertPartners(): Promise<void> {
  for (const id of names) {
    await insertRows(store, 'partner', [{ id, name: `Partner ${id}`, types: ['reseller'] }]);
    await insertRows(store, 'fact', [
      { id: `f${id}`, partner: id, kind: 'points', quantity: 30, occurred_on: '2026-01-01' },
    ]);
  }
}

async function retype(ids: readonly string[]): Promise<void> {
  await store.query(`update tierlink.partner set types = '{msp}' where id = any($1::text[])`, [[...ids]]);
  await markDirty(store, 'partner', [...ids]);
}

async function pass(program: Program, day: string) {
  await recomputeKpis(store, { program, now: at(day) });
  return await evaluateTiers(store, { program, now: at(day), runId: `run-${day}` });
}

/** Without the specialisation. */
const onLadders = async () => (await tiers(store)).filter((line) => !line.includes('proven'));

const before = names.map((id) => `${id} main gold keeps`);
const answer = { id: 'a-000001', actor: 'kim', now: at('2026-03-03') };

describe('partners that come to another ladder', () => {
  beforeEach(async () => {
    await insertPartners();
    await pass(member, '2026-03-01');
    expect(await onLadders()).toEqual(before);
  });

  it('wait together where they are many, on the ladder that they are on, with what follows from it', async () => {
    await retype(names);
    expect(await pass(member, '2026-03-02')).toMatchObject({
      held: [{ approval: 'a-000001', down: 8, up: 0 }],
    });
    expect(await tiers(store)).toEqual(
      names.flatMap((id) => [`${id} main gold keeps`, `${id} proven proven keeps`]),
    );
    const { items } = await findApproval(store, member, 'a-000001');
    expect(items.filter(({ ladder }) => ladder === 'Services')[0]).toMatchObject({
      from: null,
      to: 'Member',
      why: 'It comes to Services with Member, from Main, where it held Gold.',
    });
    expect(await pass(member, '2026-03-02')).toMatchObject({ held: [] });
    await approveMoves(store, { ...answer, program: member, reason: null });
    await pass(member, '2026-03-03');
    expect(await tiers(store)).toEqual(
      names.flatMap((id) => [`${id} proven - keeps`, `${id} services member keeps`]),
    );
    const { items: made, state } = await findApproval(store, member, 'a-000001');
    expect([state, ...new Set(made.map((one) => one.state))]).toEqual(['applied', 'applied']);
  });

  it('stay where they are when a person rejects it, until the next review', async () => {
    await retype(names);
    await pass(member, '2026-03-02');
    await rejectMoves(store, { ...answer, program: member, reason: 'Bad import' });
    await pass(member, '2026-03-03');
    expect(await onLadders()).toEqual(before);
    expect(await pass(member, '2026-03-20')).toMatchObject({ held: [] });
    expect(await onLadders()).toEqual(before);
    expect(await pass(member, '2026-04-01')).toMatchObject({ held: [{ down: 8 }] });
  });

  it('come to it at once where they are few, or keep a tier of the same name', async () => {
    await retype(['A']);
    await pass(member, '2026-03-02');
    expect((await onLadders())[0]).toBe('A services member keeps');
    const same = programWith('{ key: gold, label: Gold }');
    await pass(same, '2026-03-03');
    await retype(['B', 'C', 'D']);
    await pass(same, '2026-03-04');
    expect((await onLadders()).slice(1)).toEqual(['B', 'C', 'D'].map((id) => `${id} services gold keeps`));
  });
});
