import { describe, expect, it } from '@jest/globals';
import type { PartFigure } from '../../src/kpi/score/part.ts';
import { figureOfScore, scoreOf } from '../../src/kpi/score/score.ts';
import { exact, exactText, partsOf } from '../../src/program/exact.ts';
import type { Program } from '../../src/program/load.ts';
import { leastOf, mostOf } from '../../src/program/score-limits.ts';
import { scoresInOrder } from '../../src/program/score-parts.ts';
import type { PartnerFacts } from '../../src/tier/types.ts';
import { programOf } from './sample.ts';

/** What each form of a score makes of given figures; a dash is nothing to measure. Worked out by hand. */

const tracks = `tracks:
  - { key: enterprise, label: Enterprise, when: { kpi: x, atLeast: 100 } }
  - { key: smb, label: SMB }`;

const measured: Record<string, string> = {
  x: 'unit: number, measure: { sum: fact.quantity }',
  y: 'unit: number, measure: { sum: fact.quantity }',
  points: 'unit: points, measure: { sum: fact.quantity }',
  money: 'unit: money, measure: { sum: fact.amount }',
  fails: 'unit: number, whenEmpty: fail, measure: { max: fact.quantity }',
  passes: 'unit: number, whenEmpty: pass, measure: { max: fact.quantity }',
  zero: 'unit: number, whenEmpty: zero, measure: { max: fact.quantity }',
  failShare: 'unit: percent, whenEmpty: fail, ratio: { of: { count: deal }, to: { count: deal } }',
  passShare: 'unit: percent, whenEmpty: pass, ratio: { of: { count: deal }, to: { count: deal } }',
  days: 'unit: days, better: lower, measure: { median: { of: deal, daysFrom: createdAt, to: closeOn } }',
};

/** A program whose KPI `s` is the score; others may stand beside it. */
function scored(score: string, others: Record<string, string> = {}): Program {
  const kpis = {
    ...measured,
    ...Object.fromEntries(
      Object.entries(others).map(([key, one]) => [key, `unit: points, score: { ${one} }`]),
    ),
    s: score.includes('unit:') ? score : `unit: points, score: { ${score} }`,
  };
  return programOf({
    head: tracks,
    kpis: Object.entries(kpis)
      .map(([key, one]) => `  ${key}: { label: ${key.toUpperCase()}, help: x, ${one} }`)
      .join('\n'),
  });
}

type Given = Record<string, string>;

function figure(program: Program, kpi: string, value: string): PartFigure {
  const isEmpty = value === '-';
  const parts = isEmpty ? { numerator: null, denominator: null } : partsOf(exact(value));
  return {
    kpi,
    unit: program.kpis[kpi]!.unit,
    currency: null,
    state: 'current',
    stateReason: null,
    ...parts,
    empty: isEmpty ? 'no_records' : null,
    counted: 1,
    excluded: 0,
    excludedBy: {},
    inputsCompleteTo: null,
  };
}

/** All scores of the program from given figures; the figure of `s` as exact text, or why there is none. */
function scoreOfS(program: Program, given: Given, partner: PartnerFacts = {}) {
  const figures = new Map(Object.entries(given).map(([kpi, value]) => [kpi, figure(program, kpi, value)]));
  for (const kpi of scoresInOrder(program)) {
    const found = figureOfScore(scoreOf({ program, figures, partner }, kpi));
    figures.set(kpi, { ...figure(program, kpi, '0'), ...found });
  }
  return figures.get('s')!;
}

function text(score: string, given: Given, others?: Record<string, string>, partner?: PartnerFacts): string {
  const { numerator, denominator, score: evidence } = scoreOfS(scored(score, others), given, partner);
  if (numerator === null) return evidence!.reason ?? 'no reason';
  return exactText(exact(numerator).div(exact(denominator!)));
}

