import { describe, expect, it } from '@jest/globals';
import { movementLines } from '../../src/cli/movement-words.ts';
import { reviewAfter } from '../../src/program/review-calendar.ts';
import { type MovementPolicy, movementSchema } from '../../src/program/schema/movement.ts';
import { evaluatePartner, nextByCalendar } from '../../src/tier/evaluate-partner.ts';
import { prospectOf } from '../../src/tier/method/prospect.ts';
import type { Override } from '../../src/tier/types.ts';
import { holding, noFacts, points, policyV, replay, type Story, tableOf } from './replay.ts';

type Review = MovementPolicy['review'];

/** The reviews after a day, as many as wanted. */
function reviews(
  review: Review,
  from: string,
  count = 3,
  fiscalYearStart = 1,
  anniversaryOf: string | null = null,
): string[] {
  const days: string[] = [];
  for (let day = from; days.length < count; days.push(day))
    day = reviewAfter(day, { review }, { fiscalYearStart, anniversaryOf });
  return days;
}

describe('review calendars', () => {
  it('R23 daily', () => {
    expect(reviews('day', '2027-12-30')).toEqual(['2027-12-31', '2028-01-01', '2028-01-02']);
  });

  it('R23 monthly, on the first day and on a fixed one, which a short month ends with', () => {
    expect(reviews('month', '2026-01-01', 2)).toEqual(['2026-02-01', '2026-03-01']);
    expect(reviews({ every: 'month', day: 15 }, '2026-01-14', 2)).toEqual(['2026-01-15', '2026-02-15']);
    expect(reviews({ every: 'month', day: 31 }, '2026-01-31', 3)).toEqual([
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
    ]);
  });

  it('R23 by quarters, half-years and years, on a day of their first month', () => {
    expect(reviews('quarter', '2026-01-01', 2)).toEqual(['2026-04-01', '2026-07-01']);
    expect(reviews({ every: 'quarter', day: 10 }, '2026-01-10', 2)).toEqual(['2026-04-10', '2026-07-10']);
    expect(reviews({ every: 'halfYear' }, '2026-02-01', 2)).toEqual(['2026-07-01', '2027-01-01']);
    expect(reviews({ every: 'fiscalYear', day: 5 }, '2026-01-01', 2, 4)).toEqual([
      '2026-04-05',
      '2027-04-05',
    ]);
  });

  it('R23 on given days of the year, in whatever order they are written', () => {
    expect(reviews({ on: ['07-31', '01-31'] }, '2026-01-31')).toEqual([
      '2026-07-31',
      '2027-01-31',
      '2027-07-31',
    ]);
    expect(reviews({ on: ['02-29'] }, '2026-12-31', 2)).toEqual(['2027-02-28', '2028-02-29']);
  });

  it('move nobody on any other day', () => {
    const { rows } = replay(
      storyOf({ review: { on: ['01-31', '07-31'] }, grace: { reviews: 0 } }, '2026-07-31'),
      `
      2026-07-01 silver
      2026-07-30 silver
      2026-07-31 silver`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-07-01 gold at_risk - -',
      '2026-07-30 gold at_risk - -',
      '2026-07-31 silver keeps - demote',
    ]);
  });
});

function storyOf(movement: Partial<MovementPolicy>, nextReview: string, tier = 'gold'): Story {
  const program = policyV();
  program.ladders[0]!.movement = { ...movementSchema.parse({}), ...movement };
  return { program, state: holding(tier, '2025-01-01', nextReview) };
}

