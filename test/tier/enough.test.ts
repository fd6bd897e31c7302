import { describe, expect, it } from '@jest/globals';
import { exact, exactRatio } from '../../src/program/exact.ts';
import type { Program } from '../../src/program/load.ts';
import { digitsOf } from '../../src/program/units.ts';
import { evaluate } from '../../src/tier/evaluate.ts';
import { type EnoughPart, enoughFor } from '../../src/tier/explain/enough.ts';
import { outlookOf } from '../../src/tier/explain/summary.ts';
import type { PartnerInputs } from '../../src/tier/load.ts';
import { type Peers, withFigure } from '../../src/tier/look/changed-inputs.ts';
import type { KpiInput, PartnerFacts } from '../../src/tier/types.ts';
import { programOf } from '../kpi/sample.ts';
import { fc } from '../services/fast-check.ts';
import { holding, noFacts } from './replay.ts';

const measured = `
  revenue: { label: Revenue, short: revenue, help: x, unit: money, measure: { sum: deal.amount } }
  people: { label: Certified people, help: x, unit: people, measure: { distinct: certification.person } }
  cycle: { label: Sales cycle, help: x, unit: days, better: lower, measure: { average: { of: deal, daysFrom: createdAt, to: closeOn } } }`;

const scored = `${measured}
  sales: { label: Sales, help: x, unit: points, score: { linear: { of: revenue, full: { big: 3000, small: 2000 }, points: 60 } } }
  skills: { label: Skills, help: x, unit: points, score: { each: { of: people, points: 7, per: 2, whole: true, cap: 40 } } }
  speed: { label: Speed, help: x, unit: points, score: { bands: { of: cycle, table: [{ from: 0, points: 10 }, { above: 30, points: 5 }, { above: 60, points: 0 }] } } }
  steps: { label: Steps, help: x, unit: points, score: { steps: [{ label: First, points: 4, needs: { kpi: people, atLeast: 2 } }, { label: More, points: sales, most: 10 }] } }
  total: { label: Capability, help: x, unit: points, score: { sum: [sales, skills, speed, steps] } }`;

const tracks = `tracks:
  - { key: big, label: Big, when: { kpi: revenue, atLeast: 2500 } }
  - { key: small, label: Small }`;

const ladder = (tiers: string, hold = 'highest') => `  - key: main
    label: Main
    hold: ${hold}
    tiers:
      - { key: low, label: Low }
${tiers}`;

const programs = {
  plain: programOf({
    kpis: measured,
    ladders: ladder('      - { key: high, label: High, requirements: [{ kpi: revenue, atLeast: 1000 }] }'),
  }),
  scored: programOf({
    kpis: scored,
    head: tracks,
    ladders: ladder(`      - key: high
        label: High
        requirements: [{ kpi: total, atLeast: 70 }, { kpi: people, atLeast: { big: 6, small: 3 } }]`),
  }),
  ranked: programOf({
    kpis: `${measured}
  position: { label: Position, help: x, unit: number, better: lower, rank: { of: revenue, as: position } }`,
    ladders: ladder('      - { key: high, label: High, requirements: [{ kpi: position, atMost: 2 }] }'),
  }),
  needing: programOf({
    kpis: `${measured}
  needed: { label: People needed, help: x, unit: people, round: { digits: 0, direction: up }, score: { ratio: { of: revenue, to: 1000 } } }`,
    ladders: ladder(
      '      - key: high\n        label: High\n        requirements: [{ kpi: people, atLeast: { kpi: needed } }]',
    ),
  }),
  open: programOf({
    kpis: `${measured}
  closed: { label: Cases closed, help: x, unit: count, measure: { count: case } }
  opened: { label: Cases opened, help: x, unit: count, better: lower, measure: { count: case } }`,
    ladders: ladder(
      '      - { key: high, label: High, requirements: [{ kpi: closed, atLeast: { kpi: opened } }] }',
    ),
  }),
  divided: programOf({
    kpis: `${measured}
  share: { label: People by 1000, help: x, unit: people, score: { ratio: { of: people, to: revenue, per: 1000 } } }`,
    ladders: ladder('      - { key: high, label: High, requirements: [{ kpi: share, atLeast: 2 }] }'),
  }),
  choices: programOf({
    kpis: scored,
    head: tracks,
    ladders: ladder(
      `      - key: middle
        label: Middle
        requirements: [{ kpi: revenue, moreThan: "900 EUR" }]
      - key: high
        label: High
        requirements:
          - atLeastOf: { n: 2, of: [{ kpi: total, atLeast: 45 }, { kpi: cycle, lessThan: 20 }, { kpi: people, atLeast: 4 }] }
          - { any: [{ kpi: revenue, atLeast: 1500 }, { kpi: skills, atLeast: 14 }] }`,
      'cumulative',
    ),
  }),
};

