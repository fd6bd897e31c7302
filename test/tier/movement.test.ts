import { describe, expect, it } from '@jest/globals';
import type { Override } from '../../src/tier/types.ts';
import { certificatesLate, holding, policyV, replay, tableOf } from './replay.ts';

/** Each expected line: day, tier, status, grace until, movement. */
describe('policy V, hand-checked', () => {
  it('MV-1 warns at the first review below and takes one tier at the next', () => {
    const story = { program: policyV(), state: holding('gold', '2026-01-01', '2026-04-01') };
    const { rows } = replay(
      story,
      `
      2026-02-10 silver
      2026-04-01 silver
      2026-05-15 silver
      2026-07-01 silver
      2026-10-01 silver`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-02-10 gold at_risk - -',
      '2026-04-01 gold due_down 2026-07-01 warn',
      '2026-05-15 gold due_down 2026-07-01 -',
      '2026-07-01 silver keeps - demote',
      '2026-10-01 silver keeps - -',
    ]);
  });

  it('MV-2 withdraws the warning on the day the figures are back', () => {
    const story = { program: policyV(), state: holding('gold', '2026-01-01', '2026-04-01') };
    const { rows } = replay(
      story,
      `
      2026-02-10 silver
      2026-04-01 silver
      2026-05-20 gold
      2026-07-01 gold`,
    );
    expect(tableOf(rows).slice(2)).toEqual([
      '2026-05-20 gold keeps - withdraw_warning',
      '2026-07-01 gold keeps - -',
    ]);
  });

  it('MV-3 goes down one step at a review and is warned again', () => {
    const story = { program: policyV(), state: holding('gold', '2026-01-01', '2026-04-01') };
    const { rows } = replay(
      story,
      `
      2026-02-10 silver
      2026-04-01 silver
      2026-07-01 bronze
      2026-10-01 bronze`,
    );
    expect(tableOf(rows).slice(2)).toEqual([
      '2026-07-01 silver due_down 2026-10-01 demote',
      '2026-10-01 bronze keeps - demote',
    ]);
  });

  it('MV-4 promotes for a single good day and warns only at the next review', () => {
    const story = { program: policyV(), state: holding('silver', '2026-01-01', '2026-04-01') };
    const { rows } = replay(
      story,
      `
      2026-02-10 gold
      2026-02-11 silver
      2026-04-01 silver`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-02-10 gold keeps - promote',
      '2026-02-11 gold at_risk - -',
      '2026-04-01 gold due_down 2026-07-01 warn',
    ]);
  });

  it('MV-4 under "promote at review" never makes that partner Gold', () => {
    const program = policyV();
    program.ladders[0]!.movement.promote = 'at_review';
    const { rows } = replay(
      { program, state: holding('silver', '2026-01-01', '2026-04-01') },
      `
      2026-02-10 gold
      2026-02-11 silver
      2026-04-01 silver`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-02-10 silver eligible_up - -',
      '2026-02-11 silver keeps - -',
      '2026-04-01 silver keeps - -',
    ]);
  });

  it('MV-5 spares a new partner for 90 days and skips the review that falls into them', () => {
    const story = { program: policyV(), state: null, partner: { startedOn: '2026-03-15' } };
    const { rows, last } = replay(
      story,
      `
      2026-03-15 none
      2026-04-01 none
      2026-06-12 none
      2026-06-13 none
      2026-07-01 none`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-03-15 bronze keeps - enrol',
      '2026-04-01 bronze keeps - -',
      '2026-06-12 bronze keeps - -',
      '2026-06-13 bronze at_risk - -',
      '2026-07-01 bronze due_down 2026-10-01 warn',
    ]);
    expect(last.state.rampUntil).toBe('2026-06-13');
  });

  it('MV-6 keeps an overridden tier until its end, then follows the policy at once', () => {
    const { rows } = replay(overrideStory('immediately'), overrideDays);
    expect(tableOf(rows)).toEqual([
      '2026-05-01 gold overridden - override',
      '2026-07-01 gold overridden - -',
      '2026-08-31 gold overridden - -',
      '2026-09-01 silver keeps - override_end',
      '2026-10-01 silver keeps - -',
    ]);
  });

  it('MV-6 keeps it until the next review where the program says so', () => {
    const { rows } = replay(overrideStory('at_review'), overrideDays);
    expect(tableOf(rows).slice(3)).toEqual([
      '2026-09-01 gold due_down 2026-10-01 override_end',
      '2026-10-01 silver keeps - demote',
    ]);
  });

  it('MV-8 holds the tier without a warning while the inputs are stale, and makes the review up afterwards', () => {
    const story = { program: policyV(), state: holding('gold', '2026-01-01', '2026-04-01') };
    const { rows, last } = replay(
      story,
      `
      2026-02-10 silver stale
      2026-04-01 silver stale`,
    );
    expect(tableOf(rows)).toEqual(['2026-02-10 gold keeps - -', '2026-04-01 gold keeps - -']);
    expect(last.state.frozenReason).toEqual({ ...certificatesLate, behind: ['Points'] });
    expect(last.evaluateOn).toBe('2026-04-02');
    const thawed = replay({ ...story, state: last.state }, '2026-04-21 silver');
    expect(tableOf(thawed.rows)).toEqual(['2026-04-21 gold due_down 2026-07-01 warn']);
  });
});

