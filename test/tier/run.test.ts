import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { compareTiers } from '../../src/tier/compare.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { explainTier } from '../../src/tier/explain.ts';
import { createOverride, endOverride, listOverrides } from '../../src/tier/overrides.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import type { Evidence } from '../../src/tier/types.ts';
import { insertDeals, insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

const program = programOf({
  kpis: `  revenue:
    label: Sourced revenue
    help: Won deals.
    unit: money
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }
  certified:
    label: Certified people
    help: People.
    unit: people
    measure: { distinct: certification.person, window: { validFrom: issuedOn, validThrough: expiresOn } }`,
  ladders: `  - key: main
    label: Main
    partnerTypes: [reseller]
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: [{ kpi: revenue, atLeast: 1000 }] }
      - { key: gold, label: Gold, requirements: [{ kpi: revenue, atLeast: 5000 }, { kpi: certified, atLeast: 1 }] }
    movement: { rampDays: 90, afterOverride: at_review }
  - key: services
    label: Services
    partnerTypes: [msp]
    tiers: [{ key: member, label: Member }]`,
});
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Northwind', types: ['reseller'], started_on: '2020-01-01' },
    { id: 'B', name: 'Contoso', types: ['reseller'], started_on: '2020-01-01' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 6000 USD | yes | 2026-02-20 | sourced | 100
    d2   | B       | 1500 USD | yes | 2026-02-20 | sourced | 100
    d3   | B       | 900 USD  | yes | 2024-02-20 | sourced | 100`,
  );
});

const at = (day: string) => Date.parse(`${day}T08:00:00Z`);

/** One pass as the product makes it: figures, then tiers. */
async function pass(day: string) {
  await recomputeKpis(store, { program, now: at(day) });
  return await evaluateTiers(store, { program, now: at(day), runId: `run-${day}` });
}

async function tiers(): Promise<string[]> {
  const rows = await store.query<Record<string, string>>(
    `select partner_id, ladder, coalesce(tier, '-') as tier, status from tierlink.tier_state
     where closed_at is null order by partner_id`,
  );
  return rows.map((row) => `${row.partner_id} ${row.ladder} ${row.tier} ${row.status}`);
}

async function movements(): Promise<string[]> {
  const rows = await store.query<Record<string, string>>(
    `select partner_id, movement, coalesce(from_tier, '-') as f, coalesce(to_tier, '-') as t, effective_on
     from tierlink.decision order by effective_on, decided_at, partner_id, movement`,
  );
  return rows.map((row) => `${row.effective_on} ${row.partner_id} ${row.movement} ${row.f} ${row.t}`);
}

async function certify(expiresOn: string | null = null): Promise<void> {
  await insertRows(store, 'person', [{ id: 'p1', partner: 'A', email: 'a@a.example' }]);
  await insertRows(store, 'certification', [
    { id: 'c1', person: 'p1', issued_on: '2025-01-01', expires_on: expiresOn },
  ]);
}

describe('evaluating a store', () => {
  it('enrols everyone on a ladder once, with evidence and outbox marks, and then writes nothing', async () => {
    expect(await pass('2026-03-01')).toMatchObject({ evaluated: 2, movements: { enrol: 2 } });
    expect(await tiers()).toEqual(['A main silver keeps', 'B main silver keeps']);
    const marks = await store.query('select entity from tierlink.outbox order by entity, record_id');
    expect(marks.filter(({ entity }) => entity === 'decision')).toHaveLength(2);
    expect(marks.filter(({ entity }) => entity === 'partner')).toHaveLength(2);
    await store.query('delete from tierlink.outbox');
    expect(await pass('2026-03-01')).toMatchObject({ evaluated: 0, movements: {} });
    expect(await evaluateTiers(store, { program, now: at('2026-03-01'), only: 'all' })).toMatchObject({
      evaluated: 2,
      movements: {},
    });
    expect(await store.query('select 1 from tierlink.outbox')).toHaveLength(0);
  });

  it('promotes when a figure has changed, the same day', async () => {
    await pass('2026-03-01');
    await certify();
    await markDirty(store, 'certification', ['A']);
    await pass('2026-03-02');
    expect(await movements()).toContain('2026-03-02 A promote silver gold');
  });

  it('demotes by time alone: a certificate ends, the review warns, the next one takes the tier', async () => {
    await certify('2026-03-31');
    await pass('2026-03-01');
    for (const day of ['2026-04-01', '2026-05-01', '2026-07-01', '2026-07-02']) await pass(day);
    expect(await movements()).toEqual([
      '2026-03-01 A enrol - gold',
      '2026-03-01 B enrol - silver',
      '2026-04-01 A warn gold gold',
      '2026-07-01 A demote gold silver',
    ]);
  });

  it('stores evidence that decides the same tier again', async () => {
    await certify('2026-03-31');
    for (const day of ['2026-03-01', '2026-04-01', '2026-07-01']) await pass(day);
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
    await certify('2026-03-31');
    await pass('2026-03-01');
    const feed = `insert into tierlink.feed (connection, object, entity, complete_to, frozen_reason)
      values ('prod', 'Certification__c', 'certification', $1, 'sharing shrank') on conflict do nothing`;
    await store.query(feed, ['2026-04-01T00:00:00Z']);
    expect(await pass('2026-04-01')).toMatchObject({ frozen: 1 });
    expect(await tiers()).toContain('A main gold keeps');
    const [held] = await store.query<{ frozen_reason: string }>(
      `select frozen_reason from tierlink.tier_state where partner_id = 'A'`,
    );
    expect(held!.frozen_reason).toBe('Certified people: Certification__c of prod: sharing shrank');
    await store.query(`update tierlink.feed set frozen_reason = null`);
    await pass('2026-04-01');
    expect(await movements()).toContain('2026-04-01 A warn gold gold');
  });

  it('leaves a partner out of scope as it was; back again it has its tier, since and grace', async () => {
    await certify('2026-03-31');
    for (const day of ['2026-03-01', '2026-04-01']) await pass(day);
    const before = await store.query(`select * from tierlink.tier_state where partner_id = 'A'`);
    await store.query(`update tierlink.partner set in_scope = false where id = 'A'`);
    await markDirty(store, 'partner', ['A']);
    await pass('2026-04-02');
    await store.query(`update tierlink.partner set in_scope = true where id = 'A'`);
    await markDirty(store, 'partner', ['A']);
    await pass('2026-04-03');
    const [after] = await store.query(`select * from tierlink.tier_state where partner_id = 'A'`);
    const { tier, since, ramp_until, grace_until, warned_on, decision_id } = before[0]!;
    expect(after).toMatchObject({ tier, since, ramp_until, grace_until, warned_on, decision_id });
  });

  it('moves a partner of another type to its ladder and keeps the history of the old one', async () => {
    await pass('2026-03-01');
    await store.query(`update tierlink.partner set types = '{msp}' where id = 'B'`);
    await markDirty(store, 'partner', ['B']);
    await pass('2026-03-02');
    expect(await tiers()).toEqual(['A main silver keeps', 'B services member keeps']);
    expect(await movements()).toContain('2026-03-01 B enrol - silver');
  });
});

describe('a partner merged while its demotion awaits review', () => {
  it('leaves one survivor with the better standing and both histories', async () => {
    await certify('2026-03-31');
    for (const day of ['2026-03-01', '2026-04-01']) await pass(day);
    expect(await tiers()).toEqual(['A main gold due_down', 'B main silver keeps']);
    await store.query(`update tierlink.partner set merged_into = 'B' where id = 'A'`);
    await store.query(`update tierlink.credit set partner = 'B' where partner = 'A'`);
    await store.query(`update tierlink.person set partner = 'B' where partner = 'A'`);
    await markDirty(store, 'deal', ['A', 'B']);
    await pass('2026-05-01');
    expect(await tiers()).toEqual(['B main gold due_down']);
    await pass('2026-07-01');
    expect(await tiers()).toEqual(['B main silver keeps']);
    const why = await explainTier(store, { program, partnerId: 'B', now: at('2026-07-01') });
    const history = why.history.map(({ partnerId, movement }) => `${partnerId} ${movement}`);
    expect(history.slice(0, 3)).toEqual(['B demote', 'B keep', 'A warn']);
    expect(history.slice(3).sort()).toEqual(['A enrol', 'B enrol']);
  });
});

describe('tiers that people kept by hand', () => {
  beforeEach(async () => {
    await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory');`);
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       select 'prod', 'Account', 'x' || id, 'partner', id, 'live', now(), now() from tierlink.partner`,
    );
    await store.query(`update tierlink.partner set crm_tier = 'Gold', crm_tier_since = '2024-01-01'`);
  });

  it('stay as they are in shadow, beside a list of what the rules would give', async () => {
    expect(await pass('2026-03-01')).toMatchObject({ movements: { adopt: 2 } });
    for (const day of ['2026-04-01', '2026-07-01', '2026-10-01']) await pass(day);
    expect(await tiers()).toEqual(['A main gold keeps', 'B main gold keeps']);
    const comparison = await compareTiers(store, { program });
    expect(comparison.outcomes).toEqual({ lower_by_rules: 2 });
    expect(comparison.list.map(({ partnerName, byHand, byRules }) => [partnerName, byHand, byRules])).toEqual(
      [
        ['Contoso', 'Gold', 'Silver'],
        ['Northwind', 'Gold', 'Silver'],
      ],
    );
  });

  it('follow the policy from the day on which the program owns them', async () => {
    await pass('2026-03-01');
    await store.query(`update tierlink.connection set tier_mode = 'owned'`);
    for (const day of ['2026-03-15', '2026-04-01', '2026-07-01']) await pass(day);
    expect((await movements()).slice(2)).toEqual([
      '2026-03-15 A keep gold gold',
      '2026-03-15 B keep gold gold',
      '2026-04-01 A warn gold gold',
      '2026-04-01 B warn gold gold',
      '2026-07-01 A demote gold silver',
      '2026-07-01 B demote gold silver',
    ]);
  });
});

describe('overrides', () => {
  const order = {
    program,
    partnerId: 'B',
    tier: 'Gold',
    reason: 'strategic',
    author: 'kim',
    until: '2026-08-31',
  };

  it('hold until their last day, and the policy takes over at the next review', async () => {
    await pass('2026-03-01');
    const made = await createOverride(store, { ...order, now: at('2026-03-02') });
    for (const day of ['2026-03-02', '2026-07-01', '2026-08-31', '2026-09-01', '2026-10-01']) await pass(day);
    expect((await movements()).filter((line) => line.includes(' B '))).toEqual([
      '2026-03-01 B enrol - silver',
      '2026-03-02 B override silver gold',
      '2026-09-01 B override_end gold gold',
      '2026-10-01 B demote gold silver',
    ]);
    expect(await listOverrides(store, { program, partnerId: 'B' })).toMatchObject([
      { id: made.id, tier: 'gold' },
    ]);
  });

  it('can be ended early', async () => {
    await pass('2026-03-01');
    const made = await createOverride(store, { ...order, now: at('2026-03-02') });
    await pass('2026-03-02');
    await endOverride(store, { program, id: made.id, reason: 'mistake', now: at('2026-03-05') });
    await pass('2026-03-05');
    expect(await movements()).toContain('2026-03-05 B override_end gold gold');
    const again = endOverride(store, { program, id: made.id, reason: 'again', now: at('2026-03-06') });
    await expect(again).rejects.toMatchObject({ code: 'OVERRIDE_INVALID' });
  });

  it.each([
    [{ tier: 'Diamond' }, 'TIER_UNKNOWN'],
    [{ reason: '  ' }, 'OVERRIDE_INVALID'],
    [{ author: '' }, 'OVERRIDE_INVALID'],
    [{ until: '2026-02-30' }, 'OVERRIDE_INVALID'],
    [{ until: '2026-01-01' }, 'OVERRIDE_INVALID'],
    [{ from: '2026-09-30' }, 'OVERRIDE_INVALID'],
    [{ partnerId: 'nobody' }, 'TIER_NONE'],
  ])('that are wrong (%j) are refused with %s and nothing is recorded', async (wrong, code) => {
    const asked = createOverride(store, { ...order, ...wrong, now: at('2026-03-02') });
    await expect(asked).rejects.toMatchObject({ code });
    expect(await store.query('select 1 from tierlink.tier_override')).toHaveLength(0);
  });
});

describe('why a tier', () => {
  it('says what is needed, what is there, what is missing, what was left out and what happened', async () => {
    await pass('2026-03-01');
    const why = await explainTier(store, { program, partnerId: 'B', now: at('2026-03-01') });
    expect(why).toMatchObject({
      partnerName: 'Contoso',
      tier: 'Silver',
      forTier: 'Gold',
      windows: ['2025-03-01 to 2026-02-28'],
      missing: 'Sourced revenue: 3,500 USD more; Certified people: 1 more',
      state: { nextReview: '2026-04-01', summary: 'For Gold: sourced revenue, certified people.' },
    });
    expect(
      why.requirements.map(({ label, needs, has, state, recordsText }) => [
        label,
        needs,
        has,
        state,
        recordsText,
      ]),
    ).toEqual([
      ['Sourced revenue', '5,000 USD', '1,500 USD', 'not_met', '1 deal, 1 left out'],
      ['Certified people', '1', '0', 'not_met', '0 certificates'],
    ]);
    expect(why.notCounted.map(({ id, why: reason }) => `${id}: ${reason}`)).toEqual([
      'd3: dated 2024-02-20, before the window, which begins on 2025-03-01',
    ]);
    expect(why.history.map(({ movement, toTier }) => `${movement} ${toTier}`)).toEqual(['enrol Silver']);
  });

  it('names what alone would be enough', async () => {
    await pass('2026-03-01');
    const why = await explainTier(store, { program, partnerId: 'A', now: at('2026-03-01') });
    expect(why.enoughAlone).toEqual(['Certified people']);
  });

  it('of a partner on no ladder says so', async () => {
    await store.query(`update tierlink.partner set types = '{distributor}' where id = 'B'`);
    const asked = explainTier(store, { program, partnerId: 'B', now: at('2026-03-01') });
    await expect(asked).rejects.toMatchObject({ code: 'TIER_NONE' });
  });
});
