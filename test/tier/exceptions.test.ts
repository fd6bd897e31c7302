import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { endFact, listFacts, setFact } from '../../src/sync/import/manual-facts.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { listExceptions } from '../../src/tier/exceptions.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { createOverride, endOverride } from '../../src/tier/overrides.ts';
import { evaluateTiers, hasTierWork } from '../../src/tier/run.ts';
import type { Evidence } from '../../src/tier/types.ts';
import { createWaiver, endWaiver, listWaivers } from '../../src/tier/waivers.ts';
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

/** Gold asks for 30 points, an executive review and no complaint; reviews are monthly, without grace. */
const program = programOf({
  kpis: '  points: { label: Points, help: Points, unit: number, measure: { sum: fact.quantity, where: { attribute: kind, is: points } } }',
  ladders: `  - key: main
    label: Main
    tiers:
      - { key: bronze, label: Bronze }
      - key: gold
        label: Gold
        requirements:
          - { kpi: points, atLeast: 30 }
          - { fact: executive review, id: review, label: Executive review }
          - { not: { fact: complaint } }
    movement: { review: month, grace: { reviews: 0 } }`,
});

beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Northwind', types: ['reseller'], started_on: '2020-01-01' },
  ]);
  await insertRows(store, 'fact', [
    { id: 'f', partner: 'A', kind: 'points', quantity: 30, occurred_on: '2026-01-01' },
  ]);
  await pass('2026-03-01');
});

async function pass(day: string): Promise<void> {
  await recomputeKpis(store, { program, now: at(day) });
  await evaluateTiers(store, { program, now: at(day) });
}

const review = (day: string, more: { until?: string; kind?: string } = {}) => ({
  program,
  partnerId: 'A',
  kind: more.kind ?? 'Executive  Review',
  reason: 'Met on 2 March',
  author: 'kim',
  until: more.until,
  now: at(day),
});

const why = async (day: string) => await explainTier(store, { program, partnerId: 'A', now: at(day) });
const audit = async () =>
  (
    await store.query<{ actor: string; action: string }>(
      'select actor, action from tierlink.audit order by id',
    )
  ).map(({ actor, action }) => `${actor} ${action}`);