describe('one figure divided by another', () => {
  it.each([
    ['unit: number, score: { ratio: { of: x, to: y } }', { x: '7', y: '2' }, '3.5'],
    ['unit: percent, score: { ratio: { of: x, to: y } }', { x: '7', y: '2' }, '350'],
    ['unit: points, score: { ratio: { of: points, to: y } }', { points: '10', y: '3' }, '10/3'],
    ['unit: number, score: { ratio: { of: x, to: money, per: 1000000 } }', { x: '3', money: '1500000' }, '2'],
    ['unit: number, score: { ratio: { of: x, to: money, per: 1000 EUR } }', { x: '3', money: '1100' }, '3'],
    ['unit: people, score: { ratio: { of: money, to: 1000000 } }', { money: '2500000' }, '2.5'],
    [
      'unit: people, round: { digits: 0, direction: up }, score: { ratio: { of: money, to: 1000000 } }',
      { money: '2000001' },
      '3',
    ],
    [
      'unit: people, round: { digits: 0, direction: up }, score: { ratio: { of: money, to: 1000000 } }',
      { money: '2000000' },
      '2',
    ],
    [
      'unit: number, round: { digits: 1, direction: down }, score: { ratio: { of: x, to: y } }',
      { x: '-1', y: '3' },
      '-0.4',
    ],
    [
      'unit: people, score: { ratio: { of: money, to: { enterprise: 500, smb: 1000 } } }',
      { money: '1000', x: '100' },
      '2',
    ],
    [
      'unit: number, score: { ratio: { of: x, to: y } }',
      { x: '7', y: '-' },
      'Y: there is nothing to measure yet',
    ],
    [
      'unit: number, score: { ratio: { of: fails, to: y } }',
      { fails: '-', y: '2' },
      'FAILS: there is nothing to measure yet',
    ],
    [
      'unit: number, score: { ratio: { of: x, to: zero } }',
      { x: '7', zero: '0' },
      'ZERO is 0, so that there is nothing to divide X by',
    ],
    [
      'unit: number, score: { ratio: { of: x, to: y } }',
      { x: '7', y: '-2' },
      'Y is below 0, so that there is nothing to divide X by',
    ],
  ] as [string, Given, string][])('%s of %j is %s', (score, given, expected) => {
    expect(text(score, given)).toBe(expected);
  });

  it('tells nothing over nothing from something over nothing', () => {
    const score =
      'unit: percent, whenEmpty: { zeroOverZero: zero, overZero: one }, score: { ratio: { of: x, to: y } }';
    expect(text(score, { x: '0', y: '0' })).toBe('0');
    expect(text(score, { x: '7', y: '0' })).toBe('100');
  });
});

describe('one figure times another', () => {
  it.each([
    ['unit: number, score: { product: { of: x, by: 1.2 } }', { x: '10' }, '12'],
    ['unit: number, score: { product: { of: x, by: { enterprise: 2, smb: 3 } } }', { x: '10' }, '30'],
    ['unit: points, score: { product: { of: points, by: y } }', { points: '10', y: '1/3' }, '10/3'],
    ['unit: points, score: { product: { of: x, by: points } }', { x: '-4', points: '2.5' }, '-10'],
    [
      'unit: money, score: { product: { of: money, by: passShare } }',
      { money: '250', passShare: '12' },
      '30',
    ],
    [
      'unit: money, score: { product: { of: money, by: y } }',
      { money: '250', y: '-' },
      'Y: there is nothing to measure yet',
    ],
    [
      'unit: number, score: { product: { of: fails, by: 2 } }',
      { fails: '-' },
      'FAILS: there is nothing to measure yet',
    ],
  ] as [string, Given, string][])('%s of %j is %s', (score, given, expected) => {
    expect(text(score, given)).toBe(expected);
  });

  it('brings the product to those who read it, and the factor nothing of its own', () => {
    const program = scored('unit: money, score: { product: { of: money, by: y } }');
    const parts = scoreOfS(program, { money: '250', y: '2' }).score!.parts;
    expect(parts.map(({ kpi, brings, note }) => [kpi, brings?.numerator ?? null, note])).toEqual([
      ['money', '500', null],
      ['y', null, 'it is multiplied by this'],
    ]);
  });
});

