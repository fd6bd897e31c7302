import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';
import { good } from './good-program.ts';

const more = `  deals: { label: Deals, help: d, unit: count, measure: { count: deal } }
  capped: { label: Capped, help: c, unit: count, measure: { count: deal, cap: 10 } }
  share: { label: Share, help: s, unit: ratio, ratio: { of: { count: deal, where: { attribute: isWon, is: true } }, to: { count: deal } } }
  beside: { label: Beside, help: b, unit: percent, ratio: { of: { count: deal, where: { attribute: isWon, is: true } }, to: { count: deal, where: { attribute: stage, is: Done } } } }
  goodMonths: { label: Good months, help: g, unit: count, measure: { sum: deal.amount, window: { lastFull: 1 year, by: closeOn }, having: { sum: deal.amount, atLeast: 9 }, perEach: { of: { period: month, by: closeOn }, take: count } } }
  middle: { label: Middle, help: m, unit: number, measure: { count: deal, perEach: { of: customer, take: median } } }
  growth: { label: Growth, help: g, unit: percent, growth: { now: { count: deal }, before: { count: deal } } }
  profit: { label: Profit, help: p, unit: number, measure: { sum: fact.quantity } }
  passed: { label: Passed, help: p, unit: percent, whenEmpty: pass, every: { of: case, must: { attribute: priority, is: low } } }
  passing: { label: Passing, help: p, unit: percent, whenEmpty: { zeroOverZero: pass }, ratio: { of: { count: deal, where: { attribute: isWon, is: true } }, to: { count: deal } } }
  grade: { label: Grade, help: g, unit: points, score: { bands: { of: revenue, table: [{ from: 1, points: 10 }, { from: 9, points: 20 }] } } }
  chosen: { label: Chosen, help: c, unit: points, score: { choose: [{ when: { kpi: deals, atLeast: 1 }, use: 5 }, { otherwise: grade }] } }
  rounded: { label: Rounded, help: r, unit: points, round: { digits: 0 }, score: { linear: { of: revenue, full: 10, points: 9.6 } } }
ladders:`;

/** The sound program with more KPIs, in which Gold asks for something more. */
function asking(requirement: string): string {
  return good
    .replace('ladders:', more)
    .replace('{ kpi: winRate, atLeast: 30 }', requirement)
    .replace('partnerTypes:\n', 'partnerTypes:\n  - { key: msp, label: MSP }\n');
}

/** What these requirements say besides, which is not what is looked at here. */
const besides: readonly string[] = ['PROGRAM_SAME_REQUIREMENT_NAME', 'PROGRAM_ASKS_FOR_WORSE'];

/** Without what is said of two requirements with one name. */
function told(text: string): string[] {
  return parseProgram(text, 'test.yaml').findings.flatMap(({ code, severity, path, reason }) =>
    besides.includes(code) ? [] : [`${severity} ${path}: ${reason}`],
  );
}

const gold = 'error ladders.0.tiers.1: tier Gold is unreachable: ';