describe('R24 a requirement for a fact', () => {
  it('is met from the day on which a person records it, and says who did and until when', async () => {
    expect(await tiers(store)).toEqual(['A main bronze keeps']);
    expect((await why('2026-03-01')).missing).toBe('Executive review: not on file');
    await setFact(store, review('2026-03-02', { until: '2026-03-31' }));
    await pass('2026-03-02');
    expect(await tiers(store)).toEqual(['A main gold keeps']);
    const { requirements, evidence } = await why('2026-03-02');
    expect(requirements[1]).toMatchObject({
      id: 'review',
      label: 'Executive review',
      needs: 'on file',
      has: 'since 2026-03-02, until 2026-03-31 (kim)',
      state: 'met',
      fact: {
        kind: 'Executive  Review',
        author: 'kim',
        reason: 'Met on 2 March',
        expiresOn: '2026-03-31',
      },
    });
    expect(recomputeDecision(evidence)).toBe('gold');
    expect(await audit()).toEqual(['kim set_fact']);
  });

  it('ends by time alone, on the day after its last', async () => {
    await setFact(store, review('2026-03-02', { until: '2026-03-31' }));
    await pass('2026-03-02');
    await pass('2026-03-31');
    expect(await hasTierWork(store, { program, now: at('2026-03-31') })).toBe(false);
    await pass('2026-04-01');
    expect(await movements(store)).toContain('2026-04-01 A demote gold bronze');
    expect((await why('2026-04-01')).requirements[1]).toMatchObject({
      state: 'not_met',
      has: 'ended 2026-03-31',
    });
  });

  it('ends early by hand, with the former contents kept', async () => {
    await setFact(store, review('2026-03-02'));
    await pass('2026-03-02');
    const ended = await endFact(store, { ...review('2026-03-10'), reason: 'Left', actor: 'bo' });
    expect(ended).toMatchObject([{ expiresOn: '2026-03-09', isValid: false }]);
    await pass('2026-03-10');
    expect(await tiers(store)).toEqual(['A main gold at_risk']);
    expect(await audit()).toEqual(['kim set_fact', 'bo end_fact']);
    expect(await store.query(`select 1 from tierlink.record_version where entity = 'fact'`)).toHaveLength(1);
    const again = endFact(store, { ...review('2026-03-11'), reason: 'Left', actor: 'bo' });
    await expect(again).rejects.toMatchObject({ code: 'FACT_INVALID' });
  });

  it('is the same fact when it is recorded again from the same day', async () => {
    await setFact(store, review('2026-03-02', { until: '2026-03-31' }));
    await setFact(store, review('2026-03-02', { until: '2026-12-31' }));
    const known = await listFacts(store, { program, partnerId: 'A', now: at('2026-03-02') });
    expect(known.filter(({ kind }) => kind !== 'points')).toMatchObject([
      { expiresOn: '2026-12-31', isValid: true },
    ]);
  });

  it('is not met by an entry of a ledger that was taken back, nor by what takes it back', async () => {
    const entry = { partner: 'A', kind: 'executive review', occurred_on: '2026-03-02' };
    await insertRows(store, 'fact', [{ ...entry, id: 'r1', entry: 'E-1' }]);
    expect((await why('2026-03-02')).requirements[1]).toMatchObject({ state: 'met' });
    await insertRows(store, 'fact', [{ ...entry, id: 'r2', entry: 'E-2', reverses: 'E-1' }]);
    expect((await why('2026-03-02')).requirements[1]).toMatchObject({ state: 'not_met' });
  });

  it('stays on file while something of it is left, and until the day on which the rest is taken back', async () => {
    const entry = { partner: 'A', kind: 'executive review', occurred_on: '2026-03-02' };
    await insertRows(store, 'fact', [{ ...entry, id: 'r1', entry: 'E-1', quantity: 2 }]);
    const back = { partner: 'A', kind: 'executive review', reverses: 'E-1', quantity: -1 };
    await insertRows(store, 'fact', [{ ...back, id: 'r2', entry: 'E-2', occurred_on: '2026-03-02' }]);
    expect((await why('2026-03-02')).requirements[1]).toMatchObject({ state: 'met' });
    await insertRows(store, 'fact', [{ ...back, id: 'r3', entry: 'E-3', occurred_on: '2026-03-05' }]);
    expect((await why('2026-03-04')).requirements[1]).toMatchObject({
      state: 'met',
      has: 'since 2026-03-02, until 2026-03-04',
    });
    expect((await why('2026-03-05')).requirements[1]).toMatchObject({
      state: 'not_met',
      has: 'ended 2026-03-04',
    });
  });

  it('can be asked to be absent', async () => {
    await setFact(store, review('2026-03-02'));
    await setFact(store, review('2026-03-02', { kind: 'complaint' }));
    await pass('2026-03-02');
    expect(await tiers(store)).toEqual(['A main bronze keeps']);
    expect((await why('2026-03-02')).requirements[2]).toMatchObject({
      label: 'no complaint',
      state: 'not_met',
    });
  });

  it('lets nobody join the ladder before the facts of a CRM were read', async () => {
    await store.query(
      `insert into tierlink.feed (connection, object, entity) values ('prod', 'Fact__c', 'fact')`,
    );
    await insertRows(store, 'partner', [{ id: 'B', name: 'Contoso', types: ['reseller'] }]);
    await recomputeKpis(store, { program, now: at('2026-03-02') });
    const { waiting } = await evaluateTiers(store, { program, now: at('2026-03-02'), only: 'all' });
    expect(waiting).toEqual({
      partners: 1,
      reason: 'Fact__c of prod has not been read completely yet',
    });
  });

  it('costs nobody a tier while the facts of a CRM are late', async () => {
    await setFact(store, review('2026-03-02', { until: '2026-03-31' }));
    await pass('2026-03-02');
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to, frozen_reason)
       values ('prod', 'Fact__c', 'fact', '2026-03-31T00:00:00Z', 'scope_shrank')`,
    );
    await pass('2026-04-01');
    expect(await tiers(store)).toEqual(['A main gold keeps']);
    await store.query(`update tierlink.feed set frozen_reason = null, complete_to = '2026-04-02T00:00:00Z'`);
    await pass('2026-04-02');
    expect(await movements(store)).toContain('2026-04-02 A demote gold bronze');
  });

  it.each([
    [{ reason: ' ' }, 'it needs a reason'],
    [{ author: '' }, 'it needs an author'],
    [{ kind: ' ' }, 'it needs a kind'],
    [{ until: '2026-02-30' }, '"2026-02-30" is no day'],
    [{ until: '2026-03-01' }, 'it would end on 2026-03-01, before it begins on 2026-03-02'],
  ])('that is wrong (%j) is refused, and nothing is recorded', async (wrong, reason) => {
    await expect(setFact(store, { ...review('2026-03-02'), ...wrong })).rejects.toThrow(reason);
    expect(await audit()).toEqual([]);
  });
});

const waiver = (day: string, more: Record<string, string> = {}) => ({
  program,
  partnerId: 'A',
  tier: 'Gold',
  requirement: 'review',
  reason: 'Review is late',
  author: 'kim',
  until: '2026-03-31',
  ...more,
  now: at(day),
});

describe('a waived requirement', () => {
  it('counts as met for one partner until its day, is shown as waived, and decides the same again', async () => {
    await createWaiver(store, waiver('2026-03-02'));
    await pass('2026-03-02');
    expect(await tiers(store)).toEqual(['A main gold keeps']);
    const explained = await why('2026-03-02');
    expect(explained.requirements[1]).toMatchObject({
      state: 'waived',
      reason: 'waived until 2026-03-31 by kim: Review is late',
      waiver: { author: 'kim', reason: 'Review is late', untilOn: '2026-03-31' },
    });
    const [decision] = await store.query<{ evidence: Evidence }>(
      `select evidence from tierlink.decision where movement = 'promote'`,
    );
    expect(recomputeDecision(decision!.evidence)).toBe('gold');
    await pass('2026-04-01');
    expect(await movements(store)).toContain('2026-04-01 A demote gold bronze');
    expect(await audit()).toEqual(['kim waive']);
  });

  it('waives nothing of another tier or partner, and what is met is shown as met', async () => {
    await createWaiver(store, waiver('2026-03-02', { requirement: 'Points' }));
    await pass('2026-03-02');
    expect((await why('2026-03-02')).requirements.map(({ state }) => state)).toEqual([
      'met',
      'not_met',
      'met',
    ]);
    expect(await tiers(store)).toEqual(['A main bronze keeps']);
  });

  it('ends early by hand', async () => {
    const { id } = await createWaiver(store, waiver('2026-03-02', { until: '2026-12-31' }));
    await pass('2026-03-02');
    await endWaiver(store, { program, id, reason: 'Done', actor: 'bo', now: at('2026-03-10') });
    await pass('2026-03-10');
    expect(await tiers(store)).toEqual(['A main gold at_risk']);
    expect(await listWaivers(store, { program, partners: ['A'] })).toMatchObject([
      { id, endedOn: '2026-03-10' },
    ]);
    const again = endWaiver(store, { program, id, reason: 'Done', actor: 'bo', now: at('2026-03-11') });
    await expect(again).rejects.toMatchObject({ code: 'WAIVER_INVALID' });
    expect(await audit()).toEqual(['kim waive', 'bo end_waiver']);
  });

  it('follows its partner when that is merged', async () => {
    await createWaiver(store, waiver('2026-03-02', { until: '2026-12-31' }));
    await pass('2026-03-02');
    await insertRows(store, 'partner', [
      { id: 'B', name: 'Contoso', types: ['reseller'], started_on: '2020-01-01' },
    ]);
    await store.query(`update tierlink.fact set partner = 'B'`);
    await store.query(`update tierlink.partner set merged_into = 'B' where id = 'A'`);
    await store.query(
      `insert into tierlink.dirty_partner (partner_id, entity, since) values ('B', 'partner', now())`,
    );
    await pass('2026-03-03');
    await pass('2026-04-01');
    expect(await tiers(store)).toEqual(['B main gold keeps']);
  });

  it.each([
    [{ requirement: 'reveiw' }, 'WAIVER_INVALID', 'the tier asks for no "reveiw"; did you mean "review"?'],
    [{ tier: 'Platinum' }, 'TIER_UNKNOWN', 'no tier named Platinum'],
    [{ reason: ' ' }, 'WAIVER_INVALID', 'it needs a reason'],
    [{ until: '2026-01-01' }, 'WAIVER_INVALID', 'its last day, 2026-01-01, is over'],
    [{ partnerId: 'nobody' }, 'TIER_NONE', 'nobody'],
  ])('that is wrong (%j) is refused with %s, and nothing is recorded', async (wrong, code, words) => {
    const asked = createWaiver(store, { ...waiver('2026-03-02'), ...wrong });
    await expect(asked).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(await store.query('select 1 from tierlink.waiver')).toHaveLength(0);
  });
});

describe('the reason of a tier, for colleagues and for the partner', () => {
  const reasons = async (day: string) =>
    (await why(day)).history.map(({ on, movement, reason, rulesReason: forPartner }) =>
      [on, movement, reason, forPartner].join(' | '),
    );

  it('is of a tier that was granted the override, and not what is missing for the next one', async () => {
    const override = { program, partnerId: 'A', tier: 'Gold', reason: 'Launch', author: 'kim' };
    await createOverride(store, { ...override, until: '2026-03-20', now: at('2026-03-02') });
    await pass('2026-03-02');
    await pass('2026-03-21');
    expect(await reasons('2026-03-22')).toEqual([
      '2026-03-21 | override_end | What was granted is over. For Gold: Executive review. | What was granted is over. For Gold: Executive review.',
      '2026-03-02 | override | Set by kim until 2026-03-20, whatever the figures are: Launch. | Granted until 2026-03-20, whatever the figures are.',
      '2026-03-01 | enrol | Bronze asks for nothing. | Bronze asks for nothing.',
    ]);
  });

  it('names what was waived beside what was met', async () => {
    await createWaiver(store, waiver('2026-03-02'));
    await pass('2026-03-02');
    const [promoted] = await reasons('2026-03-02');
    expect(promoted).toBe(
      `2026-03-02 | promote | ${Array(2)
        .fill(
          'Gold met: Points 30 (needs 30), Executive review waived until 2026-03-31, no complaint - (needs not on file).',
        )
        .join(' | ')}`,
    );
  });
});

describe('the list of exceptions', () => {
  it('has overrides and waivers in force or to come, and all of them on demand; both are in the audit', async () => {
    const override = {
      program,
      partnerId: 'A',
      tier: 'Gold',
      reason: 'Launch',
      author: 'kim',
      until: '2026-03-20',
    };
    const { id } = await createOverride(store, { ...override, now: at('2026-03-02') });
    await createWaiver(store, waiver('2026-03-02'));
    const kinds = async (since: string | null) =>
      (await listExceptions(store, { program, partner: null, since })).map(({ kind, endedReason }) => [
        kind,
        endedReason,
      ]);
    expect(await kinds('2026-03-02')).toEqual(
      expect.arrayContaining([
        ['override', null],
        ['waiver', null],
      ]),
    );
    await endOverride(store, { program, id, reason: 'Over', actor: 'bo', now: at('2026-03-03') });
    expect(await kinds('2026-03-03')).toEqual([['waiver', null]]);
    expect(await kinds(null)).toEqual(
      expect.arrayContaining([
        ['override', 'Over'],
        ['waiver', null],
      ]),
    );
    expect(await kinds('2026-04-01')).toEqual([]);
    expect(await audit()).toEqual(['kim override', 'kim waive', 'bo end_override']);
  });

  it('says of a waiver whether its tier still asks for that', async () => {
    await createWaiver(store, waiver('2026-03-02'));
    const asked = async (of: typeof program) =>
      (await listExceptions(store, { program: of, partner: null, since: '2026-03-02' })).map(
        ({ requirement, isAsked }) => [requirement, isAsked],
      );
    const [[requirement]] = (await asked(program)) as [[string]];
    expect(await asked(program)).toEqual([[requirement, true]]);
    const [main] = program.ladders;
    const tiers = main!.tiers.map((tier) => ({ ...tier, requirements: undefined }));
    expect(await asked({ ...program, ladders: [{ ...main!, tiers }] })).toEqual([[requirement, false]]);
  });

  it('knows the second of two requirements of one name by its number', async () => {
    const [main] = program.ladders;
    const [bronze, gold] = main!.tiers;
    const requirements = [gold!.requirements!, { fact: 'plan', id: 'review' }].flat();
    const twice = { ...program, ladders: [{ ...main!, tiers: [bronze!, { ...gold!, requirements }] }] };
    await createWaiver(store, { ...waiver('2026-03-02', { requirement: 'review-2' }), program: twice });
    const [listed] = await listExceptions(store, { program: twice, partner: null, since: '2026-03-02' });
    expect(listed).toMatchObject({ requirement: 'review-2', isAsked: true });
    const before = await listExceptions(store, { program, partner: null, since: '2026-03-02' });
    expect(before).toMatchObject([{ requirement: 'review-2', isAsked: false }]);
  });
});

describe('the history of overrides', () => {
  it('names who set each of them, also of one that was ended and followed by another one on its first day', async () => {
    const about = { program, partnerId: 'A', until: '2026-12-31' };
    const first = await createOverride(store, {
      ...{ ...about, tier: 'gold', reason: 'Strategic', author: 'ann', now: at('2026-05-04') },
    });
    await pass('2026-05-04');
    const now = at('2026-05-04') + 3_600_000;
    await endOverride(store, { program, id: first.id, reason: 'over', actor: 'bob', now });
    await createOverride(store, {
      ...{ ...about, tier: 'bronze', reason: 'Agreed with sales', author: 'bob', now },
    });
    await evaluateTiers(store, { program, now });
    const { history } = await explainTier(store, { program, partnerId: 'A', now });
    expect(history.filter(({ movement }) => movement === 'override').map(({ reason }) => reason)).toEqual([
      'Set by bob until 2026-12-31, whatever the figures are: Agreed with sales.',
      'Set by ann until 2026-12-31, whatever the figures are: Strategic.',
    ]);
  });
});
