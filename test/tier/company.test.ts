import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { approveMoves, findApproval } from '../../src/tier/approvals.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { makeDue } from '../../src/tier/due.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { evaluateAsOf } from '../../src/tier/look/as-of.ts';
import { backtest } from '../../src/tier/look/backtest.ts';
import { compareVersions } from '../../src/tier/look/compare-versions.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { simulateTier } from '../../src/tier/look/simulate.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { evaluateTiers, hasTierWork } from '../../src/tier/run.ts';
import type { Evidence } from '../../src/tier/types.ts';
import { createWaiver } from '../../src/tier/waivers.ts';
import { membershipId } from '../../src/tier/write.ts';
import { markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { changePartner, insertPartners, programWith, standingsIn } from './family.ts';
import { at, movements, passBy, tiers } from './pass.ts';

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

const program = programWith();

/** Ids go against the family on purpose: Z is at the top, A and B are its subsidiaries, C is one of B. */
const insertFamily = async (points: Readonly<Record<string, number>>) =>
  await insertPartners(store, { Z: null, B: 'Z', A: 'Z', C: 'B', Y: null }, points);

const pass = async (day: string, by: Program = program) => await passBy(store, by, day);

const standings = async () => await standingsIn(store);

async function setPoints(partner: string, points: number): Promise<void> {
  await store.query('update tierlink.fact set quantity = $1 where partner = $2', [points, partner]);
  // As a change of a record marks the partner and everybody above it.
  await markDirty(store, 'fact', [partner, 'Z', 'B']);
}

const change = async (partner: string, set: string) =>
  await changePartner(store, { partner, set, marks: ['A', 'B', 'C', 'Z', 'Y'] });

describe('a tier held by the company', () => {
  it('is decided once, by the figures of all, and inherited by the subsidiaries in the same pass', async () => {
    await insertFamily({ A: 20, C: 10, Y: 5 });
    expect(await pass('2026-03-01')).toMatchObject({ evaluated: 5, movements: { inherit: 3, enrol: 2 } });
    expect(await standings()).toEqual([
      'A gold keeps Z',
      'B gold keeps Z',
      'C gold keeps Z',
      'Y silver keeps own',
      'Z gold keeps own',
    ]);
    const [row] = await store.query<{ summary: string; evidence: Evidence }>(
      `select summary, evidence from tierlink.decision where partner_id = 'C'`,
    );
    expect(row!.summary).toBe('Inherited from Firm Z. Highest tier reached.');
    expect(row!.evidence.inherited).toMatchObject({ partnerId: 'Z', name: 'Firm Z', tier: 'gold' });
    expect(recomputeDecision(row!.evidence)).toBe('gold');
    expect(await pass('2026-03-01')).toMatchObject({ evaluated: 0 });
    expect(await hasTierWork(store, { program, now: at('2026-03-01') })).toBe(false);
    const told = await store.query<{ record_id: string }>(
      `select record_id from tierlink.outbox where entity = 'partner' order by 1`,
    );
    expect(told.map((one) => one.record_id)).toEqual(['A', 'B', 'C', 'Y', 'Z']);
  });

  it('moves with the company, warnings included, at the cost of the family alone', async () => {
    await insertFamily({ A: 20, C: 10 });
    await pass('2026-03-01');
    await setPoints('C', 5);
    expect(await pass('2026-04-01')).toMatchObject({ movements: { warn: 1, keep: 3 } });
    expect(await standings()).toContain('C gold due_down Z');
    await pass('2026-07-01');
    expect(await standings()).toEqual([
      'A silver keeps Z',
      'B silver keeps Z',
      'C silver keeps Z',
      'Y silver keeps own',
      'Z silver keeps own',
    ]);
    await setPoints('C', 10);
    // Everybody of the family is evaluated; of those before the company in the alphabet once.
    expect((await pass('2026-07-02')).decisions.map(({ partnerId }) => partnerId)).toEqual([
      'Z',
      'A',
      'B',
      'C',
    ]);
    expect(await standings()).toContain('A gold keeps Z');
  });

  it('is kept by a subsidiary that is sold, and then rests on its own figures, with a new warning', async () => {
    await insertFamily({ A: 20, C: 10 });
    await pass('2026-03-01');
    await change('A', 'parent = null');
    await pass('2026-03-02');
    expect(await standings()).toContain('A gold at_risk own');
    await pass('2026-04-01');
    expect(await standings()).toContain('A gold due_down own');
    await pass('2026-07-01');
    expect((await standings()).slice(0, 2)).toEqual(['A silver keeps own', 'B silver keeps Z']);
  });

  it('is that of the new company for who joins one, whatever its own was', async () => {
    await insertFamily({ A: 20, C: 10, Y: 40 });
    await pass('2026-03-01');
    expect(await standings()).toContain('Y gold keeps own');
    await setPoints('A', 0);
    await pass('2026-04-01');
    await pass('2026-07-01');
    await change('Y', "parent = 'A'");
    // Its points make the company Gold again in the same pass.
    await pass('2026-07-02');
    expect(await standings()).toEqual([
      'A gold keeps Z',
      'B gold keeps Z',
      'C gold keeps Z',
      'Y gold keeps Z',
      'Z gold keeps own',
    ]);
  });

  it('is that of the highest one in the program and on the ladder', async () => {
    await insertFamily({ A: 20, C: 30 });
    await pass('2026-03-01');
    await change('Z', 'in_scope = false');
    await pass('2026-03-02');
    expect(await standings()).toEqual([
      'A gold at_risk own',
      'B gold keeps own',
      'C gold keeps B',
      'Y silver keeps own',
      'Z gold keeps own',
    ]);
    await change('Z', "in_scope = true, types = '{msp}'");
    await pass('2026-03-03');
    expect((await standings()).slice(0, 3)).toEqual([
      'A gold at_risk own',
      'B gold keeps own',
      'C gold keeps B',
    ]);
    await change('Z', "types = '{reseller}'");
    await pass('2026-03-04');
    expect(await standings()).toContain('C gold keeps Z');
    // One in the program that is not on the ladder parts nothing.
    await change('B', "types = '{msp}'");
    await pass('2026-03-05');
    expect((await standings()).slice(0, 2)).toEqual(['A gold keeps Z', 'C gold keeps Z']);
  });

  it('is told to the CRM again when the program comes to own the tiers', async () => {
    await insertFamily({ A: 30 });
    await store.query(
      `insert into tierlink.connection (id, crm, tier_mode) values ('north', 'memory', 'shadow')`,
    );
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       values ('north', 'Account', '1', 'partner', 'A', 'live', now(), now())`,
    );
    await pass('2026-03-01');
    await store.query('delete from tierlink.outbox');
    await store.query(`update tierlink.connection set tier_mode = 'owned'`);
    await makeDue(store, { partners: ['A'], now: new Date(at('2026-03-01')).toISOString() });
    await pass('2026-03-01');
    const told = await store.query('select record_id from tierlink.outbox order by entity');
    expect(told).toEqual([
      { record_id: membershipId(program, { partnerId: 'A', ladder: 'main' }) },
      { record_id: 'A' },
    ]);
  });

  it('is that of the partner itself in a circle of parents, and of where they come to it for those below', async () => {
    const parents = { A: 'C', B: 'A', C: 'B', D: 'A', E: 'D', F: 'F', G: 'F' };
    await insertPartners(store, parents, { B: 30 });
    // Of each alone and of all together the same.
    for (const pageSize of [1, 2, 500]) {
      await recomputeKpis(store, { program, now: at('2026-03-01') });
      await evaluateTiers(store, { program, now: at('2026-03-01'), only: 'all', pageSize });
      const holders = (await standings()).map((line) => line.replace(/ .* /, ' '));
      expect(holders).toEqual(['A own', 'B own', 'C own', 'D A', 'E A', 'F own', 'G F']);
    }
  });
});

describe('a specialisation held by the company', () => {
  const asked = programOf({
    head: `specialisations:
  - { key: security, label: Security, heldBy: company, requirements: { kpi: points, atLeast: 30 }, movement: { demote: immediately } }`,
    kpis: `  points:
    label: Points
    help: x
    unit: number
    rollUp: company
    measure: { sum: fact.quantity, where: { attribute: kind, is: points } }`,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ specialisations: { atLeast: 1 } }] }
    movement: { demote: immediately }`,
  });
  const own = async () => (await tiers(store)).filter((line) => /^[AZ] /.test(line));

  it('costs a subsidiary no tier while what the company lost it by is late', async () => {
    await insertFamily({ A: 30 });
    await pass('2026-03-01', asked);
    expect(await own()).toEqual([
      'A main gold keeps',
      'A security security keeps',
      'Z main gold keeps',
      'Z security security keeps',
    ]);
    // Lost for good, and late afterwards.
    await setPoints('A', 0);
    await store.query(`update tierlink.tier_state set tier = null where ladder = 'security'`);
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('sf', 'Fact', 'fact', '2026-01-01')`,
    );
    await pass('2026-03-02', asked);
    const held = ['A main gold keeps', 'A security - keeps', 'Z main gold keeps', 'Z security - keeps'];
    expect(await own()).toEqual(held);
    expect(await pass('2026-03-02', asked)).toMatchObject({ evaluated: 0 });
    // Once they are complete, both lose it in the same pass.
    await store.query(`update tierlink.feed set complete_to = '2026-03-03'`);
    await pass('2026-03-03', asked);
    expect(await own()).toEqual([
      'A main silver keeps',
      'A security - keeps',
      'Z main silver keeps',
      'Z security - keeps',
    ]);
    expect(await hasTierWork(store, { program: asked, now: at('2026-03-03') })).toBe(false);
  });
});

describe('people and the tier of a company', () => {
  beforeEach(async () => {
    await insertFamily({ A: 20, C: 10 });
    await pass('2026-03-01');
  });
  const about = { program, reason: 'Agreed', author: 'kim', now: at('2026-03-02') };

  it('set it for the company and all its subsidiaries, or for a subsidiary alone', async () => {
    await createOverride(store, { ...about, partnerId: 'Z', tier: 'silver', until: '2026-03-31' });
    await createOverride(store, { ...about, partnerId: 'A', tier: 'gold', until: '2026-03-10' });
    await pass('2026-03-02');
    expect(await standings()).toEqual([
      'A gold overridden Z',
      'B silver overridden Z',
      'C silver overridden Z',
      'Y silver keeps own',
      'Z silver overridden own',
    ]);
    await pass('2026-03-11');
    expect(await standings()).toContain('A silver overridden Z');
    await pass('2026-04-01');
    expect(await standings()).toContain('C gold keeps Z');
    expect((await movements(store)).filter((line) => line.includes(' A '))).toEqual([
      '2026-03-01 A inherit - gold',
      '2026-03-02 A override gold gold',
      '2026-03-11 A override gold silver',
      '2026-04-01 A override_end silver gold',
    ]);
  });

  it('waive requirements for the company only', async () => {
    const waiver = { ...about, partnerId: 'A', tier: 'gold', requirement: 'points', until: '2026-03-31' };
    await expect(createWaiver(store, waiver)).rejects.toMatchObject({
      code: 'WAIVER_INVALID',
      data: { reason: 'its tier is that of Firm Z' },
    });
    await createWaiver(store, { ...waiver, partnerId: 'Z' });
  });

  it('are told whose tier it is', async () => {
    const explained = await explainTier(store, { program, partnerId: 'C', now: at('2026-03-02') });
    expect(explained).toMatchObject({ tier: 'Gold', computedTier: 'Gold', requirements: [], missing: null });
    expect(explained.prospect).toEqual([
      'The tier is that of the company: Firm Z holds it, and its subsidiaries have the same. See: tierlink tier why "Firm Z"',
    ]);
  });

  it('approve what coming to another company changes, and not what that one does', async () => {
    const gated = programWith('approval: { always: down }');
    await pass('2026-03-02', gated);
    await change('A', "parent = 'Y'");
    expect(await pass('2026-03-03', gated)).toMatchObject({ held: [{ down: 1 }] });
    expect(await standings()).toContain('A gold keeps Z');
    const { items } = await findApproval(store, gated, 'a-000001');
    expect(items).toMatchObject([
      { from: 'Gold', to: 'Silver', why: 'It belongs to Firm Y, which holds Silver.' },
    ]);
    await approveMoves(store, {
      program: gated,
      id: 'a-000001',
      actor: 'kim',
      reason: null,
      now: at('2026-03-04'),
    });
    await pass('2026-03-04', gated);
    expect(await standings()).toContain('A silver keeps Y');
  });
});

describe('looking at the tier of a company', () => {
  it('in the past decides it before those that have it, also where it has that of another one elsewhere', async () => {
    const service = programWith('', {
      ladders: `
  - key: service
    label: Service
    partnerTypes: [msp]
    beside: true
    heldBy: company
    tiers: [{ key: member, label: Member }]`,
    });
    // B holds Main, which A has of it, and has Service of C.
    await insertPartners(store, { C: null, B: 'C', A: 'B' }, { B: 30 });
    await store.query(`update tierlink.partner set types = '{msp}' where id = 'C'`);
    await store.query(`update tierlink.partner set types = '{reseller,msp}' where id = 'B'`);
    const [review] = await backtest(store, { program: service, quarters: 1, now: at('2026-03-10') });
    expect(review!.ladders[0]!.tiers.map(({ tier, held }) => `${tier} ${held}`)).toEqual([
      'gold 2',
      'silver 0',
      'null 0',
    ]);
  });

  it('was none in the past while the company had none, whatever its figures said', async () => {
    const slow = programOf({
      head: 'approval: { always: up }',
      kpis: '  points: { label: Points, help: x, unit: number, rollUp: company, measure: { sum: fact.quantity } }',
      ladders: `  - key: main
    label: Main
    partnerTypes: [reseller]
    heldBy: company
    tiers: [{ key: gold, label: Gold, requirements: [{ kpi: points, atLeast: 30 }] }]`,
    });
    await insertFamily({ Z: 10 });
    await pass('2026-03-01', slow);
    await setPoints('Z', 50);
    await pass('2026-03-02', slow);
    expect(await standings()).toContain('Z - keeps own');
    const now = at('2026-03-04');
    const then = await evaluateAsOf(store, { program: slow, day: '2026-03-03', partners: ['C'], now });
    const found = then.partners[0]!;
    expect((found.known ?? found.today)!.inherited).toMatchObject({ partnerId: 'Z', tier: null });
  });

  it('follows it into other versions, supposed figures, the past and the days to come', async () => {
    await insertFamily({ A: 20, C: 10 });
    await store.query(`update tierlink.fact set expires_on = '2026-06-15' where id = 'fC'`);
    await pass('2026-03-01');
    const now = at('2026-03-02');
    const { moves } = await compareVersions(store, {
      before: program,
      after: programWith('', { gold: 50 }),
      now,
    });
    expect(moves.map(({ partnerId, move }) => `${partnerId} ${move}`)).toEqual([
      'A down',
      'B down',
      'C down',
      'Y same',
      'Z down',
    ]);
    const changes = [{ name: 'points', value: '0' }];
    const simulated = await simulateTier(store, { program, partnerId: 'A', changes, now });
    expect(simulated).toMatchObject({ after: { state: { tier: 'gold', inheritedFrom: 'Z' } } });
    const then = await evaluateAsOf(store, { program, day: '2026-03-01', partners: ['C'], now });
    const found = then.partners[0]!;
    expect((found.known ?? found.today)!.inherited).toMatchObject({ partnerId: 'Z' });
    expect(found.decision).toMatchObject({ tier: 'gold' });
    const { events } = await forecastTiers(store, { program, now, days: 300 });
    const lost = events.filter(({ toTier, fromTier }) => toTier !== fromTier);
    expect(lost.map(({ partnerId, day, toTier }) => `${day} ${partnerId} ${toTier}`).sort()).toEqual([
      '2026-10-01 A Silver',
      '2026-10-01 B Silver',
      '2026-10-01 C Silver',
      '2026-10-01 Z Silver',
    ]);
  });
});