describe('a tier that nobody can reach', () => {
  it.each([
    [
      '{ not: { kpi: revenue, atLeast: 3000 } }',
      'revenue cannot be at least 5000 and less than 3000 at once',
    ],
    [
      '{ not: { any: [{ kpi: revenue, atLeast: 3000 }, { kpi: winRate, atLeast: 3 }] } }',
      'revenue cannot be at least 5000 and less than 3000 at once',
    ],
    [
      '{ any: [{ kpi: winRate, atLeast: 130 }, { kpi: revenue, lessThan: 10 }] }',
      'no way to it is open: winRate is at most 100 percent; and revenue cannot be at least 5000 and less than 10 at once',
    ],
    [
      '{ atLeastOf: { n: 2, of: [{ kpi: winRate, atLeast: 130 }, { kpi: revenue, lessThan: 10 }, { kpi: winRate, atLeast: 3 }] } }',
      'no way to it is open: revenue cannot be at least 5000 and less than 10 at once; and winRate is at most 100 percent',
    ],
    [
      '{ all: [{ kpi: deals, atLeast: { kpi: goodMonths } }, { kpi: deals, lessThan: { kpi: goodMonths } }] }',
      'deals cannot be at least goodMonths and less than goodMonths at once',
    ],
    [
      '{ all: [{ kpi: goodMonths, atLeast: { kpi: deals } }, { kpi: deals, moreThan: { kpi: goodMonths } }] }',
      'deals cannot be more than goodMonths and at most goodMonths at once',
    ],
    ['{ kpi: deals, lessThan: 0 }', 'deals is never less than 0'],
    ['{ kpi: goodMonths, atLeast: 13 }', 'goodMonths is at most 12'],
    ['{ kpi: goodMonths, lessThan: 0 }', 'goodMonths is never less than 0'],
    ['{ kpi: middle, lessThan: 0 }', 'middle is never less than 0'],
    [
      '{ all: [{ kpi: goodMonths, moreThan: 3 }, { kpi: goodMonths, lessThan: 4 }] }',
      'goodMonths cannot be more than 3 and less than 4 at once',
    ],
    ['{ kpi: growth, atMost: -101 }', 'growth is never less than -100 percent'],
    ['{ kpi: capped, moreThan: 10 }', 'capped is at most 10'],
    ['{ kpi: share, atLeast: 80 }', 'share is at most 1; did you mean 0.8?'],
    ['{ kpi: share, atLeast: 130 }', 'share is at most 1'],
    [
      '{ all: [{ kpi: deals, moreThan: 3 }, { kpi: deals, lessThan: 4 }] }',
      'deals cannot be more than 3 and less than 4 at once',
    ],
    [
      '{ all: [{ kpi: grade, moreThan: 10 }, { kpi: grade, lessThan: 20 }] }',
      'grade can only be one of 0, 10, 20, and none of them is more than 10 and less than 20',
    ],
    [
      '{ all: [{ kpi: chosen, moreThan: 5 }, { kpi: chosen, lessThan: 10 }] }',
      'chosen can only be one of 0, 5, 10, 20, and none of them is more than 5 and less than 10',
    ],
    ['{ kpi: rounded, atLeast: 10.5 }', 'rounded is at most 10 points'],
    [
      '{ all: [{ fact: invitation }, { not: { fact: Invitation } }] }',
      '"invitation" cannot be valid and not be valid at once',
    ],
    [
      '{ all: [{ partner: { attribute: country, is: SE } }, { partner: { attribute: country, in: [NO, DK] } }] }',
      'country cannot be SE and one of NO, DK at once',
    ],
    [
      '{ all: [{ partner: { attribute: country, is: SE } }, { partner: { attribute: country, isNot: se } }] }',
      'country cannot be SE and be another one at once',
    ],
    [
      '{ partner: { all: [{ attribute: employees, atLeast: 100 }, { not: { attribute: employees, blank: false } }] } }',
      'employees cannot be at least 100 and be empty at once',
    ],
    [
      '{ all: [{ partner: { attribute: employees, atLeast: 100 } }, { partner: { any: [{ attribute: employees, lessThan: 50 }, { attribute: employees, is: 70 }] } }] }',
      'employees cannot be at least 100 and less than 50 at once; or employees cannot be 70 and at least 100 at once',
    ],
    [
      '{ partner: { not: { attribute: types, is: reseller } } }',
      'types cannot be one of reseller and be another one at once',
    ],
    [
      '{ all: [{ partner: { attribute: employees, is: 5 } }, { partner: { attribute: employees, isNot: "5.0" } }] }',
      'employees cannot be 5 and be another one at once',
    ],
    [
      '{ all: [{ partner: { attribute: extra.code, is: "05" } }, { partner: { attribute: extra.code, notIn: ["05", "5"] } }] }',
      'extra.code cannot be 05 and be another one at once',
    ],
    [
      '{ partner: { all: [{ attribute: startedOn, elapsed: 6 months }, { not: { attribute: startedOn, elapsed: 3 months } }] } }',
      'startedOn cannot be so long ago as 6 months and not so long ago as 3 months at once',
    ],
    [
      '{ all: [{ partner: { attribute: startedOn, elapsed: 93 days } }, { not: { partner: { attribute: startedOn, elapsed: 1 quarter } } }] }',
      'startedOn cannot be so long ago as 93 days and not so long ago as 1 quarter at once',
    ],
    [
      '{ all: [{ kpi: profit, atLeast: 20, prorated: { over: year } }, { kpi: profit, atMost: 10, prorated: { over: year } }] }',
      'profit cannot be at least 20 in proportion to the months and at most 10 in proportion to the months at once',
    ],
    [
      '{ kpi: capped, atLeast: 100, prorated: { over: 12 months } }',
      'capped is at most 10; the whole bound is asked after the first months',
    ],
  ])('%s', (requirement, reason) => {
    expect(told(asking(requirement))).toEqual([`${gold}${reason}`]);
  });

  it.each([
    // Won deals need not be at the stage that the others are counted at.
    '{ kpi: beside, atLeast: 130 }',
    '{ kpi: profit, lessThan: 0 }',
    // Without a case everybody passes, whatever is asked.
    '{ all: [{ kpi: passed, atLeast: 90 }, { kpi: passed, lessThan: 50 }] }',
    '{ all: [{ kpi: passing, atLeast: 90 }, { kpi: passing, lessThan: 50 }] }',
    '{ all: [{ kpi: passed, atLeast: { kpi: winRate } }, { kpi: passed, lessThan: { kpi: winRate } }] }',
    '{ all: [{ kpi: deals, atLeast: { kpi: goodMonths } }, { kpi: deals, atMost: { kpi: goodMonths } }] }',
    '{ kpi: rounded, atLeast: 10 }',
    '{ all: [{ kpi: winRate, moreThan: 3 }, { kpi: winRate, lessThan: 4 }] }',
    '{ all: [{ kpi: grade, atLeast: 10 }, { kpi: grade, lessThan: 20 }] }',
    '{ all: [{ partner: { attribute: types, is: msp } }, { partner: { attribute: types, is: reseller } }] }',
    '{ partner: { all: [{ attribute: country, isNot: SE }, { attribute: country, in: [SE, NO] }] } }',
    '{ all: [{ partner: { attribute: country, is: SE } }, { partner: { attribute: country, in: [NO, se] } }] }',
    '{ all: [{ fact: invitation }, { not: { fact: warning } }] }',
    '{ kpi: growth, atLeast: -100 }',
    '{ partner: { all: [{ attribute: startedOn, elapsed: 6 months }, { not: { attribute: startedOn, elapsed: 9 months } }] } }',
    // Three months may have 89 days.
    '{ partner: { all: [{ attribute: startedOn, elapsed: 3 months }, { not: { attribute: startedOn, elapsed: 90 days } }] } }',
    // Only new partners, who are never asked for the whole.
    '{ all: [{ kpi: capped, atLeast: 12, prorated: { over: 12 months } }, { not: { partner: { attribute: startedOn, elapsed: 6 months } } }] }',
    '{ kpi: capped, atLeast: 10, prorated: { over: 12 months } }',
    // To texts 05 is another word than 5.
    '{ all: [{ partner: { attribute: extra.code, is: "05" } }, { partner: { attribute: extra.code, isNot: "5" } }] }',
  ])('is not said of one that may be reached: %s', (requirement) => {
    expect(told(asking(requirement))).toEqual([]);
  });

  it('is one of others on its ladder, or of who is on that', () => {
    const large = '{ partner: { attribute: employees, atLeast: 100 } }';
    const where = good
      .replace('{ kpi: winRate, atLeast: 30 }', large)
      .replace('    label: Main', '    label: Main\n    where: { attribute: employees, lessThan: 50 }');
    expect(told(where)).toEqual([`${gold}employees cannot be at least 100 and less than 50 at once`]);
    const company = where
      .replace('    label: Main', '    label: Main\n    heldBy: company')
      .replaceAll(/(unit: (money|percent)\n)/g, '$1    rollUp: company\n');
    expect(told(company)).toEqual([]);
  });

  it('may ask for what a tier below it on a cumulative ladder forbids', () => {
    const text = good.replace('{ kpi: revenue, atLeast: 5000 }', '{ kpi: revenue, lessThan: 500 }');
    expect(told(text)).toEqual([]);
    const cumulative = text.replace('    label: Main', '    label: Main\n    hold: cumulative');
    expect(told(cumulative)).toEqual([
      `${gold}it asks for what the tiers below it ask for as well, and revenue cannot be at least 1000 and less than 500 at once`,
    ]);
    const kept = cumulative.replace(
      'requirements: [{ kpi: revenue, atLeast: 1000 }]',
      'requirements: [{ kpi: revenue, atLeast: 1000 }]\n        keepRequirements: { kpi: revenue, atLeast: 1 }',
    );
    expect(told(kept)).toEqual([]);
  });

  it('is swallowed by any higher tier, also through alternatives', () => {
    const silver = 'requirements: [{ kpi: revenue, atLeast: 1000 }]';
    const top = `      - key: top
        label: Top
        requirements: { any: [{ kpi: revenue, atLeast: 800 }, { kpi: winRate, atLeast: 90 }] }
`;
    const swallowed =
      'error ladders.0.tiers.0: tier Silver is unreachable: whoever meets its requirements meets those of Top';
    expect(told(good + top)).toContain(swallowed);
    const either = 'requirements: { any: [{ kpi: revenue, atLeast: 900 }, { kpi: winRate, moreThan: 90 }] }';
    expect(told(good.replace(silver, either) + top)).toContain(swallowed);
    const other = 'requirements: { any: [{ kpi: revenue, atLeast: 900 }, { kpi: winRate, atLeast: 80 }] }';
    expect(told(good.replace(silver, other) + top)).not.toContain(swallowed);
    const steps = '    label: Main\n    movement: { stepsUp: 1 }';
    expect(told((good + top).replace('    label: Main', steps))).not.toContain(swallowed);
  });

  it('is not swallowed where partners that fall from a higher tier may keep it, or not keep the higher one', () => {
    const silver = 'requirements: [{ kpi: revenue, atLeast: 10 }]';
    const gold = (keep: string) =>
      good
        .replace('requirements: [{ kpi: revenue, atLeast: 1000 }]', silver)
        .replace(
          /requirements:\n +- .*\n +- .*\n/,
          `requirements: [{ kpi: revenue, atLeast: 10 }]\n        keepRequirements: ${keep}\n`,
        );
    const reason = 'whoever meets its requirements meets those of Gold';
    const unreachable = `error ladders.0.tiers.0: tier Silver is unreachable: ${reason}`;
    expect(told(gold('{ kpi: revenue, atLeast: 8 }'))).toContain(unreachable);
    const kept = `${silver}\n        keepRequirements: { kpi: revenue, atLeast: 5 }`;
    expect(told(gold('{ kpi: revenue, atLeast: 8 }').replace(silver, kept))).not.toContain(unreachable);
    expect(told(gold('{ kpi: winRate, atLeast: 8 }'))).not.toContain(unreachable);
  });

  /** What is said of a Gold that is reached by some requirements and kept by another one. */
  function kept({ reach, keep }: { reach: string; keep: string }): string[] {
    return told(
      asking('{ kpi: winRate, atLeast: 30 }').replace(
        /requirements:\n +- .*\n +- .*\n/,
        `requirements: [${reach}]\n        keepRequirements: { ${keep} }\n`,
      ),
    );
  }

  it.each([
    ['deals', 'moreThan: 4', 'atLeast: 5', []],
    ['deals', 'atLeast: 4.5', 'moreThan: 4', []],
    ['deals', 'moreThan: 4', 'moreThan: 4.5', []],
    ['deals', 'lessThan: 5', 'atMost: 4', []],
    ['deals', 'lessThan: 4.5', 'atMost: 4', []],
    ['deals', 'moreThan: 4', 'atLeast: 5.5', ['more than 4 and kept only with at least 5.5']],
    ['profit', 'moreThan: 4', 'atLeast: 5', ['more than 4 and kept only with at least 5']],
    ['profit', 'lessThan: 5', 'atMost: 4', ['less than 5 and kept only with at most 4']],
  ])(
    'of %s that is reached with %s and kept with %s asks for more to keep it: %j',
    (kpi, reach, keep, said) => {
      expect(kept({ reach: `{ kpi: ${kpi}, ${reach} }`, keep: `kpi: ${kpi}, ${keep}` })).toEqual(
        said.map(
          (words) =>
            `error ladders.0.tiers.1.keepRequirements: Gold is reached with ${kpi} ${words}; ask for less to keep it`,
        ),
      );
    },
  );

  it('is kept by new partners for the part for which they reached it', () => {
    const part = 'prorated: { over: 12 months }';
    const gold = (reach: string, keep: string) =>
      kept({ reach: `{ kpi: profit, ${reach} }`, keep: `kpi: profit, ${keep}` });
    expect(gold(`atLeast: 24, ${part}`, 'atLeast: 3')).toEqual([
      'error ladders.0.tiers.1.keepRequirements: Gold is reached with profit at least 24 in proportion to the months and kept only with at least 3; ask for less to keep it',
    ]);
    expect(gold(`atLeast: 24, ${part}`, 'atLeast: 2')).toEqual([]);
    expect(gold(`atLeast: 24, ${part}`, `atLeast: 24, ${part}`)).toEqual([]);
    expect(gold('atLeast: 24', `atLeast: 24, ${part}`)).toEqual([]);
    expect(gold(`atLeast: 24, ${part}`, `atLeast: 25, ${part}`)).toHaveLength(1);
    expect(gold(`atLeast: 24, ${part}`, 'atLeast: 24, prorated: { over: 24 months }')).toEqual([]);
  });

  it('is swallowed by a higher one that asks for no more of any partner, new ones included', () => {
    const part = 'prorated: { over: 12 months }';
    const swallowed = (silver: string, gold: string) =>
      told(
        good
          .replace('requirements: [{ kpi: revenue, atLeast: 1000 }]', `requirements: ${silver}`)
          .replace(/requirements:\n +- .*\n +- .*\n/, `requirements: ${gold}\n`),
      ).some((finding) => finding.includes('whoever meets its requirements meets those of Gold'));
    const revenue = (rest: string) => `{ kpi: revenue, atLeast: ${rest} }`;
    expect(swallowed(revenue('1200'), revenue(`1200, ${part}`))).toBe(true);
    expect(swallowed(revenue(`1200, ${part}`), revenue('101'))).toBe(false);
    expect(swallowed(revenue(`1200, ${part}`), revenue('100'))).toBe(true);
    const since = (time: string) => `{ partner: { attribute: startedOn, elapsed: ${time} } }`;
    expect(swallowed(since('6 months'), since('3 months'))).toBe(true);
    expect(swallowed(since('3 months'), since('6 months'))).toBe(false);
  });

  it('is kept for less than any of what is asked to reach it', () => {
    const gold = (reach: string, keep: string) => kept({ reach, keep: `kpi: winRate, ${keep}` });
    const both = ['{ kpi: winRate, moreThan: 3 }', '{ kpi: winRate, atLeast: 5 }'];
    expect(gold(both.join(', '), 'atLeast: 5')).toEqual([]);
    expect(gold(both.toReversed().join(', '), 'atLeast: 5')).toEqual([]);
    expect(gold(both.join(', '), 'atLeast: 6')).toEqual([
      'error ladders.0.tiers.1.keepRequirements: Gold is reached with winRate at least 5 and kept only with at least 6; ask for less to keep it',
    ]);
  });

  it('is not looked for in more ways than can be told apart, and what is needed in any case still counts', () => {
    const one = (index: number) =>
      `{ any: [{ kpi: winRate, atLeast: ${index} }, { kpi: deals, atLeast: ${index} }, { kpi: profit, atLeast: ${index} }] }`;
    const many = Array.from({ length: 20 }, (_one, index) => one(index)).join(', ');
    expect(told(asking(`{ all: [${many}] }`))).toEqual([]);
    expect(told(asking(`{ all: [${many}, { kpi: revenue, lessThan: 5 }] }`))).toEqual([
      `${gold}revenue cannot be at least 5000 and less than 5 at once`,
    ]);
    const choice = Array.from({ length: 30 }, (_one, index) => `{ kpi: winRate, atLeast: ${101 + index} }`);
    expect(told(asking(`{ atLeastOf: { n: 15, of: [${choice.join(', ')}] } }`))).toEqual([]);
  });

  it('cannot be kept either where no way to keep it is open', () => {
    const keep = (asked: string) =>
      told(
        asking('{ kpi: winRate, atLeast: 30 }').replace(
          '        requirements:\n',
          `        keepRequirements: ${asked}\n        requirements:\n`,
        ),
      );
    expect(keep('{ any: [{ kpi: winRate, atLeast: 130 }, { kpi: deals, lessThan: 0 }] }')).toEqual([
      'error ladders.0.tiers.1.keepRequirements: nobody can keep Gold: no way to it is open: winRate is at most 100 percent; and deals is never less than 0',
    ]);
    expect(keep('{ any: [{ kpi: winRate, atLeast: 130 }, { kpi: deals, atLeast: 1 }] }')).toEqual([
      'warning ladders.0.tiers.1.keepRequirements.any.0: nobody can come this way: winRate is at most 100 percent; change it or leave it out',
    ]);
  });
});

