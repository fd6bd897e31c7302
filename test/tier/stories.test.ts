import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { setTierMode } from '../../src/sync/links/connection-settings.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { compareTiers } from '../../src/tier/look/compare.ts';
import { createOverride, endOverride, listOverrides } from '../../src/tier/overrides.ts';
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

describe('a won deal that promotes in March and is lost in April', () => {
  it('leaves the March evidence as it was, and the April review says what is missing', async () => {
    await pass(store, '2026-03-01');
    await certify(store);
    await markDirty(store, 'certification', ['A']);
    await pass(store, '2026-03-02');
    await store.query(`update tierlink.deal set is_won = false, is_closed = false where id = 'd1'`);
    await markDirty(store, 'deal', ['A']);
    await pass(store, '2026-03-20');
    await store.query(`update tierlink.deal set is_closed = true where id = 'd1'`);
    await markDirty(store, 'deal', ['A']);
    for (const day of ['2026-04-01', '2026-07-01']) await pass(store, day);
    const rows = await store.query<{ movement: string; summary: string; evidence: Evidence }>(
      `select movement, summary, evidence from tierlink.decision where partner_id = 'A' order by decided_at`,
    );
    expect(rows.map(({ movement, summary }) => `${movement}: ${summary}`)).toEqual([
      'enrol: For Gold: Certified people.',
      'promote: Highest tier reached.',
      'keep: To keep Gold: Sourced revenue.',
      'warn: To keep Gold: Sourced revenue.',
      'demote: To keep Silver: Sourced revenue.',
    ]);
    expect(rows[1]!.evidence.tiers[2]!.requirements[0]).toMatchObject({
      has: '6,000 USD',
      state: 'met',
      counted: 1,
    });
    expect(rows[3]!.evidence.tiers[2]!.requirements[0]).toMatchObject({
      has: '0 USD',
      gapText: '5,000 USD more',
    });
  });
});

describe('a partner merged while its demotion awaits review', () => {
  it('leaves one survivor with the better standing and both histories', async () => {
    await certify(store, '2026-03-31');
    for (const day of ['2026-03-01', '2026-04-01']) await pass(store, day);
    expect(await tiers(store)).toEqual(['A main gold due_down', 'B main silver keeps']);
    await store.query(`update tierlink.partner set merged_into = 'B' where id = 'A'`);
    await store.query(`update tierlink.credit set partner = 'B' where partner = 'A'`);
    await store.query(`update tierlink.person set partner = 'B' where partner = 'A'`);
    await markDirty(store, 'deal', ['A', 'B']);
    await pass(store, '2026-05-01');
    expect(await tiers(store)).toEqual(['B main gold due_down']);
    await pass(store, '2026-07-01');
    expect(await tiers(store)).toEqual(['B main silver keeps']);
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
    expect(await pass(store, '2026-03-01')).toMatchObject({ movements: { adopt: 2 } });
    for (const day of ['2026-04-01', '2026-07-01', '2026-10-01']) await pass(store, day);
    expect(await tiers(store)).toEqual(['A main gold keeps', 'B main gold keeps']);
    const comparison = await compareTiers(store, { program, setByHand: new Map() });
    expect(comparison.outcomes).toEqual({ lower_by_rules: 2 });
    expect(comparison.list.map(({ partnerName, byHand, byRules }) => [partnerName, byHand, byRules])).toEqual(
      [
        ['Contoso', 'Gold', 'Silver'],
        ['Northwind', 'Gold', 'Silver'],
      ],
    );
  });

  it('follow the policy from the day on which the program owns them', async () => {
    await pass(store, '2026-03-01');
    const clock = { now: () => at('2026-03-14') };
    await setTierMode({ store, clock, id: 'prod', actor: 'kim', mode: 'owned', mappings: [] });
    for (const day of ['2026-03-15', '2026-04-01', '2026-07-01']) await pass(store, day);
    expect((await movements(store)).slice(2)).toEqual([
      '2026-03-15 A keep gold gold',
      '2026-03-15 B keep gold gold',
      '2026-04-01 A warn gold gold',
      '2026-04-01 B warn gold gold',
      '2026-07-01 A demote gold silver',
      '2026-07-01 B demote gold silver',
    ]);
  });
});

describe('the comparison of tiers', () => {
  it('names an override also where the program does not own the tiers yet', async () => {
    await pass(store, '2026-03-01');
    const order = { program, partnerId: 'B', tier: 'Gold', reason: 'strategic', author: 'kim' };
    await createOverride(store, { ...order, until: '2026-08-31', now: at('2026-03-02') });
    await pass(store, '2026-03-02');
    await store.query(`update tierlink.tier_state set mode = 'shadow'`);
    const { list } = await compareTiers(store, { program, setByHand: new Map() });
    expect(list.find(({ partnerId }) => partnerId === 'B')).toMatchObject({
      mode: 'shadow',
      byHand: 'Gold',
      hand: 'override',
      outcome: 'lower_by_rules',
    });
  });
});