describe('a figure less a number', () => {
  it.each([
    ['unit: number, score: { difference: { of: x, less: 100 } }', { x: '130.5' }, '30.5'],
    ['unit: number, score: { difference: { of: x, less: 100 } }', { x: '30' }, '-70'],
    ['unit: money, score: { difference: { of: money, less: 100 EUR } }', { money: '110' }, '0'],
    [
      'unit: number, score: { difference: { of: y, less: { enterprise: 20, smb: 5 } } }',
      { x: '100', y: '25' },
      '5',
    ],
  ] as [string, Given, string][])('%s of %j is %s', (score, given, expected) => {
    expect(text(score, given)).toBe(expected);
  });
});

describe('points in proportion', () => {
  it.each([
    ['0', '0'],
    ['-3', '0'],
    ['1', '3'],
    ['4', '12'],
    ['5', '15'],
    ['50', '15'],
    ['1/3', '1'],
  ])('%s of 5 gives %s of 15 points', (x, expected) => {
    expect(text('linear: { of: x, full: 5, points: 15 }', { x })).toBe(expected);
  });

  it('are exact: 1 of 7 for 15 points, seven times, are 15 points', () => {
    expect(text('linear: { of: x, full: 7, points: 15 }', { x: '1' })).toBe('15/7');
    expect(text('linear: { of: x, full: 7, points: 15 }', { x: '7' })).toBe('15');
  });

  it('take the number of the track that the partner is on', () => {
    const score = 'linear: { of: y, full: { enterprise: 20, smb: 5 }, points: 20 }';
    expect(text(score, { x: '100', y: '5' })).toBe('5');
    expect(text(score, { x: '99', y: '5' })).toBe('20');
    expect(text(score, { x: '-', y: '5' })).toBe(
      'the track is not known: X: there is nothing to measure yet',
    );
  });

  it('take an amount in another currency at the rate of the program', () => {
    expect(text("linear: { of: money, full: '100 EUR', points: 10 }", { money: '55' })).toBe('5');
  });
});

describe('points for each unit', () => {
  it.each([
    ['each: { of: x, points: 50 }', '3', '150'],
    ['each: { of: x, points: 5, per: 100 }', '4050', '202.5'],
    ['each: { of: x, points: 5, per: 100, whole: true }', '4050', '200'],
    ['each: { of: x, points: 100, cap: 100 }', '2', '100'],
    ['each: { of: x, points: 100, cap: 100 }', '0', '0'],
    ['each: { of: x, points: 50 }', '-1', '0'],
  ])('%s of %s gives %s', (score, x, expected) => {
    expect(text(score, { x })).toBe(expected);
  });
});

describe('bands', () => {
  const table =
    'bands: { of: x, table: [{ from: 10, points: 1 }, { above: 20, points: 2 }, { from: 30, points: 5 }] }';
  it.each([
    ['9.999', '0'],
    ['10', '1'],
    ['20', '1'],
    ['20.001', '2'],
    ['30', '5'],
    ['1000', '5'],
  ])('%s gives %s', (x, expected) => {
    expect(text(table, { x })).toBe(expected);
  });

  it('score what is better when it is lower', () => {
    const score =
      'bands: { of: days, table: [{ from: 0, points: 10 }, { above: 30, points: 5 }, { above: 60, points: 0 }] }';
    expect(['30', '31', '61'].map((days) => text(score, { days }))).toEqual(['10', '5', '0']);
  });
});