describe('an alternative that helps nobody', () => {
  it('is warned of, the outermost one', () => {
    const dead =
      '{ all: [{ kpi: deals, atLeast: 3 }, { any: [{ kpi: winRate, atLeast: 130 }, { kpi: deals, lessThan: 2 }] }] }';
    const found = parseProgram(asking(`{ any: [{ kpi: winRate, atLeast: 30 }, ${dead}] }`), 'test.yaml');
    expect(found.ok).toBe(true);
    const [only, ...others] = found.findings.filter(({ reason }) => reason.startsWith('nobody'));
    expect(only).toMatchObject({
      severity: 'warning',
      line: 53,
      column: 52,
      path: 'ladders.0.tiers.1.requirements.1.any.1',
      reason:
        'nobody can come this way: no way to it is open: winRate is at most 100 percent; and deals cannot be at least 3 and less than 2 at once; change it or leave it out',
    });
    expect(others).toEqual([]);
  });

  it('is none that helps together with others, or on one track', () => {
    const of = '[{ kpi: deals, atLeast: 5 }, { kpi: deals, lessThan: 3 }, { kpi: winRate, atLeast: 30 }]';
    expect(told(asking(`{ atLeastOf: { n: 2, of: ${of} } }`))).toEqual([]);
    const tracks = `tracks:
  - { key: big, label: Big, when: { partner: { attribute: employees, atLeast: 10 } } }
  - { key: small, label: Small }
`;
    const byTrack =
      '{ any: [{ kpi: winRate, atLeast: { big: 130, small: 30 } }, { kpi: deals, atLeast: 1 }] }';
    expect(told(asking(byTrack) + tracks)).toEqual([]);
    expect(told(asking(byTrack.replace('small: 30', 'small: 130')) + tracks)).toEqual([
      expect.stringContaining('warning ladders.0.tiers.1.requirements.1.any.0: nobody can come this way'),
    ]);
  });

  it('knows what the KPI of each track can be', () => {
    const toldOf = (requirement: string) =>
      told(
        `${asking(`{ kpi: tracked, ${requirement} }`).replace(
          '  rounded: {',
          '  tracked: { label: Tracked, help: t, unit: count, score: { byTrack: { big: capped, small: other } } }\n  other: { label: Other, help: o, unit: count, measure: { count: lead, cap: 5 } }\n  rounded: {',
        )}tracks:
  - { key: big, label: Big, when: { partner: { attribute: employees, atLeast: 10 } } }
  - { key: small, label: Small }
`,
      );
    expect(toldOf('atLeast: { big: 10, small: 5 }')).toEqual([]);
    expect(toldOf('atLeast: 10')).toEqual([]);
    expect(toldOf('moreThan: 10')).toEqual([`${gold}tracked is at most 10`]);
  });
});