describe('reviews of promotions apart from those of demotions', () => {
  const apart = (more: Partial<MovementPolicy> = {}, tier = 'silver') =>
    storyOf(
      {
        promote: 'at_review',
        review: { promotions: 'month', demotions: 'year' },
        grace: { reviews: 0 },
        ...more,
      },
      '2026-02-01',
      tier,
    );

  it('R22 promote each month and demote once a year', () => {
    expect(
      tableOf(
        replay(
          apart(),
          `
      2026-01-20 gold
      2026-02-01 gold
      2026-02-20 bronze
      2026-03-01 bronze
      2026-12-01 bronze
      2027-01-01 bronze
      2027-01-15 silver
      2027-02-01 silver`,
        ).rows,
      ),
    ).toEqual([
      '2026-01-20 silver eligible_up - -',
      '2026-02-01 gold keeps - promote',
      '2026-02-20 gold at_risk - -',
      '2026-03-01 gold at_risk - -',
      '2026-12-01 gold at_risk - -',
      // One step down at a time; the rest waits for the next review of demotions.
      '2027-01-01 silver at_risk - demote',
      '2027-01-15 silver keeps - -',
      '2027-02-01 silver keeps - -',
    ]);
  });

  it('wait for the next one of their own, whatever the other reviews between', () => {
    const { rows } = replay(
      apart(),
      `
      2026-02-01 bronze
      2026-02-10 gold
      2026-03-01 gold`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-02-01 silver at_risk - -',
      '2026-02-10 silver eligible_up - -',
      '2026-03-01 gold keeps - promote',
    ]);
  });

  it('make up for a review that late inputs fell into, and for no other one', () => {
    const { rows } = replay(
      apart(),
      `
      2026-03-01 bronze stale
      2026-03-20 bronze
      2026-12-01 bronze stale
      2027-01-01 bronze stale
      2027-01-20 bronze`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-03-01 silver keeps - -',
      '2026-03-20 silver at_risk - -',
      '2026-12-01 silver at_risk - -',
      '2027-01-01 silver at_risk - -',
      '2027-01-20 bronze keeps - demote',
    ]);
  });

  it('count the grace in reviews that demote', () => {
    const { rows } = replay(
      apart({
        grace: { reviews: 1 },
        review: { promotions: 'month', demotions: { on: ['01-01', '07-01'] } },
      }),
      `
      2026-02-01 bronze
      2026-07-01 bronze
      2026-10-01 bronze
      2027-01-01 bronze`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-02-01 silver at_risk - -',
      '2026-07-01 silver due_down 2027-01-01 warn',
      '2026-10-01 silver due_down 2027-01-01 -',
      '2027-01-01 bronze keeps - demote',
    ]);
  });

  it('have their own lag and their own way of ending it', () => {
    const review = {
      promotions: 'month',
      demotions: { every: 'year', inForceAfter: '20 days', cancel: 'never' },
    } as const;
    const { rows, last } = replay(
      apart({ review }),
      `
      2026-02-01 gold
      2027-01-01 bronze
      2027-01-10 gold
      2027-01-21 gold`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-02-01 gold keeps - promote',
      '2027-01-01 gold due_down - demote',
      '2027-01-10 gold due_down - -',
      '2027-01-21 silver keeps - take_effect',
    ]);
    expect(last.state).toMatchObject({ since: '2027-01-21', nextReview: '2027-02-01' });
  });

  it('let the rest of a rise follow at the next one that promotes', () => {
    const { rows } = replay(
      apart(
        { promote: 'immediately', stepsUp: 1, review: { promotions: 'quarter', demotions: 'month' } },
        'bronze',
      ),
      `
      2026-02-10 gold
      2026-03-01 gold
      2026-04-01 gold`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-02-10 silver eligible_up - promote',
      '2026-03-01 silver eligible_up - -',
      '2026-04-01 gold keeps - promote',
    ]);
  });

  it('say which review decides what', () => {
    const wordsOn = (script: string) => {
      const story = apart();
      const { last } = replay(story, script);
      const ladder = story.program.ladders[0]!;
      const { state, evidence } = last;
      return prospectOf({
        calendar: { ...story.program, anniversaryOf: null },
        startedOn: null,
        ladder,
        state,
        evidence,
        override: null,
        isEvaluated: true,
      });
    };
    expect(wordsOn('2026-02-01 silver\n2026-02-10 gold')).toEqual([
      'Gold is earned and comes with the review of 2026-03-01.',
    ]);
    expect(wordsOn('2026-02-01 silver\n2026-02-10 bronze')).toEqual([
      'Short of Silver since 2026-02-10. Silver stays at least until the review of 2027-01-01; if something is still missing there, it becomes Bronze.',
    ]);
    expect(movementLines(apart().program.ladders[0]!, { fiscalYearStart: 1 })).toEqual(
      expect.arrayContaining([
        'Reviews that promote: on the first day of each month.',
        'Reviews that demote: on the first day of each year.',
      ]),
    );
  });
});