describe('composing', () => {
  const parts = {
    a: 'linear: { of: x, full: 5, points: 15 }',
    b: 'linear: { of: y, full: 10, points: 20 }',
  };
  it.each([
    ['sum: [a, b]', '22'],
    ['best: [a, b]', '12'],
    ['worst: [a, b]', '10'],
    // 12 of 15 and 10 of 20: (3 x 0.8 + 1 x 0.5) / 4.
    ['weighted: { of: [{ kpi: a, weight: 3 }, { kpi: b, weight: 1 }] }', '72.5'],
    ['weighted: { of: [{ kpi: a, weight: 3 }, { kpi: b, weight: 1 }], to: 10 }', '7.25'],
    ['weighted: { of: [{ kpi: a, weight: 0.3 }, { kpi: b, weight: "0.1" }] }', '72.5'],
    ['weighted: { of: [{ kpi: a, weight: 87.5 }, { kpi: b, weight: 12.5 }] }', '76.25'],
    ['weighted: { of: [{ kpi: x, weight: 1, full: 3 }] , to: 1000 }', '1000'],
  ])('%s of 12 of 15 and 10 of 20 points is %s', (score, expected) => {
    expect(text(score, { x: '4', y: '5' }, parts)).toBe(expected);
  });

  it('adds and compares figures of other units as well', () => {
    expect(text('unit: number, score: { sum: [x, y] }', { x: '4', y: '0.5' })).toBe('4.5');
    expect(text('unit: number, score: { best: [x, y] }', { x: '4', y: '0.5' })).toBe('4');
  });

  it('rounds only where it says so', () => {
    const third = 'linear: { of: x, full: 3, points: 10 }';
    expect(text(third, { x: '1' })).toBe('10/3');
    expect(text(`unit: points, round: { digits: 1 }, score: { ${third} }`, { x: '1' })).toBe('3.3');
  });
});

describe('steps', () => {
  const score = `steps: [{ points: a, most: 10 }, { needs: { kpi: a, atLeast: 10 }, points: b, most: 8 }, { points: 3, needs: { kpi: y, atLeast: 2 } }]`;
  const parts = { a: 'each: { of: x, points: 5 }', b: 'each: { of: y, points: 4 }' };
  it.each([
    // The first step alone; the second asks for 10 points in it.
    ['1', '9', '5'],
    ['2', '1', '14'],
    ['9', '9', '21'],
    // Without the second step the third does not count, although its own condition holds.
    ['0', '9', '0'],
  ])('%s and %s give %s', (x, y, expected) => {
    expect(text(score, { x, y }, parts)).toBe(expected);
  });

  it('do not ask what lies behind a step that is closed', () => {
    expect(text(score, { x: '1', y: '-' }, parts)).toBe('5');
    expect(text(score, { x: '2', y: '-' }, parts)).toBe('Y: there is nothing to measure yet');
  });

  it('say why a step does not count', () => {
    const { score: evidence } = scoreOfS(scored(score, parts), { x: '1', y: '9' });
    expect(evidence!.parts.map(({ label, counts, note }) => [label, counts, note])).toEqual([
      ['A', true, null],
      ['B', false, 'A: needs 10 points, has 5 points'],
      ['points', false, 'A: needs 10 points, has 5 points'],
    ]);
  });
});

