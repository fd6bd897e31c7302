import { describe, expect, it } from '@jest/globals';
import { movementLines } from '../../src/cli/movement-words.ts';
import { prospectOf } from '../../src/tier/method/prospect.ts';
import type { TierState } from '../../src/tier/types.ts';
import { holding, live, replay, type Story, storyOf } from './replay.ts';

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

  it('goes on where a new version calls the tier otherwise, and counts anew where that has another key', () => {
    const held = (key: string) =>
      tenured({ gold: { inTierBelow: '12 months' } }, { state: holding(key, '2025-01-01', '2026-04-01') });
    const relabelled = held('silver');
    relabelled.program.ladders[0]!.tiers.find(({ key }) => key === 'silver')!.label = 'Advanced';
    expect(live(relabelled, '2026-02-10 gold')).toEqual(['2026-02-10 gold keeps']);
    expect(live(held('advanced'), '2026-02-10 gold\n2027-02-09 gold\n2027-02-10 gold')).toEqual([
      '2026-02-10 silver eligible_up',
      '2027-02-09 silver eligible_up',
      '2027-02-10 gold keeps',
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
