import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { engineOf } from '../../src/app/engine.ts';
import { readStatus } from '../../src/app/status.ts';
import { tiersSetByHand } from '../../src/app/tiers-set-by-hand.ts';
import { listDifferences, resolveDifferences } from '../../src/sync/push/differences.ts';
import { compareTiers } from '../../src/tier/look/compare.ts';
import { keepOverride } from '../../src/tier/overrides.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let partner: string;

beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast } = stage;
  partner = cast.partner('Aspen');
  cast.certified(partner, 2);
  cast.won(partner, 150_000, '2025-11-01');
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
});
afterAll(() => stage.close());

const compared = async () => {
  const setByHand = await tiersSetByHand(stage.store);
  return await compareTiers(stage.store, { program: stage.app.program, setByHand });
};

const resolve = async () =>
  await resolveDifferences({
    store: stage.store,
    clock: stage.clock,
    actor: 'Paula',
    filter: { attribute: 'tier' },
    take: 'theirs',
    override:
      async ({ partnerId, tier }) =>
      (tx) =>
        keepOverride(tx, {
          program: stage.app.program,
          partnerId,
          tier,
          reason: 'Agreed by phone',
          author: 'Paula',
          until: '2026-06-30',
          now: stage.clock.now(),
        }),
  });

describe('a tier that somebody changes by hand in the CRM', () => {
  it('is reported with both values and not overwritten, pass after pass', async () => {
    stage.cast.edit(partner, { Partner_Tier__c: 'Gold' });
    await stage.pass();
    const before = stage.writes();
    await stage.pass();
    await stage.pass({ full: true });
    expect(stage.writes()).toBe(before);
    expect(stage.cast.record(partner)).toMatchObject({ Partner_Tier__c: 'Gold' });
    expect(await stage.why('Aspen')).toMatchObject({ tier: 'Silver' });
    expect(await listDifferences(stage.store)).toMatchObject([
      { kind: 'drift', attribute: 'tier', ours: 'Silver', theirs: 'Gold' },
    ]);
    expect((await readStatus(stage.app)).waiting).toMatchObject({ differences: 1 });
  });

  it('stands beside that of the rules in the comparison', async () => {
    const { outcomes, list } = await compared();
    expect(outcomes).toEqual({ lower_by_rules: 1 });
    expect(list).toMatchObject([
      {
        partnerName: 'Aspen',
        byHand: 'Gold',
        hand: 'edited',
        byRules: 'Silver',
        setByHand: [{ connection: stage.app.connection().alias, tier: 'Gold' }],
      },
    ]);
  });

  it('is not overwritten either when the edit comes between the reading of a pass and its writing', async () => {
    const other = stage.cast.partner('Birch');
    stage.cast.certified(other, 2);
    await stage.pass();
    stage.cast.won(other, 150_000, '2025-11-01');
    const edit = () => stage.cast.edit(other, { Partner_Tier__c: 'Gold' });
    const engine = engineOf(stage.app, {
      actor: 'stage',
      onProgress: ({ step, state }) => {
        if (step === 'tiers' && state === 'done') edit();
      },
    });
    await stage.pass({ engine });
    expect(await stage.why('Birch')).toMatchObject({ tier: 'Silver' });
    expect(stage.cast.record(other)).toMatchObject({ Partner_Tier__c: 'Gold' });
    await stage.pass();
    const drift = (await listDifferences(stage.store)).filter(({ crm_id: id }) => id === other);
    expect(drift).toMatchObject([{ kind: 'drift', attribute: 'tier', ours: 'Silver', theirs: 'Gold' }]);
    expect(stage.cast.record(other).Partner_Tier_Summary__c).toBe((await stage.why('Birch')).state.summary);
    expect(stage.cast.record(other).Partner_Tier__c).toBe('Gold');
    stage.cast.edit(other, { Partner_Tier__c: 'Silver' });
    await stage.pass();
  });

  it('does not keep the rest of what the program says from the account', async () => {
    stage.cast.won(partner, 100_000, '2026-03-01');
    stage.cast.certified(partner, 3);
    await stage.passAt('2026-03-03T06:00:00Z');
    expect(stage.cast.record(partner)).toMatchObject({ Partner_Tier__c: 'Gold' });
    expect(stage.cast.record(partner).Partner_Tier_Summary__c).toBe((await stage.why('Aspen')).state.summary);
  });

  it('becomes an override when a person accepts it, with reason, author and end', async () => {
    expect(await resolve()).toBe(1);
    await stage.pass();
    const why = await stage.why('Aspen');
    expect(why).toMatchObject({
      tier: 'Gold',
      state: { status: 'overridden' },
      override: { tier: 'gold', reason: 'Agreed by phone', author: 'Paula', untilOn: '2026-06-30' },
    });
    expect(why.history[0]).toMatchObject({ movement: 'override', toTier: 'Gold' });
    expect(stage.cast.record(partner)).toMatchObject({
      Partner_Tier__c: 'Gold',
      Partner_Tier_Status__c: 'overridden',
      Partner_Tier_Decision__c: why.state.decisionId,
    });
    expect(await listDifferences(stage.store)).toEqual([]);
    expect((await compared()).outcomes).toEqual({ lower_by_rules: 1, by_rules: 1 });
    const before = stage.writes();
    await stage.pass();
    expect(stage.writes()).toBe(before);
  });

  it('comes under the rules again when the override has ended', async () => {
    await stage.passAt('2026-07-01T00:00:00Z');
    expect((await stage.why('Aspen')).override).toBeNull();
    expect((await stage.decisions('Aspen')).map(({ movement }) => movement)).toContain('override_end');
    // The first day after it is one of a review, for which the end of the override is the warning.
    expect(stage.cast.record(partner)).toMatchObject({
      Partner_Tier__c: 'Silver',
      Partner_Tier_Status__c: 'keeps',
    });
  });
});