const facts: PartnerFacts = {};

type Figures = Record<string, string | null>;

const noPeers = () => [];

function inputsOf(program: Program, figures: Figures, peers: Peers): PartnerInputs {
  const kpis = Object.entries(program.kpis).map(([kpi, { unit }]): KpiInput => {
    const figure = figures[kpi] ?? null;
    const value = figure === null ? null : exact(figure);
    return {
      kpi,
      unit,
      currency: unit === 'money' ? 'USD' : null,
      state: 'current',
      stateReason: null,
      numerator: value === null ? null : String(value.s * value.n),
      denominator: value === null ? null : String(value.d),
      empty: value === null ? 'no_records' : null,
      counted: 1,
      excluded: 0,
      excludedBy: {},
      inputsCompleteTo: null,
    };
  });
  // Replacing a figure by itself composes the scores.
  const first = Object.keys(figures).find((kpi) => figures[kpi] != null)!;
  const known: PartnerInputs = {
    partnerId: 'A',
    partner: facts,
    kpis,
    states: [],
    absorbed: [],
    overrides: [],
    waivers: [],
    facts: noFacts,
    mode: 'owned',
    asked: [],
  };
  return withFigure(program, known, { kpi: first, figure: exact(figures[first]!) }, peers);
}

function tierOf(program: Program, { kpis }: PartnerInputs) {
  return evaluate({
    program,
    ladder: program.ladders[0]!,
    partnerId: 'A',
    partner: facts,
    kpis,
    state: holding('low', '2026-01-01', '2027-01-01'),
    overrides: [],
    facts: noFacts,
    asOf: '2026-11-30',
    mode: 'owned',
  });
}

function enoughOf(program: Program, figures: Figures, peers: Peers = noPeers) {
  const inputs = inputsOf(program, figures, peers);
  const { evidence } = tierOf(program, inputs);
  const outlook = outlookOf(evidence, { tier: evidence.tiers.at(-2)!.tier, status: 'keeps' });
  const rank = (tier: string | null) => program.ladders[0]!.tiers.findIndex(({ key }) => key === tier);
  const isGiven = (other: PartnerInputs) =>
    rank(tierOf(program, other).computedTier) >= rank(outlook.tier?.tier ?? null);
  const enough =
    outlook.missing.length === 0
      ? []
      : enoughFor({ program, outlook, inputs, asOf: '2026-11-30', peers, isGiven });
  return { enough, inputs, isGiven };
}

const texts = (program: Program, figures: Figures, peers?: Peers) =>
  enoughOf(program, figures, peers).enough.flatMap(({ text, through }) => [
    text,
    ...through.map((part) => `  ${part.text}`),
  ]);