describe('what protects a partner', () => {
  it('holds at the end of an override too: never down means never down', () => {
    const story = overrideStory('immediately');
    story.program.ladders[0]!.movement.demote = 'never';
    expect(tableOf(replay(story, overrideDays).rows).slice(3)).toEqual([
      '2026-09-01 gold keeps - override_end',
      '2026-10-01 gold keeps - -',
    ]);
  });

  it('takes no more steps at the end of an override than at a review, and warns of the rest', () => {
    const days = overrideDays.replaceAll('silver', 'bronze');
    expect(tableOf(replay(overrideStory('immediately'), days).rows).slice(3)).toEqual([
      '2026-09-01 silver due_down 2026-10-01 override_end',
      '2026-10-01 bronze keeps - demote',
    ]);
  });

  it('withdraws an older warning, so that the end of the protection starts with a new one', () => {
    const program = policyV();
    const days = `
      2026-02-10 silver
      2026-04-01 silver`;
    const warned = replay({ program, state: holding('gold', '2026-01-01', '2026-04-01') }, days);
    program.ladders[0]!.movement.noLossBefore = '2026-08-01';
    const story = { program, state: warned.last.state };
    const later = `
      2026-07-01 silver
      2026-10-01 silver
      2027-01-01 silver`;
    expect(tableOf(replay(story, later).rows)).toEqual([
      '2026-07-01 gold keeps - withdraw_warning',
      '2026-10-01 gold due_down 2027-01-01 warn',
      '2027-01-01 silver keeps - demote',
    ]);
  });

  it('does not call a partner safe because its figures have become uncertain', () => {
    const story = { program: policyV(), state: holding('gold', '2026-01-01', '2026-04-01') };
    const days = `
      2026-02-10 silver
      2026-02-11 silver stale
      2026-02-12 gold`;
    expect(tableOf(replay(story, days).rows)).toEqual([
      '2026-02-10 gold at_risk - -',
      '2026-02-11 gold at_risk - -',
      '2026-02-12 gold keeps - -',
    ]);
  });
});

describe('a floor above the tier that a partner holds', () => {
  it('is given to nobody who joins', () => {
    const program = policyV();
    program.ladders[0]!.movement.floor = 'silver';
    const { rows } = replay({ program, state: null }, '2026-03-15 bronze');
    expect(tableOf(rows)).toEqual(['2026-03-15 bronze keeps - enrol']);
  });

  it('lifts nobody: the tier is neither lost nor warned of, and rises by the figures alone', () => {
    const program = policyV();
    program.ladders[0]!.movement.floor = 'silver';
    const script = `
      2026-04-01 none
      2026-07-01 none
      2026-10-01 silver`;
    expect(
      tableOf(replay({ program, state: holding('bronze', '2026-01-01', '2026-04-01') }, script).rows),
    ).toEqual([
      '2026-04-01 bronze keeps - -',
      '2026-07-01 bronze keeps - -',
      '2026-10-01 silver keeps - promote',
    ]);
  });
});

