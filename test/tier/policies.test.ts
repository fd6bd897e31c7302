import { describe, expect, it } from '@jest/globals';
import { movementLines } from '../../src/cli/movement-words.ts';
import { type MovementPolicy, movementSchema } from '../../src/program/schema-movement.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { movementLabel } from '../../src/tier/decision-words.ts';
import { evaluatePartner } from '../../src/tier/evaluate-partner.ts';
import { prospectOf } from '../../src/tier/prospect.ts';
import type { Override, TierState } from '../../src/tier/types.ts';
import { holding, noFacts, points, policyV, replay, type Story, tableOf } from './replay.ts';

/** Bronze, Silver and Gold for 10, 20 and 30 points. */
function storyOf(movement: Partial<MovementPolicy>, state: TierState | null): Story {
  const program = policyV();
  program.ladders[0]!.movement = { ...movementSchema.parse({}), ...movement };
  return { program, state };
}

const pointsOf = { none: '0', bronze: '10', silver: '20', gold: '30' } as const;

/** Lives through days as the product does, several steps a day where the policy asks for them: day, tier, status. */
function live(story: Story, script: string): string[] {
  let state = story.state;
  return script
    .trim()
    .split('\n')
    .map((line) => {
      const [day, computed] = line.trim().split(/\s+/) as [string, keyof typeof pointsOf];
      const states = state === null ? [] : [{ ladder: 'main', state, isClosed: false }];
      const kpis = [points(pointsOf[computed])];
      const inputs = {
        partnerId: 'P',
        partner: story.partner ?? {},
        kpis,
        states,
        absorbed: [],
        asked: [],
        waivers: [],
        facts: noFacts,
      };
      const overrides = (story.overrides ?? []).map((one) => ({ ...one, ladder: 'main' }));
      const outcome = evaluatePartner(story.program, { ...inputs, overrides, mode: 'owned' }, day);
      state = outcome.ladders[0]!.state.state;
      return `${day} ${state.tier ?? '-'} ${state.status}`;
    });
}

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