describe('the comparison of tiers that the program owns', () => {
  const edited = (tier: string | null) =>
    new Map([['A', [{ connection: 'prod', tier, by: '005K', byName: 'Kim', at: '2026-03-02T09:00:00Z' }]]]);
  const compared = async (tier: string | null) => {
    const { outcomes, list } = await compareTiers(store, { program, setByHand: edited(tier) });
    const rows = list.map((each) => [each.partnerName, each.byHand, each.hand, each.byRules, each.outcome]);
    return { outcomes, rows };
  };

  beforeEach(async () => {
    await pass(store, '2026-03-01');
    await store.query(`update tierlink.tier_state set mode = 'owned'`);
  });

  it.each([
    ['Gold', 'lower_by_rules'],
    ['BRONZE', 'higher_by_rules'],
    ['Diamond', 'not_on_ladder'],
    [null, 'none_by_hand'],
  ])('names a tier that somebody edited to %s, and none of the others', async (tier, outcome) => {
    expect(await compared(tier)).toEqual({
      outcomes: { [outcome]: 1, by_rules: 1 },
      rows: [['Northwind', tier, 'edited', 'Silver', outcome]],
    });
  });

  it('goes by the later of two edits', async () => {
    const edits = [
      { connection: 'prod', tier: 'Bronze', by: '005K', byName: 'Kim', at: '2026-03-02T09:00:00Z' },
      { connection: 'south', tier: 'Gold', by: '005L', byName: null, at: '2026-03-03T09:00:00Z' },
    ];
    const { list } = await compareTiers(store, { program, setByHand: new Map([['A', edits]]) });
    expect(list).toMatchObject([{ byHand: 'Gold', hand: 'edited', setByHand: edits }]);
  });

  it('leaves out an edit that says what the rules say', async () => {
    expect(await compared('silver')).toEqual({ outcomes: { same: 1, by_rules: 1 }, rows: [] });
  });

  it('names an override', async () => {
    const order = { program, partnerId: 'B', tier: 'Gold', reason: 'strategic', author: 'kim' };
    await createOverride(store, { ...order, until: '2026-08-31', now: at('2026-03-02') });
    await pass(store, '2026-03-02');
    await store.query(`update tierlink.tier_state set mode = 'owned'`);
    expect((await compared('silver')).rows).toEqual([
      ['Contoso', 'Gold', 'override', 'Silver', 'lower_by_rules'],
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
    await pass(store, '2026-03-01');
    const made = await createOverride(store, { ...order, now: at('2026-03-02') });
    for (const day of ['2026-03-02', '2026-07-01', '2026-08-31', '2026-09-01', '2026-10-01'])
      await pass(store, day);
    expect((await movements(store)).filter((line) => line.includes(' B '))).toEqual([
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
    await pass(store, '2026-03-01');
    const made = await createOverride(store, { ...order, now: at('2026-03-02') });
    await pass(store, '2026-03-02');
    await endOverride(store, {
      program,
      id: made.id,
      reason: 'mistake',
      actor: 'kim',
      now: at('2026-03-05'),
    });
    await pass(store, '2026-03-05');
    expect(await movements(store)).toContain('2026-03-05 B override_end gold gold');
    const again = endOverride(store, {
      program,
      id: made.id,
      reason: 'again',
      actor: 'kim',
      now: at('2026-03-06'),
    });
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
    [{ from: '2026-02-30' }, 'OVERRIDE_INVALID'],
  ])('that are wrong (%j) are refused with %s and nothing is recorded', async (wrong, code) => {
    const asked = createOverride(store, { ...order, ...wrong, now: at('2026-03-02') });
    await expect(asked).rejects.toMatchObject({ code });
    expect(await store.query('select 1 from tierlink.tier_override')).toHaveLength(0);
  });

  it('that are over before they begin are told with the partner and the day that would do', async () => {
    const asked = createOverride(store, { ...order, until: '2026-01-01', now: at('2026-03-02') });
    await expect(asked).rejects.toMatchObject({
      message:
        'Override of Contoso: its last day, 2026-01-01, is over (today is 2026-03-02). Nothing was changed.',
      actions: [
        'Give --until a day that is not over: 2026-03-02 or later.',
        'See its tier and any override: tierlink tier why "Contoso"',
      ],
    });
  });

  it('on no ladder are refused with the name of the partner', async () => {
    await store.query(`update tierlink.partner set types = '{distributor}' where id = 'B'`);
    const asked = createOverride(store, { ...order, now: at('2026-03-02') });
    await expect(asked).rejects.toMatchObject({ code: 'TIER_NONE', data: { partner: 'Contoso' } });
  });
});

describe('why a tier', () => {
  it('says what is needed, what is there, what is missing, what was left out and what happened', async () => {
    await pass(store, '2026-03-01');
    const why = await explainTier(store, { program, partnerId: 'B', now: at('2026-03-01') });
    expect(why).toMatchObject({
      partnerName: 'Contoso',
      tier: 'Silver',
      forTier: 'Gold',
      windows: ['2025-03-01 to 2026-02-28'],
      missing: 'Sourced revenue: 3,500 USD more; Certified people: 1 more',
      state: { nextReview: '2026-04-01', summary: 'For Gold: Sourced revenue, Certified people.' },
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
      ['Sourced revenue', '5,000 USD', '1,500 USD', 'not_met', '1 deal (1 before the window)'],
      ['Certified people', '1', '0', 'not_met', '0 people, 0 certificates'],
    ]);
    expect(why.notCounted.map(({ id, why: reason }) => `${id}: ${reason}`)).toEqual([
      'd3: dated 2025-02-20, before the window, which begins on 2025-03-01',
    ]);
    expect(why.history.map(({ movement, toTier }) => `${movement} ${toTier}`)).toEqual(['enrol Silver']);
  });

  it('names what alone would be enough', async () => {
    await pass(store, '2026-03-01');
    const why = await explainTier(store, { program, partnerId: 'A', now: at('2026-03-01') });
    expect(why.enoughAlone.map(({ text }) => text)).toEqual(['Certified people: 1 more, to 1']);
  });

  it('of a partner on no ladder says so', async () => {
    await store.query(`update tierlink.partner set types = '{distributor}' where id = 'B'`);
    const asked = explainTier(store, { program, partnerId: 'B', now: at('2026-03-01') });
    await expect(asked).rejects.toMatchObject({ code: 'TIER_NONE' });
  });
});