describe('other policies', () => {
  it('gives days of grace instead of reviews', () => {
    const program = policyV();
    program.ladders[0]!.movement.grace = { days: 100 };
    const { rows } = replay(
      { program, state: holding('gold', '2026-01-01', '2026-04-01') },
      `
      2026-04-01 silver
      2026-07-01 silver
      2026-10-01 silver`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-04-01 gold due_down 2026-10-01 warn',
      '2026-07-01 gold due_down 2026-10-01 -',
      '2026-10-01 silver keeps - demote',
    ]);
  });

  it('takes the tier at the first review where there is no grace', () => {
    const program = policyV();
    program.ladders[0]!.movement.grace = { reviews: 0 };
    const { rows } = replay(
      { program, state: holding('gold', '2026-01-01', '2026-04-01') },
      `
      2026-02-10 bronze
      2026-04-01 bronze
      2026-07-01 bronze`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-02-10 gold at_risk - -',
      '2026-04-01 silver at_risk - demote',
      '2026-07-01 bronze keeps - demote',
    ]);
  });

  it('lets nobody fall below the floor, and nobody lose anything before the promised day', () => {
    const floored = policyV();
    floored.ladders[0]!.movement.floor = 'silver';
    floored.ladders[0]!.movement.grace = { reviews: 0 };
    const down = replay(
      { program: floored, state: holding('gold', '2026-01-01', '2026-04-01') },
      `
      2026-04-01 none
      2026-07-01 none`,
    );
    expect(tableOf(down.rows)).toEqual(['2026-04-01 silver keeps - demote', '2026-07-01 silver keeps - -']);
    const promised = policyV();
    promised.ladders[0]!.movement.noLossBefore = '2026-12-31';
    const kept = replay(
      { program: promised, state: holding('gold', '2026-01-01', '2026-04-01') },
      `
      2026-04-01 none
      2026-10-01 none
      2027-01-01 none`,
    );
    expect(tableOf(kept.rows)).toEqual([
      '2026-04-01 gold keeps - -',
      '2026-10-01 gold keeps - -',
      '2027-01-01 gold due_down 2027-04-01 warn',
    ]);
  });
});

describe('days on which two things fall together', () => {
  it('holds the review of the day on which the ramp ends', () => {
    // 2026-04-02 and 90 days is 2026-07-01: the ramp is over, and the review of that day is held.
    const story = { program: policyV(), state: null, partner: { startedOn: '2026-04-02' } };
    const { rows } = replay(
      story,
      `
      2026-04-02 none
      2026-06-30 none
      2026-07-01 none`,
    );
    expect(tableOf(rows).slice(1)).toEqual([
      '2026-06-30 bronze keeps - -',
      '2026-07-01 bronze due_down 2026-10-01 warn',
    ]);
  });

  it('counts a ramp over the leap day', () => {
    const story = { program: policyV(), state: null, partner: { startedOn: '2027-12-01' } };
    // 30 days of December, 31 of January, 29 of February.
    expect(replay(story, '2027-12-01 none').last.state.rampUntil).toBe('2028-02-29');
  });

  it.each([
    // From 1 April to 1 July are 91 days.
    [91, '2026-07-01'],
    [92, '2026-10-01'],
  ])('ends %i days of grace with the review of %s', (days, end) => {
    const program = policyV();
    program.ladders[0]!.movement.grace = { days };
    const story = { program, state: holding('gold', '2026-01-01', '2026-04-01') };
    const script = `
      2026-04-01 silver
      ${end} silver`;
    expect(tableOf(replay(story, script).rows)).toEqual([
      `2026-04-01 gold due_down ${end} warn`,
      `${end} silver keeps - demote`,
    ]);
  });

  it('decides at the review that is held on the first day after an override', () => {
    const story = overrideStory('at_review');
    story.overrides[0]!.untilOn = '2026-09-30';
    const script = `
      2026-05-01 silver
      2026-07-01 silver
      2026-10-01 silver
      2027-01-01 silver`;
    expect(tableOf(replay(story, script).rows).slice(1)).toEqual([
      '2026-07-01 gold overridden - -',
      '2026-10-01 silver keeps - override_end',
      '2027-01-01 silver keeps - -',
    ]);
  });

  it.each(['2026-10-01', '2026-10-02', '2026-12-31'])(
    'decides at the review after an override all the same where it is evaluated late, on %s',
    (day) => {
      const story = overrideStory('at_review');
      const ends = (end: Partial<Override>) => {
        const overrides = [{ ...story.overrides[0]!, ...end }];
        return tableOf(replay({ ...story, overrides }, `2026-05-01 silver\n${day} silver`).rows)[1];
      };
      const decided = `${day} silver keeps - override_end`;
      expect(ends({ untilOn: '2026-09-30' })).toBe(decided);
      expect(ends({ untilOn: '2026-12-31', endedOn: '2026-10-01' })).toBe(decided);
      expect(ends({ untilOn: '2026-08-31' })).toBe(decided);
    },
  );

  it('warns at the end of an override although a review fell into it that nobody held', () => {
    const story = overrideStory('at_review');
    const script = `
      2026-05-01 silver
      2026-09-03 silver
      2026-10-01 silver`;
    expect(tableOf(replay(story, script).rows).slice(1)).toEqual([
      '2026-09-03 gold due_down 2026-10-01 override_end',
      '2026-10-01 silver keeps - demote',
    ]);
  });

  it('counts from the end of the last one where overrides followed each other unseen', () => {
    const story = overrideStory('at_review');
    const [first] = story.overrides;
    const next = { ...first!, id: 'ovr_2', fromOn: '2026-10-05', untilOn: '2026-11-30' };
    const script = `
      2026-05-01 silver
      2026-12-02 silver
      2027-01-01 silver`;
    const overrides = [{ ...first!, untilOn: '2026-09-30' }, next];
    expect(tableOf(replay({ ...story, overrides }, script).rows).slice(1)).toEqual([
      '2026-12-02 gold due_down 2027-01-01 override_end',
      '2027-01-01 silver keeps - demote',
    ]);
  });

  it.each(['at_review', 'immediately'] as const)(
    'neither warns nor demotes by stale inputs when an override ends: %s',
    (after) => {
      const { last } = replay(
        overrideStory(after),
        `
      2026-05-01 silver
      2026-07-01 silver
      2026-09-01 silver stale`,
      );
      const { state } = last;
      expect(state).toMatchObject({ tier: 'gold', status: 'keeps', warnedOn: null, graceUntil: null });
      expect(state.frozenReason).not.toBeNull();
    },
  );

  it('holds reviews on the first days of fiscal quarters, also after a leap day', () => {
    const program = policyV();
    program.fiscalYearStart = 3;
    program.ladders[0]!.movement.review = 'fiscalQuarter';
    const script = `
      2028-02-29 silver
      2028-03-01 silver
      2028-06-01 silver`;
    expect(
      tableOf(replay({ program, state: holding('gold', '2026-01-01', '2028-03-01') }, script).rows),
    ).toEqual([
      '2028-02-29 gold at_risk - -',
      '2028-03-01 gold due_down 2028-06-01 warn',
      '2028-06-01 silver keeps - demote',
    ]);
  });
});