describe('R22 a tenure of each tier', () => {
  type Tenures = Record<string, { inProgram?: string; inTierBelow?: string }>;
  const byTier: Tenures = { silver: { inProgram: '6 months' }, gold: { inTierBelow: '12 months' } };

  function tenured(tenures: Tenures, { movement = {}, state = null as TierState | null, startedOn = '' }) {
    const story = storyOf({ rampDays: 0, ...movement }, state);
    for (const tier of story.program.ladders[0]!.tiers)
      if (tenures[tier.key] !== undefined) tier.minimumTenure = tenures[tier.key]!;
    return { ...story, partner: { startedOn: startedOn === '' ? null : startedOn } };
  }

  it('lets a partner rise tier by tier, each after its own time, also who joins with all the figures', () => {
    const story = tenured(byTier, { startedOn: '2026-01-31' });
    const script = `
      2026-02-10 gold
      2026-07-30 gold
      2026-07-31 gold
      2027-07-30 gold
      2027-07-31 gold`;
    expect(live(story, script)).toEqual([
      '2026-02-10 bronze eligible_up',
      '2026-07-30 bronze eligible_up',
      '2026-07-31 silver eligible_up',
      '2027-07-30 silver eligible_up',
      '2027-07-31 gold keeps',
    ]);
    expect(replay(story, '2026-02-10 gold').last.evaluateOn).toBe('2026-04-01');
    expect(
      replay({ ...story, state: holding('bronze', '2026-02-10', '2026-10-01') }, '2026-07-02 gold').last
        .evaluateOn,
    ).toBe('2026-07-31');
  });

  it('takes the place of the tenure of the ladder for its tier only', () => {
    const state = holding('bronze', '2026-02-01', '2026-04-01');
    const story = tenured(
      { silver: { inProgram: '1 month' } },
      { movement: { minimumTenure: '6 months' }, state, startedOn: '2020-01-01' },
    );
    expect(live(story, '2026-02-10 gold\n2026-08-09 gold\n2026-08-10 gold')).toEqual([
      '2026-02-10 silver eligible_up',
      '2026-08-09 silver eligible_up',
      '2026-08-10 gold keeps',
    ]);
  });

  it('asks for both times, and counts the tier below again after a loss', () => {
    const both = { gold: { inProgram: '24 months', inTierBelow: '1 month' } };
    const state = holding('silver', '2025-01-01', '2026-04-01');
    const movement = { demote: 'immediately', grace: { days: 1 } } as const;
    const story = tenured(both, { movement, state, startedOn: '2024-06-01' });
    const script = `
      2026-05-31 gold
      2026-06-01 gold
      2026-07-01 silver
      2026-07-02 silver
      2026-07-03 gold
      2026-08-02 gold`;
    expect(live(story, script)).toEqual([
      '2026-05-31 silver eligible_up',
      '2026-06-01 gold keeps',
      '2026-07-01 gold due_down',
      '2026-07-02 silver keeps',
      '2026-07-03 silver eligible_up',
      '2026-08-02 gold keeps',
    ]);
  });

  it('lets nobody rise whose first day is blank, and takes no tier from who has it', () => {
    const held = holding('silver', '2020-01-01', '2026-04-01');
    expect(live(tenured(byTier, {}), '2026-02-10 gold')).toEqual(['2026-02-10 bronze eligible_up']);
    expect(live(tenured(byTier, { state: held }), '2026-02-10 silver')).toEqual(['2026-02-10 silver keeps']);
  });

  function wordsOf(story: ReturnType<typeof tenured>, line: string) {
    const { last } = replay(story, line);
    const calendar = { ...story.program, anniversaryOf: null };
    const { startedOn } = story.partner;
    const of = { calendar, startedOn, ladder: story.program.ladders[0]!, state: last.state };
    return prospectOf({ ...of, evidence: last.evidence, override: null, isEvaluated: true });
  }

  it('is told with the program', () => {
    const { program } = tenured({ ...byTier, gold: { inProgram: '1 year', inTierBelow: '90 days' } }, {});
    expect(movementLines(program.ladders[0]!, program)).toEqual(
      expect.arrayContaining([
        'Up to Silver: after at least 6 months in the program.',
        'Up to Gold: after at least 1 year in the program and 90 days as Silver.',
      ]),
    );
  });

  it('leaves the time of the ladder to the tiers that say none', () => {
    const { program } = tenured(byTier, { movement: { minimumTenure: '3 months' } });
    expect(movementLines(program.ladders[0]!, program)[0]).toBe(
      'Up: as soon as it is earned, after at least 3 months in the tier before where the tier says no other time.',
    );
  });

  it('says what the next tier waits for', () => {
    const bronze = holding('bronze', '2026-02-10', '2026-04-01');
    const startedOn = '2026-01-31';
    expect(wordsOf(tenured(byTier, { state: bronze, startedOn }), '2026-03-01 silver')).toEqual([
      'Silver is earned; it takes 6 months in the program, so that it comes on 2026-07-31.',
    ]);
    expect(wordsOf(tenured(byTier, { state: bronze, startedOn }), '2026-03-01 gold')).toEqual([
      'Gold is earned; Silver takes 6 months in the program, so that Silver comes on 2026-07-31.',
    ]);
    expect(wordsOf(tenured(byTier, { state: bronze }), '2026-03-01 silver')).toEqual([
      'Silver is earned; it takes 6 months in the program, and its startedOn is blank: it does not come before that is filled in.',
    ]);
    const movement = { promote: 'at_review' } as const;
    const old = tenured(byTier, { movement, state: bronze, startedOn: '2020-01-01' });
    expect(wordsOf(old, '2026-03-01 gold')).toEqual([
      'Gold is earned; Silver comes with the review of 2026-04-01. Gold takes 12 months as Silver.',
    ]);
  });

  it('names the review at which a rise comes, and what rises first', () => {
    const movement = { promote: 'at_review', review: { on: ['04-01', '10-01'] } } as const;
    const state = holding('bronze', '2026-02-10', '2026-04-01');
    const story = tenured(byTier, { movement, state, startedOn: '2026-01-31' });
    expect(wordsOf(story, '2026-03-01 gold')).toEqual([
      'Gold is earned; Silver takes 6 months in the program, so that Silver comes with the review of 2026-10-01.',
    ]);
    expect(live(story, '2026-04-01 gold\n2026-07-31 gold\n2026-09-30 gold\n2026-10-01 gold')).toEqual([
      '2026-04-01 bronze eligible_up',
      '2026-07-31 bronze eligible_up',
      '2026-09-30 bronze eligible_up',
      '2026-10-01 silver eligible_up',
    ]);
  });

  it('says of a tier that is not earned yet when it can come at the earliest', () => {
    const state = holding('bronze', '2026-02-10', '2026-04-01');
    const startedOn = '2026-01-31';
    expect(wordsOf(tenured(byTier, { state, startedOn }), '2026-03-01 bronze')).toEqual([
      'Silver comes on 2026-07-31 at the earliest: it takes 6 months in the program.',
    ]);
    expect(wordsOf(tenured(byTier, { state, startedOn }), '2026-07-31 bronze')).toEqual([]);
    expect(wordsOf(tenured(byTier, { state }), '2026-03-01 bronze')).toEqual([
      'Silver does not come before startedOn is filled in, which is blank: it takes 6 months in the program.',
    ]);
    const movement = { minimumTenure: '6 months', promote: 'at_review' } as const;
    expect(wordsOf(tenured({}, { movement, state }), '2026-03-01 bronze stale')).toContain(
      'Silver comes with the review of 2026-10-01 at the earliest: Bronze is held for 6 months before the next rise.',
    );
    const highest = holding('gold', '2026-02-10', '2026-04-01');
    expect(wordsOf(tenured(byTier, { state: highest }), '2026-03-01 gold')).toEqual([]);
  });

  it('tells the CRM what a tier that is earned waits for', () => {
    const state = holding('bronze', '2026-02-10', '2026-04-01');
    const told = (story: Story, line: string) => replay(story, line).last.state.summary;
    const dated = tenured(byTier, { state, startedOn: '2026-01-31' });
    expect(told(dated, '2026-03-01 silver')).toBe('Silver is earned and waits for its day.');
    expect(told(tenured(byTier, { state }), '2026-03-01 silver')).toBe(
      'Silver is earned and waits for its startedOn, which is blank.',
    );
    const movement = { promote: 'at_review', minimumTenure: '6 months' } as const;
    const atReview = tenured({}, { movement, state });
    expect(told(atReview, '2026-03-01 silver')).toBe('Silver is earned and waits for its day.');
    const old = tenured({}, { movement, state: holding('bronze', '2025-02-10', '2026-04-01') });
    expect(told(old, '2026-03-01 silver')).toBe('Silver is earned and waits for the next review.');
  });

  it.each([
    ['at once', { minimumTenure: '6 months' }, {}],
    ['at a review', { minimumTenure: '6 months', promote: 'at_review' }, {}],
    ['with a time of the lowest tier', {}, { bronze: { inProgram: '6 months' } }],
  ] as const)(
    'keeps a tier that the ladder has no more until a rise is due: %s',
    (_way, movement, tenures) => {
      const state = holding('titanium', '2026-02-10', '2026-04-01');
      const story = tenured(tenures, { movement, state, startedOn: '2026-02-10' });
      expect(live(story, '2026-04-01 gold\n2026-08-09 bronze\n2026-10-01 gold')).toEqual([
        '2026-04-01 titanium eligible_up',
        '2026-08-09 titanium eligible_up',
        '2026-10-01 gold keeps',
      ]);
      expect(wordsOf(story, '2026-03-01 gold').join()).not.toContain('no tier');
    },
  );
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
    computed: keyof typeof pointsOf,
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