describe('a ladder that nobody can be on', () => {
  it('has conditions that exclude each other, and its tiers are not told beside it', () => {
    const where = (filter: string) =>
      told(good.replace('    label: Main', `    label: Main\n    where: ${filter}`));
    expect(where('{ all: [{ attribute: country, is: SE }, { attribute: country, blank: true }] }')).toEqual([
      'error ladders.0.where: nobody can be on it: country cannot be SE and be empty at once; change one of the two',
    ]);
    expect(where('{ attribute: types, notIn: [reseller] }')).toEqual([
      'error ladders.0.where: nobody can be on it: types cannot be one of reseller and be another one at once; change one of the two',
    ]);
    expect(where('{ attribute: types, is: reseller }')).toEqual([]);
  });

  it('is for who is not in the program', () => {
    const where = (filter: string) =>
      told(good.replace('    label: Main', `    label: Main\n    where: ${filter}`));
    expect(where('{ attribute: status, in: [prospect, applicant] }')).toEqual([
      'error ladders.0.where: nobody can be on it: prospects, applicants and who is terminated are on no ladder; ask for another status, or leave the condition out',
    ]);
    expect(where('{ not: { attribute: status, is: prospect } }')).toEqual([]);
    expect(where('{ attribute: status, in: [prospect, active] }')).toEqual([]);
  });

  const other = (who: string) => `  - key: other
    label: Other
${who}    tiers: [{ key: some, label: Some }]
`;
  const behind = (label: string) =>
    `warning ladders.1: nobody can be on Other: its partners are on ${label}, which stands before it; put it first, or write beside: true`;

  it.each([
    ['    partnerTypes: [reseller]\n', [behind('Main')]],
    ['    partnerTypes: [reseller]\n    where: { attribute: country, is: SE }\n', [behind('Main')]],
    ['    partnerTypes: [reseller]\n    beside: true\n', []],
    ['    partnerTypes: [reseller, msp]\n', []],
    ['', []],
  ])('stands behind one that takes all of its partners: %j', (who, expected) => {
    const text = good.replace('partnerTypes:\n', 'partnerTypes:\n  - { key: msp, label: MSP }\n');
    expect(told(text + other(who))).toEqual(expected);
  });

  it('stands behind one that takes everybody, or a part of everybody that it is in', () => {
    const everybody = good.replace('    partnerTypes: [reseller]\n', '');
    expect(told(everybody + other(''))).toEqual([behind('Main')]);
    const large = everybody.replace(
      '    label: Main',
      '    label: Main\n    where: { attribute: employees, atLeast: 10 }',
    );
    expect(told(large + other(''))).toEqual([]);
    expect(told(large + other('    where: { attribute: employees, atLeast: 20 }\n'))).toEqual([
      behind('Main'),
    ]);
    expect(told(large + other('    where: { attribute: employees, atLeast: 5 }\n'))).toEqual([]);
  });
});

