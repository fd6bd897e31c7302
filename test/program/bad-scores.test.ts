import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';

/** A program with composed KPIs that is right; each case breaks one line of it. */
const good = `name: test
title: Test
version: '1'
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD, rates: { EUR: '1.10' } }
partnerTypes: [{ key: reseller, label: Reseller }]
tracks:
  - { key: enterprise, label: Enterprise, when: { kpi: workloads, atLeast: 5 } }
  - { key: smb, label: SMB }
kpis:
  workloads: { label: Workloads, help: W., unit: number, measure: { sum: fact.quantity } }
  revenue: { label: Revenue, help: R., unit: money, measure: { sum: deal.amount } }
  delay: { label: Delay, help: D., unit: days, better: lower, measure: { median: { of: deal, daysFrom: createdAt, to: closeOn } } }
  group: { label: Group, help: G., unit: money, rollUp: company, measure: { sum: deal.amount } }
  people: { label: People, help: P., unit: people, measure: { distinct: certification.person } }
  skills:
    label: Skills
    help: S.
    unit: points
    score:
      linear: { of: people, full: { enterprise: 20, smb: 5 }, points: 20 }
  sales:
    label: Sales
    help: S.
    unit: points
    score: { each: { of: revenue, points: 5, per: 100, cap: 80 } }
  total:
    label: Total
    help: T.
    unit: points
    score: { sum: [skills, sales] }
  tempo:
    label: Tempo
    help: T.
    unit: points
    score: { bands: { of: delay, table: [{ from: 0, points: 9 }, { above: 30, points: 4 }] } }
  pick:
    label: Pick
    help: P.
    unit: points
    score:
      choose:
        - { when: { kpi: people, atLeast: 3 }, use: skills }
        - { otherwise: 5 }
  gated:
    label: Gated
    help: G.
    unit: points
    score:
      steps:
        - { points: skills, most: 10 }
        - { points: sales, needs: { kpi: skills, atLeast: 10 } }
  share:
    label: Share
    help: S.
    unit: points
    score: { weighted: { of: [{ kpi: skills, weight: 2 }, { kpi: sales, weight: 1 }] } }
  better:
    label: Better
    help: B.
    unit: points
    score: { bestTrack: { of: total } }
  own:
    label: Own
    help: O.
    unit: points
    score: { byTrack: { enterprise: skills, smb: skills } }
ladders:
  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: total, atLeast: { enterprise: 70, smb: 50 } }] }
`;

function findings(text: string): string[] {
  return parseProgram(text, 'test.yaml').findings.map(
    ({ line, column, path, reason }) => `${line}:${column} ${path}: ${reason}`,
  );
}