describe('tiers that people kept by hand', () => {
  const partner = { crmTier: 'GOLD', crmTierSince: '2024-05-01' };

  it('are adopted and, in shadow, left as they are whatever the figures say', () => {
    const { rows, last } = replay(
      { program: policyV(), state: null, partner, mode: 'shadow' },
      `
      2026-02-10 silver
      2026-04-01 silver
      2026-07-01 none`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-02-10 gold keeps - adopt',
      '2026-04-01 gold keeps - -',
      '2026-07-01 gold keeps - -',
    ]);
    expect(last.state).toMatchObject({ since: '2024-05-01', computedTier: null, mode: 'shadow' });
  });

  it('follow the CRM in shadow when somebody changes them there', () => {
    const first = replay({ program: policyV(), state: null, partner, mode: 'shadow' }, '2026-02-10 silver');
    const changed = { crmTier: 'Bronze', crmTierSince: null };
    const story = { program: policyV(), state: first.last.state, partner: changed, mode: 'shadow' as const };
    expect(tableOf(replay(story, '2026-03-01 silver').rows)).toEqual(['2026-03-01 bronze keeps - adopt']);
  });

  it('move by the policy once the program owns them', () => {
    const first = replay({ program: policyV(), state: null, partner, mode: 'shadow' }, '2026-02-10 silver');
    const owned = { program: policyV(), state: first.last.state, partner };
    const { rows } = replay(
      owned,
      `
      2026-03-01 silver
      2026-04-01 silver
      2026-07-01 silver`,
    );
    expect(tableOf(rows)).toEqual([
      '2026-03-01 gold at_risk - -',
      '2026-04-01 gold due_down 2026-07-01 warn',
      '2026-07-01 silver keeps - demote',
    ]);
  });

  it('that no ladder knows are remembered, and the rules decide', () => {
    const story = {
      program: policyV(),
      state: null,
      partner: { crmTier: 'Diamond' },
      mode: 'shadow' as const,
    };
    const { rows, last } = replay(story, '2026-02-10 silver');
    expect(tableOf(rows)).toEqual(['2026-02-10 silver keeps - enrol']);
    expect(last.state.adopted).toMatchObject({ text: 'Diamond', tier: null });
  });
});

const overrideDays = `
      2026-05-01 silver
      2026-07-01 silver
      2026-08-31 silver
      2026-09-01 silver
      2026-10-01 silver`;

function overrideStory(afterOverride: 'immediately' | 'at_review') {
  const program = policyV();
  program.ladders[0]!.movement.afterOverride = afterOverride;
  const override: Override = {
    id: 'ovr_1',
    tier: 'gold',
    reason: 'R',
    author: 'A',
    fromOn: '2026-05-01',
    untilOn: '2026-08-31',
    endedOn: null,
  };
  return { program, state: holding('silver', '2026-01-01', '2026-07-01'), overrides: [override] };
}