describe('a track that nobody can be on', () => {
  const tracks = (...when: string[]) =>
    told(
      `${good}tracks:\n${when.map((one, index) => `  - { key: t${index}, label: T${index}, when: ${one} }\n`).join('')}  - { key: rest, label: Rest }\n`,
    );

  it('has a condition that nobody meets', () => {
    expect(tracks('{ kpi: winRate, atLeast: 101 }')).toEqual([
      'error tracks.0.when: nobody can be on track T0: winRate is at most 100 percent',
    ]);
    expect(tracks('{ any: [{ kpi: winRate, atLeast: 101 }, { kpi: winRate, atLeast: 50 }] }')).toEqual([
      expect.stringContaining('warning tracks.0.when.any.0: nobody can come this way'),
    ]);
  });

  it('stands behind one that takes whoever fits it', () => {
    expect(tracks('{ kpi: revenue, atLeast: 100 }', '{ kpi: revenue, atLeast: 500 }')).toEqual([
      'warning tracks.1.when: nobody can be on track T1: whoever it would take is on T0, which stands before it; put it first',
    ]);
    expect(tracks('{ kpi: revenue, atLeast: 500 }', '{ kpi: revenue, atLeast: 100 }')).toEqual([]);
    const country = (is: string) => `{ partner: { attribute: country, in: [${is}] } }`;
    expect(tracks(country('SE, NO'), country('NO'))).toHaveLength(1);
    expect(tracks(country('NO'), country('SE, NO'))).toEqual([]);
  });
});