/** What is changed, into what, and the finding: "line:column path: reason". */
const cases: [string, string, string, string][] = [
  [
    'two forms at once',
    'score: { sum: [skills, sales] }',
    'score: { sum: [skills], best: [sales] }',
    '32:5 kpis.total.score: a score is exactly one of linear, each, bands, sum, difference, ratio, product, weighted, best, worst, steps, choose, byTrack, bestTrack, overRegions',
  ],
  [
    'a part that is no KPI',
    'sum: [skills, sales]',
    'sum: [skills, salse]',
    '32:28 kpis.total.score.sum.1: "salse" is not a KPI of this program; did you mean "sales"?',
  ],
  [
    'a part that is there twice',
    'sum: [skills, sales]',
    'sum: [skills, skills]',
    '32:28 kpis.total.score.sum.1: "skills" is there twice',
  ],
  [
    'a score that is made of itself',
    'each: { of: revenue,',
    'each: { of: total,',
    '27:5 kpis.sales.score: is made of itself: sales -> total -> sales',
  ],
  [
    'a track that asks for a fact',
    'when: { kpi: workloads, atLeast: 5 }',
    'when: { fact: audit }',
    '9:43 tracks.0.when: only a tier asks for a fact; count facts with a KPI and ask for that',
  ],
  [
    'a step that asks for a fact',
    'needs: { kpi: skills, atLeast: 10 }',
    'needs: { not: { fact: audit } }',
    '53:28 kpis.gated.score.steps.1.needs: only a tier asks for a fact; count facts with a KPI and ask for that',
  ],
  [
    'a tier that nobody can keep',
    'requirements: [{ kpi: total, atLeast: { enterprise: 70, smb: 50 } }]',
    'requirements: [{ kpi: total, atLeast: 70 }], keepRequirements: [{ kpi: total, atLeast: 101 }]',
    '74:80 ladders.0.tiers.1.keepRequirements: nobody can keep Gold: total is at most 100 points',
  ],
  [
    'a track that depends on itself',
    'when: { kpi: workloads, atLeast: 5 }',
    'when: { kpi: skills, atLeast: 5 }',
    '21:5 kpis.skills.score: is made of itself: skills -> skills',
  ],
  [
    'points added to money',
    'sum: [skills, sales]',
    'sum: [skills, revenue]',
    '32:28 kpis.total.score.sum.1: revenue is money, and this figure is points',
  ],
  [
    'points that are called otherwise',
    'unit: points\n    score:\n      linear',
    'unit: people\n    score:\n      linear',
    '20:5 kpis.skills.unit: this figure is points, not people',
  ],
  [
    'a track that is forgotten',
    'full: { enterprise: 20, smb: 5 }',
    'full: { enterprise: 20 }',
    '22:29 kpis.skills.score.linear.full: says nothing for track smb',
  ],
  [
    'a track that is none',
    'full: { enterprise: 20, smb: 5 }',
    'full: { enterprise: 20, smb: 5, smbs: 5 }',
    '22:61 kpis.skills.score.linear.full.smbs: "smbs" is not a track; did you mean "smb"?',
  ],
  [
    'a track that is forgotten in a tier',
    'atLeast: { enterprise: 70, smb: 50 }',
    'atLeast: { smb: 50 }',
    '74:64 ladders.0.tiers.1.requirements.0.atLeast: says nothing for track enterprise',
  ],
  [
    'a KPI for each track but one',
    'byTrack: { enterprise: skills, smb: skills }',
    'byTrack: { enterprise: skills }',
    '68:14 kpis.own.score.byTrack: says nothing for track smb',
  ],
  [
    'a KPI for a track that is none',
    'byTrack: { enterprise: skills, smb: skills }',
    'byTrack: { enterprise: skills, smb: skills, smbs: sales }',
    '68:58 kpis.own.score.byTrack.smbs: "smbs" is not a track; did you mean "smb"?',
  ],
  [
    'KPIs of tracks in another unit',
    'byTrack: { enterprise: skills, smb: skills }',
    'byTrack: { enterprise: skills, smb: people }',
    '68:45 kpis.own.score.byTrack.smb: people is people, and this figure is points',
  ],
  [
    'a track that is given by the KPI of the track',
    'when: { kpi: workloads, atLeast: 5 }',
    'when: { kpi: own, atLeast: 5 }',
    '21:5 kpis.skills.score: is made of itself: skills -> own -> skills',
  ],
  [
    'nothing to reach',
    'full: { enterprise: 20, smb: 5 }',
    'full: 0',
    '22:29 kpis.skills.score.linear.full: must be more than 0',
  ],
  [
    'points in a currency',
    'points: 5, per: 100',
    "points: '5 EUR', per: 100",
    '27:35 kpis.sales.score.each.points: points have no currency',
  ],
  [
    'an amount of people',
    'full: { enterprise: 20, smb: 5 }',
    "full: '5 EUR'",
    '22:29 kpis.skills.score.linear.full: people is people, not an amount in EUR',
  ],
  [
    'points for more of what should be less',
    'each: { of: revenue,',
    'each: { of: delay,',
    '27:22 kpis.sales.score.each.of: lower is better for delay; give points for it with "bands"',
  ],
  [
    'bands without an order',
    '{ above: 30, points: 4 }',
    '{ above: -1, points: 4 }',
    '37:66 kpis.tempo.score.bands.table.1: the bands stand in order, the lowest first',
  ],
  [
    'a band with two beginnings',
    '{ above: 30, points: 4 }',
    '{ above: 30, from: 30, points: 4 }',
    '37:66 kpis.tempo.score.bands.table.1: a band begins either "from" a figure, which is in it, or "above" one, which is not',
  ],
  [
    'a choice without an end',
    '- { otherwise: 5 }',
    '- { when: { kpi: people, atLeast: 1 }, use: 5 }',
    '45:11 kpis.pick.score.choose.1: the last one is "otherwise" alone',
  ],
  [
    'a condition on no KPI',
    'needs: { kpi: skills,',
    'needs: { kpi: skill,',
    '53:37 kpis.gated.score.steps.1.needs.kpi: "skill" is not a KPI of this program; did you mean "skills"?',
  ],
  [
    'a share of what has no end',
    ', cap: 80',
    '',
    '58:59 kpis.share.score.weighted.of.1: sales has no limit; say with "full" which figure is all of it',
  ],
  [
    'a number taken away that is not in the unit of what it is taken from',
    'score: { sum: [skills, sales] }',
    'score: { difference: { of: skills, less: 10 EUR } }',
    '32:40 kpis.total.score.difference.less: skills is points, not an amount in EUR',
  ],
  [
    'a number taken away that is nothing',
    'score: { sum: [skills, sales] }',
    'score: { difference: { of: skills, less: 0 } }',
    '32:40 kpis.total.score.difference.less: must be more than 0',
  ],
  [
    'a ratio in a unit that it is not in',
    'score: { sum: [skills, sales] }',
    'score: { ratio: { of: skills, to: people } }\n    whenEmpty: { overZero: fail }\n  rest:\n    label: R\n    help: R\n    unit: people\n    score: { ratio: { of: skills, to: people } }',
    '37:5 kpis.rest.unit: this figure is points or number, not people',
  ],
  [
    'people by money without how much of it',
    'score: { sum: [skills, sales] }',
    'score: { ratio: { of: people, to: revenue } }',
    '31:5 kpis.total.unit: no unit says people by money; say with "per" for how much of it, such as per: 1000 (unit: count or people or number)',
  ],
  [
    'how much of a number',
    'score: { sum: [skills, sales] }',
    'score: { ratio: { of: revenue, to: 1000, per: 10 } }',
    '32:46 kpis.total.score.ratio.per: a number is divided by as it is; write in "to" by how much',
  ],
  [
    'points for each so much as a ratio',
    'score: { sum: [skills, sales] }',
    'score: { ratio: { of: revenue, to: 1000 } }',
    '31:5 kpis.total.unit: points for so much of a figure are "each": { of: revenue, points: 1, per: 1000 }',
  ],
  [
    'a product with an amount for its factor',
    'score: { sum: [skills, sales] }',
    'score: { product: { of: skills, by: 2 EUR } }',
    '32:37 kpis.total.score.product.by: how many times it counts has no currency',
  ],
  [
    'a product by money',
    'score: { sum: [skills, sales] }',
    'score: { product: { of: skills, by: revenue } }',
    '32:37 kpis.total.score.product.by: nothing is multiplied by money, only by numbers, points and shares; write { of: revenue, by: skills }',
  ],
  [
    'a product in a unit that it is not in',
    'score: { sum: [skills, sales] }',
    'score: { product: { of: revenue, by: skills } }',
    '31:5 kpis.total.unit: this figure is money, not points',
  ],
  [
    'points for each so much as a product',
    'score: { sum: [skills, sales] }',
    'score: { product: { of: revenue, by: 2 } }',
    '31:5 kpis.total.unit: points for so much of a figure are "each": { of: revenue, points: 2 }',
  ],
  [
    'a ratio of a KPI to itself',
    'score: { sum: [skills, sales] }',
    'score: { ratio: { of: skills, to: skills } }',
    '32:35 kpis.total.score.ratio.to: "skills" is there twice',
  ],
  [
    'a ratio that is made of itself',
    'score: { sum: [skills, sales] }',
    'score: { ratio: { of: skills, to: total } }',
    '32:5 kpis.total.score: is made of itself: total -> total',
  ],
  [
    'a ratio of a share',
    'score: { sum: [skills, sales] }',
    'score: { ratio: { of: part, to: skills } }\n  part: { label: P, help: P, unit: percent, ratio: { of: { count: deal }, to: { count: deal } } }',
    '31:5 kpis.total.unit: part is percent, a share already; divide what it is made of',
  ],
  [
    'a difference of two units',
    'score: { sum: [skills, sales] }',
    'score: { difference: { of: skills, less: [sales, revenue] } }',
    '32:54 kpis.total.score.difference.less.1: revenue is money, and this figure is points',
  ],
  [
    'a KPI less itself',
    'score: { sum: [skills, sales] }',
    'score: { difference: { of: skills, less: skills } }',
    '32:40 kpis.total.score.difference.less: "skills" is there twice',
  ],
  [
    'a difference of unknown KPIs',
    'score: { sum: [skills, sales] }',
    'score: { difference: { of: skills, less: [sale] } }',
    '32:47 kpis.total.score.difference.less.0: "sale" is not a KPI of this program; did you mean "sales"?',
  ],
  [
    'a difference written as one of two measures',
    'score: { sum: [skills, sales] }',
    'score: { difference: { now: skills, before: sales } }',
    '32:28 kpis.total.score.difference.now: "now" is not a known key here; it belongs in kpis.<name>.difference or in kpis.<name>.growth',
  ],
  [
    'figures of the company beside those of the partner',
    'each: { of: revenue,',
    'each: { of: group,',
    '32:5 kpis.total.score: mixes figures of the company (group) with those of the partner alone (people)',
  ],
  [
    'a sample of a score',
    'score: { sum: [skills, sales] }',
    'minimumSample: 3\n    score: { sum: [skills, sales] }',
    '32:5 kpis.total.minimumSample: a score has no records of its own; put it on its parts',
  ],
  [
    'a last track with a condition',
    '- { key: smb, label: SMB }',
    '- { key: smb, label: SMB, when: { kpi: people, atMost: 4 } }',
    '10:29 tracks.1.when: the last track takes everybody else',
  ],
  [
    'a track in the middle that takes everybody else',
    '- { key: smb, label: SMB }',
    '- { key: smb, label: SMB }\n  - { key: smb, label: SMB }',
    '10:5 tracks.1: only the last track takes everybody else; this one needs "when"',
  ],
  [
    'a tier that asks for more points than there are',
    'atLeast: { enterprise: 70, smb: 50 }',
    'atLeast: { enterprise: 101, smb: 100.5 }',
    '74:9 ladders.0.tiers.1: tier Gold is unreachable: total is at most 100 points',
  ],
  [
    'a track by a KPI that is none',
    'when: { kpi: workloads,',
    'when: { kpi: workload,',
    '9:51 tracks.0.when.kpi: "workload" is not a KPI of this program; did you mean "workloads"?',
  ],
  [
    'a weight of nothing',
    'of: [{ kpi: skills, weight: 2 }',
    'of: [{ kpi: skills, weight: "0.0" }',
    '58:46 kpis.share.score.weighted.of.0.weight: a weight is a number above 0 such as 2 or 12.5; here is 0.0',
  ],
  [
    'a weight on what is better when it is lower',
    'of: [{ kpi: skills, weight: 2 }',
    'of: [{ kpi: delay, weight: 2, full: 30 }',
    '58:33 kpis.share.score.weighted.of.0.kpi: lower is better for delay; give points for it with "bands"',
  ],
  [
    'the highest of what is better when it is lower',
    'score: { sum: [skills, sales] }',
    'score: { best: [delay, sales] }',
    '32:21 kpis.total.score.best.0: lower is better for delay, and "best" takes the highest figure',
  ],
  [
    'a misspelt form',
    'score: { sum:',
    'score: { summ:',
    '32:14 kpis.total.score.summ: "summ" is not a known key; did you mean "sum"?',
  ],
];

