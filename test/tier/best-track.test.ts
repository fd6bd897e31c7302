import { describe, expect, it } from '@jest/globals';
import { figureOfScore, scoreOf } from '../../src/kpi/score/score.ts';
import { exact } from '../../src/program/exact.ts';
import { parseProgram } from '../../src/program/load.ts';
import { scoresInOrder } from '../../src/program/score-parts.ts';
import { computeTier, recomputeDecision } from '../../src/tier/computed.ts';
import { withFigure } from '../../src/tier/look/changed-inputs.ts';
import type { Evidence, KpiInput } from '../../src/tier/types.ts';
import { programOf } from '../kpi/sample.ts';
import { points } from './replay.ts';

/** A total of 70 and no weak metric, on one and the same track: as Enterprise 81 with a zero, as SMB 55 without one. */
const head = `tracks:
  - { key: enterprise, label: Enterprise, when: { kpi: size, atLeast: 100 } }
  - { key: smb, label: SMB }`;
const measured = (kpi: string) =>
  `  ${kpi}: { label: ${kpi}, help: x, unit: number, measure: { max: fact.quantity, where: { attribute: kind, is: ${kpi} } } }`;
const kpis = `${['size', 'sales', 'people'].map(measured).join('\n')}
  salesPoints: { label: Sales, help: x, unit: points, score: { linear: { of: sales, full: 10, points: { enterprise: 90, smb: 50 } } } }
  peoplePoints: { label: People, help: x, unit: points, score: { bands: { of: people, table: [{ from: { enterprise: 10, smb: 1 }, points: 10 }] } } }
  total: { label: Total, help: x, unit: points, score: { sum: [salesPoints, peoplePoints] } }
  weakest: { label: Weakest, help: x, unit: points, score: { worst: [salesPoints, peoplePoints] } }
  betterTotal: { label: Better total, help: x, unit: points, score: { bestTrack: { of: total } } }
  betterWeakest: { label: Better weakest, help: x, unit: points, score: { bestTrack: { of: weakest } } }`;
const ladders = (gold: string) => `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, ${gold} }`;
const program = programOf({
  head,
  kpis,
  ladders: ladders(
    'onBestTrack: true, requirements: [{ kpi: total, atLeast: { enterprise: 70, smb: 55 } }, { kpi: weakest, moreThan: 0 }]',
  ),
});

function figures(size: string, sales: string, people: string): KpiInput[] {
  const given = new Map(
    Object.entries({ size, sales, people }).map(([kpi, value]) => [kpi, { ...points(value), kpi }]),
  );
  for (const kpi of scoresInOrder(program)) {
    const { error: _error, ...figure } = figureOfScore(
      scoreOf({ program, figures: given, partner: {} }, kpi),
    );
    given.set(kpi, { ...points('0'), kpi, unit: 'points', ...figure });
  }
  return [...given.values()];
}

function evidenceOf(given: readonly KpiInput[]): Evidence {
  const ladder = program.ladders[0]!;
  return computeTier({ program, ladder, kpis: given, partner: {}, asOf: '2026-11-23', held: null });
}

describe('a tier that is judged on the best track', () => {
  it.each([
    // size, sales, people: tier, the track that is shown
    ['0', '9', '1', 'gold', 'smb'],
    ['100', '9', '1', 'gold', 'smb'],
    ['0', '8', '9', 'silver', 'smb'],
    ['100', '8', '9', 'silver', 'enterprise'],
    ['0', '8', '10', 'gold', 'enterprise'],
    ['0', '10', '10', 'gold', 'smb'],
    ['100', '10', '10', 'gold', 'enterprise'],
    ['0', '8', '0', 'silver', 'enterprise'],
    ['0', '7', '0', 'silver', 'smb'],
  ])('size %s, sales %s, people %s: %s, as if on %s', (size, sales, people, tier, track) => {
    const evidence = evidenceOf(figures(size, sales, people));
    expect(evidence.computedTier).toBe(tier);
    expect(evidence.ceilingTier).toBe(tier);
    expect(evidence.tiers[1]!.onTrack?.key).toBe(track);
    expect(recomputeDecision(JSON.parse(JSON.stringify(evidence)))).toBe(tier);
  });

  it('shows the figures of that track, and keeps those that are other ones there', () => {
    const evidence = evidenceOf(figures('100', '9', '1'));
    const [gold] = evidence.tiers.slice(1);
    expect(gold!.requirements.map(({ kpi, has, needs, state }) => [kpi, has, needs, state])).toEqual([
      ['total', '55 points', '55 points (SMB)', 'met'],
      ['weakest', '10 points', 'more than 0 points', 'met'],
    ]);
    const there = gold!.onTrack!.figures.map(({ kpi, numerator }) => `${kpi} ${numerator}`);
    expect(there).toEqual(['salesPoints 45', 'peoplePoints 10', 'total 55', 'weakest 10']);
    const own = evidence.kpis.map(({ kpi, numerator }) => `${kpi} ${numerator}`);
    expect(own).toEqual(expect.arrayContaining(['total 81', 'weakest 0']));
    expect(evidence.track).toBe('enterprise');
  });

  it('takes a composed figure that is supposed as it is, on every track', () => {
    const kpis = figures('0', '9', '0');
    const inputs = {
      partnerId: 'P',
      partner: {},
      kpis,
      states: [],
      absorbed: [],
      overrides: [],
      waivers: [],
      facts: { facts: [], late: new Map() },
      mode: 'owned' as const,
      asked: [],
    };
    expect(evidenceOf(kpis).computedTier).toBe('silver');
    const supposed = withFigure(program, inputs, { kpi: 'weakest', figure: exact(5) }, () => []);
    expect(evidenceOf(supposed.kpis).computedTier).toBe('gold');
  });
});

