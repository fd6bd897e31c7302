import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Program } from '../../src/program/load.ts';
import { type MovementPolicy, movementSchema } from '../../src/program/schema/movement.ts';
import { effectiveProgram } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import type { TierState } from '../../src/tier/types.ts';
import { changed, insertRows, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, movements, passBy } from './pass.ts';
import { holding, policyV, replay, tableOf } from './replay.ts';

/** What the reviews of a new version make of a standing of the version before. */
function under(
  movement: Partial<Record<keyof MovementPolicy, unknown>>,
  state: TierState,
  script: string,
  startedOn = '2020-05-01',
): string[] {
  const program = policyV();
  program.ladders[0]!.movement = movementSchema.parse(movement);
  return tableOf(replay({ program, state, partner: { startedOn } }, script).rows);
}

const yearly = (tier: string) => holding(tier, '2026-05-01', '2027-05-01');
const warned: Partial<TierState> = {
  status: 'due_down',
  belowSince: '2026-04-20',
  warnedOn: '2026-05-01',
  graceUntil: '2027-05-01',
};
const onItsDay = (every: string) => ({ every, onAnniversaryOf: 'startedOn' });

describe('reviews of a new version', () => {
  it('begin with the first one of its calendar, not after the next one of the version before', () => {
    const days = `
      2026-12-01 silver
      2027-01-01 silver
      2027-02-01 silver`;
    expect(under({ review: 'month' }, yearly('gold'), days)).toEqual([
      '2026-12-01 gold at_risk - -',
      '2027-01-01 gold due_down 2027-02-01 warn',
      '2027-02-01 silver keeps - demote',
    ]);
    expect(under({ review: onItsDay('month') }, yearly('gold'), days)).toEqual([
      '2026-12-01 gold at_risk - -',
      '2027-01-01 gold due_down 2027-02-01 warn',
      '2027-02-01 silver keeps - demote',
    ]);
    expect(under({ review: { promotions: 'month', demotions: 'quarter' } }, yearly('gold'), days)).toEqual([
      '2026-12-01 gold at_risk - -',
      '2027-01-01 gold due_down 2027-04-01 warn',
      '2027-02-01 gold due_down 2027-04-01 -',
    ]);
  });

  it('are held on the day that was said, where theirs are rarer', () => {
    const monthly = holding('gold', '2026-05-01', '2027-01-01');
    const days = `
      2026-12-01 silver
      2027-01-01 silver
      2027-02-01 silver`;
    expect(under({ review: { on: ['06-15'] }, grace: { reviews: 0 } }, monthly, days)).toEqual([
      '2026-12-01 gold at_risk - -',
      '2027-01-01 silver keeps - demote',
      '2027-02-01 silver keeps - -',
    ]);
  });

  it('let rise whoever has earned a tier, and the rest of a rise follow', () => {
    const days = `
      2026-12-01 gold
      2027-01-01 gold`;
    expect(under({ promote: 'at_review', review: 'month' }, yearly('silver'), days)).toEqual([
      '2026-12-01 silver eligible_up - -',
      '2027-01-01 gold keeps - promote',
    ]);
    const rest = { ...yearly('silver'), moreUpOn: '2027-05-01' };
    expect(under({ stepsUp: 1, review: 'month' }, rest, days)).toEqual([
      '2026-12-01 silver eligible_up - -',
      '2027-01-01 gold keeps - promote',
    ]);
  });

  it('take no tier before the day of which its partner was warned, and take it on that day', () => {
    const days = `
      2026-12-01 silver
      2027-01-01 silver
      2027-04-30 silver
      2027-05-01 silver`;
    const kept = [
      '2026-12-01 gold due_down 2027-05-01 -',
      '2027-01-01 gold due_down 2027-05-01 -',
      '2027-04-30 gold due_down 2027-05-01 -',
      '2027-05-01 silver keeps - demote',
    ];
    const state = { ...yearly('gold'), ...warned };
    const reviews = [
      'month',
      { every: 'month', day: 15 },
      { on: ['11-30'] },
      { promotions: 'day', demotions: { on: ['11-30'] } },
      onItsDay('month'),
    ];
    for (const review of reviews)
      for (const grace of [{ days: 10 }, { reviews: 0 }, { reviews: 1 }])
        expect(under({ review, grace }, state, days)).toEqual(kept);
    // Where no pass ran for a while, it is made up for.
    const apart = { promote: 'at_review', review: { promotions: 'day', demotions: { on: ['11-30'] } } };
    expect(under(apart, state, '2026-12-01 silver\n2027-05-20 silver')).toEqual([
      '2026-12-01 gold due_down 2027-05-01 -',
      '2027-05-20 silver keeps - demote',
    ]);
    // From the calendar to anniversaries, of which the nearest is sooner.
    expect(under({ review: onItsDay('year') }, state, days, '2020-03-10')).toEqual(kept);
  });
});