describe('choices', () => {
  const score = `choose: [{ when: { partner: { attribute: extra.track, is: big } }, use: a }, { when: { kpi: y, atLeast: 1 }, use: 7 }, { otherwise: b }]`;
  const parts = { a: 'each: { of: x, points: 1 }', b: 'each: { of: x, points: 2 }' };
  it.each([
    ['big', '0', '3'],
    ['small', '1', '7'],
    ['small', '0', '6'],
    // A partner on the first branch needs nothing of the second.
    ['big', '-', '3'],
    ['small', '-', 'Y: there is nothing to measure yet'],
  ])('%s with %s is %s', (track, y, expected) => {
    expect(text(score, { x: '3', y }, parts, { 'extra.track': track })).toBe(expected);
  });

  it('keep the better of the tracks, each scored by its own numbers all the way down', () => {
    const others = {
      a: 'linear: { of: y, full: { enterprise: 20, smb: 5 }, points: 20 }',
      b: 'linear: { of: x, full: { enterprise: 10, smb: 1000 }, points: 10 }',
      total: 'sum: [a, b]',
    };
    // Enterprise: 5 + 10 = 15. SMB: 20 + 1 = 21.
    const given = { x: '100', y: '5' };
    expect(text('sum: [total]', given, others)).toBe('15');
    expect(text('bestTrack: { of: total }', given, others)).toBe('21');
    const { score: evidence } = scoreOfS(scored('bestTrack: { of: total }', others), given);
    expect(evidence!.parts.map(({ label, counts }) => [label, counts])).toEqual([
      ['TOTAL (Enterprise)', false],
      ['TOTAL (SMB)', true],
    ]);
  });
});

describe('the KPI of the track', () => {
  const parts = { big: 'each: { of: y, points: 1 }', small: 'each: { of: money, points: 1 }' };
  it.each([
    ['100', '4', '-', '4'],
    ['99', '-', '7', '7'],
    ['99', '4', '-', 'SMALL: MONEY: there is nothing to measure yet'],
    ['-', '4', '7', 'the track is not known: X: there is nothing to measure yet'],
  ])('of a partner with %s is asked for alone: of %s and %s it is %s', (x, y, money, expected) => {
    expect(text('byTrack: { enterprise: big, smb: small }', { x, y, money }, parts)).toBe(expected);
  });

  it('is that of each track where the best of them is kept', () => {
    const own = { ...parts, own: 'byTrack: { enterprise: big, smb: small }' };
    expect(text('bestTrack: { of: own }', { x: '100', y: '4', money: '7' }, own)).toBe('7');
  });

  it('brings at most what that of the track can bring, and of an unknown track what any can', () => {
    const limits = {
      big: 'linear: { of: y, full: 1, points: 9 }',
      small: 'bands: { of: y, table: [{ from: 0, points: -3 }] }',
    };
    const program = scored('byTrack: { enterprise: big, smb: small }', limits);
    const on = (track: string | null) => {
      const keys = { track, region: null };
      return [mostOf(program, 's', keys), leastOf(program, 's', keys)].map((limit) => exactText(limit!));
    };
    expect([on('enterprise'), on('smb'), on(null)]).toEqual([
      ['9', '0'],
      ['0', '-3'],
      ['9', '-3'],
    ]);
  });
});