function findingsOf(gold: string, tracks = head, more = ''): string[] {
  const text = `name: test
title: Test
version: '1'
validFrom: 2020-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
${tracks}
kpis:
${kpis}
${more}
ladders:
${ladders(gold)}`;
  const { findings } = parseProgram(text, 'test.yaml');
  return findings.map(({ severity, path, reason }) => `${severity} ${path}: ${reason}`);
}

describe('the check', () => {
  it('warns of two KPIs of the better track in one tier, which may each be of another one', () => {
    const asked = '[{ kpi: betterTotal, atLeast: 70 }, { kpi: betterWeakest, moreThan: 0 }]';
    expect(findingsOf(`requirements: ${asked}`)).toEqual([
      'warning ladders.0.tiers.1.requirements: betterTotal and betterWeakest may each be of another track, so that a tier is given which no track earns; ask for total and weakest and write onBestTrack: true at the tier',
    ]);
    expect(findingsOf(`requirements: { any: ${asked} }`)).toEqual([]);
    expect(findingsOf(`requirements: [{ kpi: betterTotal, atLeast: 70 }]`)).toEqual([]);
    expect(findingsOf(`requirements: { atLeastOf: { n: 1, of: ${asked} } }`)).toEqual([]);
    expect(findingsOf(`requirements: { atLeastOf: { n: 2, of: ${asked} } }`)).toHaveLength(1);
    expect(findingsOf(`requirements: { not: { all: ${asked} } }`)).toEqual([]);
    expect(findingsOf(`requirements: { not: { any: ${asked} } }`)).toHaveLength(1);
  });

  it('says of a tier on the best track to ask for the figures themselves, and that such KPIs do not differ by track', () => {
    const asked = '[{ kpi: betterTotal, atLeast: 70 }, { kpi: betterWeakest, moreThan: 0 }]';
    expect(findingsOf(`onBestTrack: true, requirements: ${asked}`)).toEqual([
      'warning ladders.0.tiers.1.onBestTrack: nothing that it asks for differs by track',
      'warning ladders.0.tiers.1.requirements: betterTotal and betterWeakest may each be of another track, so that a tier is given which no track earns; ask for total and weakest, which onBestTrack judges on one and the same',
    ]);
  });

  it.each([
    ['sum: [betterTotal, betterWeakest]', 1],
    ['worst: [betterTotal, betterWeakest]', 1],
    ['sum: [betterTotal, salesPoints]', 0],
    ['best: [betterTotal, betterWeakest]', 0],
    ['sum: [betterTotal, twice]', 0],
    ['sum: [betterWeakest, twice]', 1],
  ])('warns of a score that puts together what may be of two tracks: %s', (score, count) => {
    const more = [
      `  both: { label: Both, help: x, unit: points, score: { ${score} } }`,
      '  twice: { label: Twice, help: x, unit: points, score: { difference: { of: betterTotal, less: salesPoints } } }',
    ];
    const found = findingsOf('requirements: { kpi: size, atLeast: 7 }', head, more.join('\n'));
    expect(found).toEqual(
      Array(count).fill(
        expect.stringMatching(
          /^warning kpis.both.score.\w+: \w+ and \w+ may each be of another track, so that no track has this figure; compose it of \w+.* and \w+.*, and take the bestTrack of what comes out$/,
        ),
      ),
    );
  });

  it('refuses to choose where there are no tracks, and warns where nothing differs by them', () => {
    expect(findingsOf('onBestTrack: true, requirements: { kpi: size, atLeast: 7 }')).toEqual([
      'warning ladders.0.tiers.1.onBestTrack: nothing that it asks for differs by track',
    ]);
    expect(findingsOf('onBestTrack: true, requirements: { kpi: size, atLeast: 7 }', '')).toContain(
      'error ladders.0.tiers.1.onBestTrack: the program has no tracks to choose from',
    );
  });
});
