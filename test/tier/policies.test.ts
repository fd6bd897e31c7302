import { describe, expect, it } from '@jest/globals';
import type { MovementPolicy } from '../../src/program/schema/movement.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { evaluatePartner } from '../../src/tier/evaluate-partner.ts';
import { movementLabel } from '../../src/tier/explain/decision-words.ts';
import { prospectOf } from '../../src/tier/method/prospect.ts';
import type { Override, TierState } from '../../src/tier/types.ts';
import { holding, live, noFacts, points, replay, type Story, storyOf, tableOf } from './replay.ts';

describe('R22 demotion at once', () => {
  it('takes the tier on the day on which the figures fall short', () => {
    const story = storyOf({ demote: 'immediately' }, holding('gold', '2026-01-01', '2026-04-01'));
    expect(
      live(
        story,
        `
      2026-02-10 silver
      2026-02-11 silver`,
      ),
    ).toEqual(['2026-02-10 silver keeps', '2026-02-11 silver keeps']);
  });

  it('warns first where there are days of grace, and waits for no review', () => {
    const movement = { demote: 'immediately', grace: { days: 30 } } as const;
    const story = storyOf(movement, holding('gold', '2026-01-01', '2026-04-01'));
    const { rows, last } = replay(
      story,
      `
      2026-02-10 silver
      2026-03-11 silver
      2026-03-12 silver`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-02-10 gold due_down 2026-03-12 warn',
      '2026-03-11 gold due_down 2026-03-12 -',
      '2026-03-12 silver keeps - demote',
    ]);
    expect(last.state.since).toBe('2026-03-12');
    expect(replay(story, '2026-02-10 silver').last.evaluateOn).toBe('2026-03-12');
  });

  it('takes no more steps at once than allowed; the rest comes with the next review', () => {
    const story = storyOf({ demote: 'immediately' }, holding('gold', '2026-01-01', '2026-04-01'));
    expect(
      live(
        story,
        `
      2026-02-10 bronze
      2026-03-31 bronze
      2026-04-01 bronze`,
      ),
    ).toEqual(['2026-02-10 silver due_down', '2026-03-31 silver due_down', '2026-04-01 bronze keeps']);
  });

  it('takes nothing on late inputs', () => {
    const story = storyOf({ demote: 'immediately' }, holding('gold', '2026-01-01', '2026-04-01'));
    expect(tableOf(replay(story, '2026-02-10 silver stale').rows)).toEqual(['2026-02-10 gold keeps - -']);
  });
});

describe('R22 at most so many steps up', () => {
  it('brings the rest from the next review on', () => {
    const story = storyOf({ stepsUp: 1 }, holding('bronze', '2026-01-01', '2026-04-01'));
    expect(
      live(
        story,
        `
      2026-02-10 gold
      2026-02-11 gold
      2026-03-31 gold
      2026-04-01 gold`,
      ),
    ).toEqual([
      '2026-02-10 silver eligible_up',
      '2026-02-11 silver eligible_up',
      '2026-03-31 silver eligible_up',
      '2026-04-01 gold keeps',
    ]);
  });

  it('takes one step at each review where promotions are a matter of reviews', () => {
    const story = storyOf(
      { stepsUp: 1, promote: 'at_review' },
      holding('bronze', '2026-01-01', '2026-04-01'),
    );
    expect(
      live(
        story,
        `
      2026-04-01 gold
      2026-05-01 gold
      2026-07-01 gold`,
      ),
    ).toEqual(['2026-04-01 silver eligible_up', '2026-05-01 silver eligible_up', '2026-07-01 gold keeps']);
  });
});

describe('R22 a minimum tenure', () => {
  it('lets the next rise wait until the tier was held for so long', () => {
    const story = storyOf({ minimumTenure: '6 months' }, holding('bronze', '2025-01-01', '2026-04-01'));
    expect(
      live(
        story,
        `
      2026-02-10 silver
      2026-02-11 gold
      2026-08-09 gold
      2026-08-10 gold`,
      ),
    ).toEqual([
      '2026-02-10 silver keeps',
      '2026-02-11 silver eligible_up',
      '2026-08-09 silver eligible_up',
      '2026-08-10 gold keeps',
    ]);
  });

  it('names the day, and is evaluated on it', () => {
    const story = storyOf(
      { minimumTenure: '6 months', review: { on: ['12-01'] } },
      holding('silver', '2026-02-10', '2026-12-01'),
    );
    const { last } = replay(story, '2026-03-01 gold');
    expect(last.evaluateOn).toBe('2026-08-10');
  });
});

describe('R22 a lock', () => {
  const year = { lock: { for: '12 months' }, grace: { reviews: 0 } };

  it('keeps a tier that was reached for its time, without a warning', () => {
    const story = storyOf(year, holding('silver', '2025-01-01', '2026-04-01'));
    expect(
      live(
        story,
        `
      2026-02-10 gold
      2026-03-01 bronze
      2026-07-01 bronze
      2027-02-09 bronze
      2027-02-10 bronze
      2027-04-01 bronze`,
      ),
    ).toEqual([
      '2026-02-10 gold keeps',
      '2026-03-01 gold keeps',
      '2026-07-01 gold keeps',
      '2027-02-09 gold keeps',
      '2027-02-10 gold at_risk',
      '2027-04-01 silver keeps',
    ]);
  });

  it('lasts until a day of the year, the first one, or the first after so long', () => {
    const lockedBy = (lock: MovementPolicy['lock']) =>
      replay(storyOf({ lock }, holding('silver', '2025-01-01', '2026-04-01')), '2026-10-01 gold').last.state
        .lockedUntil;
    expect(lockedBy({ until: '01-01' })).toBe('2027-01-01');
    expect(lockedBy({ until: '01-01', for: '6 months' })).toBe('2028-01-01');
    expect(lockedBy({ until: '01-01', for: '3 months' })).toBe('2027-01-01');
  });

  it('is not begun by an override', () => {
    const override: Override = {
      id: 'o',
      tier: 'gold',
      reason: 'R',
      author: 'kim',
      fromOn: '2026-02-01',
      untilOn: '2026-02-28',
      endedOn: null,
    };
    const story = { ...storyOf(year, holding('silver', '2025-01-01', '2026-04-01')), overrides: [override] };
    expect(
      live(
        story,
        `
      2026-02-01 silver
      2026-03-01 silver`,
      ),
    ).toEqual(['2026-02-01 gold overridden', '2026-03-01 silver keeps']);
  });
});