const version = (number: string, validFrom: string, movement: string): Program =>
  changed(
    programOf({
      head: 'attributes: { partner.extra.agreementOn: date }',
      kpis: '  sales: { label: Sales, help: x, unit: number, measure: { sum: fact.quantity, window: { validFrom: occurredOn, validThrough: expiresOn } } }',
      ladders: `  - key: main
    label: Main
    tiers:
      - { key: registered, label: Registered }
      - { key: select, label: Select, requirements: { kpi: sales, atLeast: 10 } }
      - { key: advanced, label: Advanced, requirements: { kpi: sales, atLeast: 20 } }
    movement: ${movement}`,
    }),
    ["version: '1'", `version: '${number}'`],
    ['validFrom: 2020-01-01', `validFrom: ${validFrom}`],
  );

describe('the day of which a partner was warned', () => {
  it('comes no sooner when its date changes, and is the review of that year', () => {
    const state = { ...yearly('gold'), ...warned };
    const movement = { promote: 'at_review', review: onItsDay('year') };
    const days = `
      2026-12-01 silver
      2027-04-20 silver
      2027-05-01 silver
      2028-04-20 bronze`;
    expect(under(movement, state, days, '2020-04-20')).toEqual([
      '2026-12-01 gold due_down 2027-05-01 -',
      '2027-04-20 gold due_down 2027-05-01 -',
      '2027-05-01 silver keeps - demote',
      '2028-04-20 silver due_down 2029-04-20 warn',
    ]);
    expect(
      under(movement, state, '2026-12-01 silver\n2027-05-01 silver\n2027-05-20 silver', '2020-05-20'),
    ).toEqual([
      '2026-12-01 gold due_down 2027-05-20 -',
      '2027-05-01 gold due_down 2027-05-20 -',
      '2027-05-20 silver keeps - demote',
    ]);
  });
});

describe('an override that ends under a new calendar', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(async () => {
    await store.close();
  });

  it('warns of the day on which the tier then goes', async () => {
    await emptyStore(store);
    await insertRows(store, 'partner', [
      { id: 'A', name: 'A', types: ['reseller'], extra: { agreementOn: '2020-05-01' } },
    ]);
    await insertRows(store, 'fact', [
      {
        id: 'f',
        partner: 'A',
        kind: 'sales',
        quantity: 10,
        occurred_on: '2025-01-01',
        expires_on: '2026-11-30',
      },
    ]);
    const first = version(
      '1',
      '2026-01-01',
      '{ review: { every: year, onAnniversaryOf: extra.agreementOn }, grace: { days: 60 } }',
    );
    const second = version('2', '2026-12-01', '{ review: { every: month }, grace: { days: 10 } }');
    const pass = async (day: string) => {
      await effectiveProgram(store, first, at(day));
      const program = await effectiveProgram(store, second, at(day));
      await passBy(store, program, day);
      const { state, prospect } = await explainTier(store, { program, partnerId: 'A', now: at(day) });
      const { events } = await forecastTiers(store, { program, now: at(day), days: 60 });
      const losses = events.filter(({ movement: one }) => one === 'demote').map((one) => one.day);
      return `${day} ${state.tier} next ${state.nextReview}; ${losses.join()}; ${prospect.join(' ')}`;
    };
    await pass('2026-10-01');
    await createOverride(store, {
      program: first,
      partnerId: 'A',
      tier: 'advanced',
      until: '2026-12-10',
      reason: 'x',
      author: 'kim',
      now: at('2026-10-01'),
    });
    const said: string[] = [];
    for (const day of ['2026-11-30', '2026-12-01', '2026-12-11', '2026-12-20', '2027-01-01', '2027-02-01'])
      said.push(await pass(day));
    const byHand =
      'Set by hand to Advanced until 2026-12-10 by kim (x). From the day after, the rules decide again';
    const told =
      'Short of Select since 2026-12-11; warned on 2026-12-11. Select stays until the review of 2027-01-01; if something is still missing there, it becomes Registered.';
    expect(said).toEqual([
      `2026-11-30 advanced next 2027-05-01; 2027-01-01; ${byHand}; its figures of today give Select.`,
      `2026-12-01 advanced next 2027-01-01; 2027-01-01; ${byHand}; its figures of today give Registered.`,
      `2026-12-11 select next 2027-01-01; 2027-01-01; ${told}`,
      `2026-12-20 select next 2027-01-01; 2027-01-01; ${told}`,
      '2027-01-01 registered next 2027-02-01; ; ',
      '2027-02-01 registered next 2027-03-01; ; ',
    ]);
    expect((await movements(store)).slice(-2)).toEqual([
      '2026-12-11 A override_end advanced select',
      '2027-01-01 A demote select registered',
    ]);
  });
});