describe('what alone would be enough', () => {
  it('names the figure that is enough and how far it is', () => {
    expect(texts(programs.plain, { revenue: '400', people: '1', cycle: '40' })).toEqual([
      'Revenue: 600 USD more, to 1,000 USD',
    ]);
  });

  it('of a figure that there is not yet', () => {
    expect(texts(programs.plain, { revenue: null, people: '1', cycle: '40' })).toEqual([
      'Revenue: 1,000 USD, once there is a figure (there is nothing to measure yet)',
    ]);
  });

  it('of a composed KPI says which of its parts is enough, with what else that part changes', () => {
    // 30 + 7 + 5 + (4 + 10) = 56; the 14 points are 466.67 USD, as long as nobody gets onto the track Big by them.
    expect(texts(programs.scored, { revenue: '1000', people: '3', cycle: '40' })).toEqual([
      'Capability: 14 points more, to 70 points',
      '  Revenue: 466.67 USD more, to 1,466.67 USD',
      '  Certified people: 3 more, to 6',
    ]);
  });

  it('does not call enough what puts the partner onto a track that asks for more', () => {
    // 2,500 USD would be track Big, which asks for 6 people and gives fewer points for the same revenue.
    expect(texts(programs.scored, { revenue: '2400', people: '2', cycle: '80' })).toEqual([
      'Certified people: 1 more, to 3',
    ]);
  });

  it('of a rank says which figure stands before enough of the others', () => {
    const peers: Peers = () =>
      ['5000', '3000', '2000'].map((numerator, index) => ({
        partnerId: `other-${index}`,
        numerator,
        denominator: '1',
        error: null,
        counted: 1,
        excluded: 0,
        excludedBy: {},
        isComputed: true,
      }));
    expect(texts(programs.ranked, { revenue: '1000', position: '4' }, peers)).toEqual([
      'Position: 2 less, to 2',
      '  Revenue: 2,000 USD more, to 3,000 USD',
    ]);
  });

  it('tells nobody to get worse so that a bound comes down that is a figure itself', () => {
    expect(texts(programs.needing, { revenue: '3500', people: '2' })).toEqual([
      'Certified people: 2 more, to 4',
    ]);
  });

  it('says how far such a bound would have to come down where that is better', () => {
    expect(texts(programs.open, { closed: '2', opened: '5', revenue: '0' })).toEqual([
      'Cases closed: 3 more, to 5',
      'Cases opened: 3 less, to 2',
    ]);
  });

  it('of a ratio says what there would be more of, and not that it would be divided by less', () => {
    expect(texts(programs.divided, { revenue: '2000', people: '3' })).toEqual([
      'People by 1000: 1 more, to 2',
      '  Certified people: 1 more, to 4',
    ]);
  });

  it('counts what the lower tiers of a cumulative ladder ask for', () => {
    const figures = { revenue: '900', people: '4', cycle: '10' };
    expect(texts(programs.choices, figures)).toEqual(['Revenue: 90.01 USD more, to 990.01 USD']);
  });
});

const figures = fc.record({
  revenue: fc.option(
    fc.integer({ min: 0, max: 400 }).map((tens) => `${tens * 10}`),
    { freq: 9 },
  ),
  people: fc.integer({ min: 0, max: 9 }).map(String),
  cycle: fc.option(
    fc.integer({ min: 0, max: 270 }).map((thirds) => `${thirds}/3`),
    { freq: 9 },
  ),
});

describe('what is called enough', () => {
  it.each(Object.entries(programs).filter(([name]) => name !== 'ranked'))(
    'gives the tier, and a hair less does not: %s',
    (_name, program) => {
      fc.assert(
        fc.property(figures, (given) => {
          const { enough, inputs, isGiven } = enoughOf(program, given);
          const changed = (part: EnoughPart, hair: number) => {
            const step = exact(1).div(10 ** digitsOf(program.kpis[part.kpi!]!.unit));
            const away = step.mul(part.direction === 'more' ? -hair : hair);
            const figure = exactRatio(part.figure!.numerator, part.figure!.denominator).add(away);
            return withFigure(program, inputs, { kpi: part.kpi!, figure }, noPeers);
          };
          for (const one of enough) {
            for (const part of [one, ...one.through]) {
              if (part.figure === null) continue;
              expect(isGiven(changed(part, 0))).toBe(true);
              expect(part.by !== null && isGiven(changed(part, 1))).toBe(false);
            }
          }
        }),
        { numRuns: 30 },
      );
    },
  );

  it.each(Object.entries(programs).filter(([name]) => name !== 'ranked'))(
    'is all that is enough, as trying every figure says: %s',
    (_name, program) => {
      fc.assert(
        fc.property(figures, (given) => {
          const { enough, inputs, isGiven } = enoughOf(program, given);
          if (isGiven(inputs)) return;
          const named = new Set(enough.flatMap((one) => [one.kpi, ...one.through.map(({ kpi }) => kpi)]));
          // Less revenue may be enough too, by another track; nobody is told to lose some.
          const isSomehowEnough = (kpi: 'people' | 'revenue', all: readonly number[]) =>
            all.some(
              (one) =>
                one >= Number(given[kpi]) &&
                isGiven(withFigure(program, inputs, { kpi, figure: exact(one) }, noPeers)),
            );
          const people = Array.from({ length: 15 }, (_one, index) => index);
          const money = Array.from({ length: 81 }, (_one, index) => index * 50);
          if (isSomehowEnough('people', people)) expect(named).toContain('people');
          if (isSomehowEnough('revenue', money)) expect(named).toContain('revenue');
        }),
        { numRuns: 12 },
      );
    },
  );
});