describe('a program with composed KPIs', () => {
  it('is right to begin with', () => {
    expect(findings(good)).toEqual([]);
  });

  it.each(cases)('%s', (_name, from, to, expected) => {
    expect(good).toContain(from);
    expect(findings(good.replace(from, to))).toContain(expected);
  });

  it.each([
    ['unit: people, measure', 'unit: poeple, measure'],
    ['help: P., unit: people', 'hepl: P., unit: people'],
    ['- { key: smb, label: SMB }', '- { key: smb, lable: SMB }'],
    ['people: { label', 'People: { label'],
  ])('tells of "%s" written as "%s" without inventing a mistake in a score', (from, to) => {
    expect(good).toContain(from);
    const found = findings(good.replace(from, to));
    expect(found).not.toEqual([]);
    expect(found.filter((one) => /score|requirements/.test(one))).toEqual([]);
  });
});

describe('a score in a wrong unit', () => {
  const share =
    '  part: { label: P, help: P., unit: percent, ratio: { of: { count: deal, where: { attribute: isWon, is: true } }, to: { count: deal } } }\n';
  const asking = (score: string) =>
    good
      .replace('score: { sum: [skills, sales] }', score)
      .replace('  total:\n', `${share}  total:\n`)
      .replace('{ enterprise: 70, smb: 50 }', '5000');

  it.each([
    ['score: { best: [part] }', '33:21 kpis.total.score.best.0: part is percent, and this figure is points'],
    [
      'score: { sum: [skills, part] }',
      '33:28 kpis.total.score.sum.1: part is percent, and this figure is points',
    ],
    [
      'score: { difference: { of: part, less: skills } }',
      '33:28 kpis.total.score.difference.of: part is percent, and this figure is points',
    ],
  ])('has no most that a tier could ask more than: %s', (score, expected) => {
    expect(findings(asking(score))).toEqual([expected]);
  });

  it('is no part of one that has a most either', () => {
    const text = asking('score: { sum: [skills, gated] }').replace(
      'points: skills, most: 10 }',
      'points: part, most: 10 }',
    );
    expect(findings(text)).toEqual([
      expect.stringContaining('kpis.gated.score.steps.0.points: part is percent, and this figure is points'),
    ]);
  });
});