describe('R28 requirements that depend on the present tier', () => {
  /** Gold is reached with 30 points and kept with 25. */
  function keeping(tier: string): Story {
    const story = storyOf({ grace: { reviews: 0 } }, holding(tier, '2026-01-01', '2026-04-01'));
    story.program.ladders[0]!.tiers[2]!.keepRequirements = [{ kpi: 'points', atLeast: 25 }];
    return story;
  }
  const judged = (tier: string, value: string, day = '2026-04-01') => {
    const { program, state } = keeping(tier);
    const states = [{ ladder: 'main', state: state!, isClosed: false }];
    const inputs = {
      partnerId: 'P',
      partner: {},
      kpis: [points(value)],
      states,
      absorbed: [],
      asked: [],
      waivers: [],
      facts: noFacts,
    };
    return evaluatePartner(program, { ...inputs, overrides: [], mode: 'owned' }, day).ladders[0]!;
  };

  it('ask less of who holds the tier than of who wants to reach it', () => {
    expect(judged('gold', '25').state.state).toMatchObject({ tier: 'gold', status: 'keeps' });
    expect(judged('silver', '25').state.state).toMatchObject({ tier: 'silver', status: 'keeps' });
    expect(judged('silver', '30').state.state).toMatchObject({ tier: 'gold', status: 'keeps' });
    expect(judged('gold', '24').state.state).toMatchObject({ tier: 'silver', status: 'keeps' });
  });

  it('are named in the evidence, which decides the same again', () => {
    const [lost] = judged('gold', '24').decisions;
    expect(lost!.evidence.tiers.map(({ tier, asked }) => `${tier} ${asked}`)).toEqual([
      'bronze reach',
      'silver reach',
      'gold keep',
    ]);
    expect(lost!.evidence.tiers[2]!.requirements[0]).toMatchObject({
      needs: '25',
      has: '24',
      gapText: '1 more',
    });
    expect(recomputeDecision(lost!.evidence)).toBe('silver');
    expect(judged('gold', '24').move).toMatchObject({
      from: 'gold',
      to: 'silver',
      why: 'To keep Gold: Points.',
    });
  });
});

describe('a loss of all', () => {
  it('is no loss yet while it is only decided', () => {
    const review = { on: ['04-01'], inForceAfter: '1 month' };
    const story = storyOf({ review, grace: { reviews: 0 } }, holding('bronze', '2025-01-01', '2026-04-01'));
    const wordOf = (script: string) => {
      const { movement: what, state, decision } = replay(story, script).last;
      return [state.tier, movementLabel(what!, state.status, decision!.toTier)];
    };
    expect(wordOf('2026-04-01 none')).toEqual(['bronze', 'Loss decided']);
    expect(movementLabel('demote', 'keeps', null)).toBe('Lost');
  });
});

describe('what is said of a policy', () => {
  const said = (
    movement: Partial<MovementPolicy>,
    state: TierState,
    day: string,
    computed: 'none' | 'bronze' | 'silver' | 'gold',
  ) => {
    const story = storyOf(movement, state);
    const ladder = story.program.ladders[0]!;
    const { last } = replay(story, `${day} ${computed}`);
    const { evidence } = last;
    return prospectOf({
      calendar: { ...story.program, anniversaryOf: null },
      startedOn: null,
      ladder,
      state: last.state,
      evidence,
      override: null,
      isEvaluated: true,
    });
  };

  it('names the end of a lock', () => {
    const state = { ...holding('gold', '2026-02-10', '2026-04-01'), lockedUntil: '2027-02-10' };
    expect(said({ lock: { for: '12 months' } }, state, '2026-03-01', 'bronze')).toEqual([
      'Short of Gold since 2026-03-01, but a tier that was reached is kept: Gold until 2027-02-10.',
    ]);
  });

  it('names the day on which a tenure ends, and the review of the next step', () => {
    const state = holding('silver', '2026-02-10', '2026-04-01');
    expect(said({ minimumTenure: '6 months' }, state, '2026-03-01', 'gold')).toEqual([
      'Gold is earned; Silver is held for 6 months before the next rise, so that it comes on 2026-08-10.',
    ]);
    expect(said({ stepsUp: 1 }, holding('bronze', '2025-01-01', '2026-04-01'), '2026-03-01', 'gold')).toEqual(
      ['Gold is earned; it comes step by step, the next one with the review of 2026-04-01.'],
    );
  });

  it('names the last day of grace where nothing waits for reviews', () => {
    const movement = { demote: 'immediately', grace: { days: 30 } } as const;
    expect(said(movement, holding('gold', '2026-01-01', '2026-04-01'), '2026-03-01', 'silver')).toEqual([
      'Short of Gold since 2026-03-01; warned on 2026-03-01. Gold stays until 2026-03-31; if something is still missing there, it becomes Silver.',
    ]);
  });
});