/** Reviewed on 1 January, in force on 1 February. */
const lagged = (more: Partial<MovementPolicy> = {}, cancel?: 'recovered' | 'never') =>
  storyOf(
    {
      grace: { reviews: 0 },
      promote: 'at_review',
      review: { every: 'year', inForceAfter: '1 month', cancel },
      ...more,
    },
    '2027-01-01',
    'silver',
  );

describe('a review with an effective lag', () => {
  it('decides on its day, and the tier goes on the later one', () => {
    const decided = replay(lagged(), '2027-01-01 bronze');
    expect(tableOf(decided.rows)).toEqual(['2027-01-01 silver due_down - demote']);
    const { state, evaluateOn } = decided.last;
    expect(state.pending).toEqual({ tier: 'bronze', decidedOn: '2027-01-01', inForceOn: '2027-02-01' });
    expect(state.summary).toBe('Decided: Bronze from 2027-02-01.');
    expect(evaluateOn).toBe('2027-02-01');
    const { rows, last } = replay(
      { ...lagged(), state },
      `
      2027-01-20 bronze
      2027-01-31 bronze
      2027-02-01 bronze
      2027-02-02 bronze`,
    );
    expect(tableOf(rows)).toEqual([
      '2027-01-20 silver due_down - -',
      '2027-01-31 silver due_down - -',
      '2027-02-01 bronze keeps - take_effect',
      '2027-02-02 bronze keeps - -',
    ]);
    expect(last.state).toMatchObject({ since: '2027-02-01', pending: null, nextReview: '2028-01-01' });
  });

  it('dates the decision on the day from which it holds, with the evidence of the review', () => {
    const [only, ...others] = decisionsOf(lagged(), '2027-01-01', '10');
    expect(others).toEqual([]);
    expect(only!.decision).toMatchObject({
      movement: 'demote',
      fromTier: 'silver',
      toTier: 'bronze',
      effectiveOn: '2027-02-01',
    });
    expect(only!.evidence.asOf).toBe('2027-01-01');
  });

  it('withdraws the change when the figures no longer give it, unless the policy says never', () => {
    const days = `
      2027-01-01 bronze
      2027-01-20 silver
      2027-02-01 silver`;
    expect(tableOf(replay(lagged(), days).rows)).toEqual([
      '2027-01-01 silver due_down - demote',
      '2027-01-20 silver keeps - cancel_pending',
      '2027-02-01 silver keeps - -',
    ]);
    expect(tableOf(replay(lagged({}, 'never'), days).rows)).toEqual([
      '2027-01-01 silver due_down - demote',
      '2027-01-20 silver due_down - -',
      '2027-02-01 bronze keeps - take_effect',
    ]);
  });

  it('gives exactly so many days to cure after a yearly review, where nothing else is a warning', () => {
    const cured = {
      review: { every: 'year' as const, inForceAfter: '60 days' },
      grace: { reviews: 0 },
      promote: 'immediately' as const,
    };
    const story = () => storyOf(cured, '2027-01-01', 'gold');
    expect(
      tableOf(
        replay(
          story(),
          `
      2026-12-31 silver
      2027-01-01 silver
      2027-03-01 silver
      2027-03-02 silver`,
        ).rows,
      ),
    ).toEqual([
      '2026-12-31 gold at_risk - -',
      '2027-01-01 gold due_down - demote',
      '2027-03-01 gold due_down - -',
      '2027-03-02 silver keeps - take_effect',
    ]);
    const days = `
      2027-01-01 silver
      2027-03-01 gold
      2027-03-02 silver
      2028-01-01 silver`;
    expect(tableOf(replay(story(), days).rows)).toEqual([
      '2027-01-01 gold due_down - demote',
      '2027-03-01 gold keeps - cancel_pending',
      '2027-03-02 gold at_risk - -',
      '2028-01-01 gold due_down - demote',
    ]);
  });

  it('withdraws a change to a tier that a newer version of the program does not have', () => {
    const story = lagged({}, 'never');
    const { state } = replay(story, '2027-01-01 bronze').last;
    story.program.ladders[0]!.tiers[0]!.key = 'registered';
    const [row] = replay({ ...story, state }, '2027-01-20 silver').rows;
    expect(row).toMatchObject({ tier: 'silver', movement: 'cancel_pending' });
  });

  it('goes no further than the figures still give on the day', () => {
    const story = lagged({ stepsDown: 3 });
    story.state = holding('gold', '2025-01-01', '2027-01-01');
    const { rows } = replay(
      story,
      `
      2027-01-01 bronze
      2027-02-01 silver`,
    );
    expect(tableOf(rows).at(-1)).toBe('2027-02-01 silver keeps - take_effect');
  });

  it('lets a rise wait as well, and late inputs withdraw none', () => {
    const { rows, last } = replay(
      lagged(),
      `
      2026-12-01 gold
      2027-01-01 gold
      2027-01-20 silver stale
      2027-02-01 gold`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-12-01 silver eligible_up - -',
      '2027-01-01 silver eligible_up - promote',
      '2027-01-20 silver eligible_up - -',
      '2027-02-01 gold keeps - take_effect',
    ]);
    expect(last.state.since).toBe('2027-02-01');
  });

  it('gives way to an override, and is held at once when it is evaluated after its day', () => {
    const override: Override = {
      id: 'o',
      tier: 'gold',
      reason: 'R',
      author: 'kim',
      fromOn: '2027-01-10',
      untilOn: '2027-01-20',
      endedOn: null,
    };
    const story = { ...lagged({ afterOverride: 'at_review' }), overrides: [override] };
    const { rows } = replay(
      story,
      `
      2027-01-01 bronze
      2027-01-10 bronze
      2027-01-21 bronze`,
    );
    expect(tableOf(rows)).toEqual([
      '2027-01-01 silver due_down - demote',
      '2027-01-10 gold overridden - override',
      '2027-01-21 gold due_down 2028-01-01 override_end',
    ]);
    expect(tableOf(replay(lagged(), '2027-02-05 bronze').rows)).toEqual(['2027-02-05 bronze keeps - demote']);
  });

  it('leaves promotions at once where the program promotes at once', () => {
    const story = lagged({ promote: 'immediately' });
    const { state } = replay(story, '2027-01-01 bronze').last;
    const made = decisionsOf({ ...story, state }, '2027-01-15', '30');
    expect(made.map(({ decision }) => [decision.movement, decision.toTier, decision.effectiveOn])).toEqual([
      ['cancel_pending', 'silver', '2027-01-15'],
      ['promote', 'gold', '2027-01-15'],
    ]);
  });
});