describe('a difference', () => {
  const percent = (rest: string) => `unit: percent, score: { difference: { ${rest} } }`;

  it.each([
    ['of: x, less: y', '7', '3', '4'],
    ['of: x, less: y', '1/3', '1/2', '-1/6'],
    ['of: x, less: [y, zero]', '7', '3', '2'],
    ['of: x, less: y', '-', '3', 'X: there is nothing to measure yet'],
    ['of: x, less: y', '3', '-', 'Y: there is nothing to measure yet'],
    ['of: x, less: zero', '3', '1', '1'],
  ])('%s with %s and %s is %s', (rest, x, y, expected) => {
    expect(text(`unit: number, score: { difference: { ${rest} } }`, { x, y, zero: '2' })).toBe(expected);
  });

  it('counts the most of a share that is taken away where it says fail, and none of it where it says pass', () => {
    expect(text(percent('of: passShare, less: failShare'), { passShare: '30', failShare: '-' })).toBe('-70');
    expect(text(percent('of: failShare, less: passShare'), { failShare: '30', passShare: '-' })).toBe('30');
  });

  it('of points has as its most that of the first, less the fewest of the others', () => {
    const parts = {
      a: 'linear: { of: x, full: 5, points: 10 }',
      b: 'bands: { of: y, table: [{ from: 0, points: -2 }, { from: 5, points: 4 }] }',
    };
    const { score } = scoreOfS(scored('difference: { of: a, less: b }', parts), { x: '5', y: '0' });
    expect(score).toMatchObject({
      most: { numerator: '12', denominator: '1' },
      parts: [
        { kpi: 'a', brings: { numerator: '10', denominator: '1' } },
        { kpi: 'b', brings: { numerator: '2', denominator: '1' }, most: null },
      ],
    });
  });

  it('has a fewest only where what it takes away has a most', () => {
    const none = { track: null, region: null };
    const program = scored('difference: { of: a, less: [b, c] }', {
      a: 'each: { of: x, points: 1 }',
      b: 'linear: { of: y, full: 5, points: 10 }',
      c: 'each: { of: y, points: 1, cap: 3 }',
      open: 'difference: { of: b, less: a }',
      worst: 'worst: [s, open]',
      best: 'best: [s, open]',
    });
    const least = (kpi: string) => leastOf(program, kpi, none)?.toFraction() ?? null;
    expect(['s', 'open', 'worst', 'best'].map(least)).toEqual(['-13', null, null, '-13']);
  });

  it('has no fewest where a measured figure is taken as it is, which may be below 0', () => {
    const none = { track: null, region: null };
    const program = scored('sum: [shares, b]', {
      b: 'bands: { of: y, table: [{ from: 0, points: -2 }] }',
      shares: 'linear: { of: passShare, full: 5, points: 10 }',
      measured: 'sum: [points, b]',
      above: 'sum: [measured]',
    });
    const least = (kpi: string) => leastOf(program, kpi, none)?.toFraction() ?? null;
    expect(['s', 'measured', 'above'].map(least)).toEqual(['-2', null, null]);
  });
});

describe('a part with nothing to measure', () => {
  it.each([
    ['x', 'X: there is nothing to measure yet'],
    ['fails', '0'],
    ['passes', '10'],
  ])('%s: %s', (kpi, expected) => {
    expect(text(`linear: { of: ${kpi}, full: 5, points: 10 }`, { [kpi]: '-' })).toBe(expected);
  });

  it('that has no limit cannot pass for a number of points', () => {
    expect(text('each: { of: passes, points: 10 }', { passes: '-' })).toBe(
      'PASSES: there is nothing to measure yet',
    );
    expect(text('each: { of: passes, points: 10, cap: 30 }', { passes: '-' })).toBe('30');
  });

  it('leaves the scores above it without a figure as well, and says where to look', () => {
    const parts = { a: 'linear: { of: x, full: 5, points: 10 }' };
    expect(text('sum: [a]', { x: '-' }, parts)).toBe('A: X: there is nothing to measure yet');
  });

  it('that is a share stands for none or all of it where it is taken as it is', () => {
    const share = (whenEmpty: string) => `unit: percent, score: { best: [${whenEmpty}Share] }`;
    expect(text(share('fail'), { failShare: '-' })).toBe('0');
    expect(text(share('pass'), { passShare: '-' })).toBe('100');
    expect(text('unit: number, score: { best: [fails] }', { fails: '-' })).toBe(
      'FAILS: there is nothing to measure yet',
    );
  });

  it('counts as the score declares', () => {
    const linear = 'score: { linear: { of: x, full: 5, points: 10 } }';
    expect(text(`unit: points, whenEmpty: zero, ${linear}`, { x: '-' })).toBe('0');
  });

  it('is an error of the score when it is one of the part', () => {
    const program = scored('linear: { of: x, full: 5, points: 10 }');
    const error = {
      code: 'rate_missing',
      entity: 'fact',
      recordId: 'f1',
      currency: 'CHF',
    } as const;
    const x: PartFigure = { ...figure(program, 'x', '-'), state: 'error', empty: null, error };
    const found = scoreOf({ program, figures: new Map([['x', x]]), partner: {} }, 's');
    expect(found).toMatchObject({ value: null, error: { recordId: 'f1', behind: ['X'] } });
  });
});