it('what is held for late inputs changes by the calendar alone at the next review, and is looked at each day', () => {
  const states = [{ ladder: 'main', state: holding('gold', '2026-01-01', '2026-07-01'), isClosed: false }];
  const inputs = {
    ...{ partnerId: 'P', partner: {}, kpis: [points('20', 'stale')], states, mode: 'owned' as const },
    ...{ absorbed: [], overrides: [], asked: [], waivers: [], facts: noFacts },
  };
  const outcome = evaluatePartner(policyV(), inputs, '2026-05-10');
  expect(outcome.ladders[0]!.state.state.frozenReason).not.toBeNull();
  expect(outcome.ladders[0]!.state.evaluateOn).toBe('2026-05-11');
  expect(nextByCalendar(outcome, inputs, '2026-05-10')).toBe('2026-07-01');
});

/** What one evaluation decides by so many points. */
function decisionsOf({ program, state }: Story, asOf: string, value: string) {
  const states = [{ ladder: 'main', state: state!, isClosed: false }];
  const inputs = { partnerId: 'P', partner: {}, kpis: [points(value)], states, mode: 'owned' as const };
  return evaluatePartner(
    program,
    { ...inputs, absorbed: [], overrides: [], asked: [], waivers: [], facts: noFacts },
    asOf,
  ).ladders[0]!.decisions;
}
