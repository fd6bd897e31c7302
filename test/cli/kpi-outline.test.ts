import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { withSeparators } from '../../src/cli/figure.ts';
import { type KpiOutline, kpiOutlines } from '../../src/cli/kpi-outline.ts';
import { inputsOf } from '../../src/cli/program-inputs.ts';
import { pathWords } from '../../src/kpi/attribute-words.ts';
import { loadProgram, type Program, parseProgram } from '../../src/program/load.ts';
import { wholeProgram } from '../program/whole-program.ts';

/** A program of which one KPI is looked at. */
function programOf(kpi: string, besides = ''): Program {
  const result = parseProgram(
    wholeProgram(`kpis:\n  looked: { label: Looked, help: x, ${kpi} }\n${besides}`),
    'test.yaml',
  );
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.program;
}

function outlineOf(kpi: string, besides?: string): KpiOutline {
  return kpiOutlines(programOf(kpi, besides)).find((one) => one.kpi === 'looked')!;
}

/** All that is said of it, a line each. */
function said({ parts, rules }: KpiOutline): string[] {
  return [...parts.flatMap(({ part, says, lines }) => [`${part ?? 'Is'} ${says}`, ...lines]), ...rules];
}

describe('how a measured figure is made', () => {
  it.each([
    [
      'unit: money, measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn }, credit: { roles: [sourced] } }',
      [
        'Is the sum of amount of deals',
        'Only where won is true.',
        'When: close date in the 12 months before the day of the evaluation.',
        'Only deals credited to the partner as sourced.',
        "By the partner's share of each deal.",
      ],
    ],
    [
      'unit: money, measure: { average: deal.amount, except: [{ label: lost, when: { attribute: isWon, is: false } }], credit: { exceptRoles: [sourced], primaryOnly: true, share: ignore }, rate: { by: closeOn } }',
      [
        'Is the average of amount of deals',
        'Left out as lost: won is false.',
        'Without deals in which the partner is sourced.',
        'Only deals that the partner leads.',
        "The whole of each deal, whatever the partner's share.",
        'Amounts in other currencies at the rate of its close date.',
      ],
      'currency: { code: USD, rates: { EUR: [{ from: 2020-01-01, rate: 1.08 }] } }',
    ],
    [
      'unit: people, rollUp: company, measure: { distinct: certification.person, belongsTo: holder, cap: 9, where: { any: [{ attribute: status, is: valid }, { not: { attribute: person.role, in: [a, b] } }] }, window: [{ validFrom: issuedOn, validThrough: expiresOn, ago: 1 year }, { elapsed: 30 days, by: issuedOn }] }',
      [
        'Is the number of different values of person of certificates',
        "Only where status is valid or not (person's role is one of a, b).",
        'When: valid 1 year before the day of the evaluation (from issue date through expiry date).',
        'When: issue date at least 30 days ago.',
        'A certificate belongs to the partner for which its holder works.',
        'At most 9.',
        'With all subsidiaries of the company, each record once.',
      ],
    ],
    [
      'unit: percent, minimumSample: 5, whenEmpty: { zeroOverZero: fail, overZero: pass, tooFew: zero }, ratio: { of: { count: deal, window: { current: fiscalYear, by: closeOn } }, to: { count: deal, window: { previous: quarter, by: closeOn } } }',
      [
        'Of the number of deals',
        'When: close date from the first day of the running fiscal year to the day before.',
        'Divided by the number of deals',
        'When: close date in the quarter before the running one.',
        'With fewer than 5 records to divide by there is no figure.',
        'With nothing, and nothing to divide it by (0/0): no requirement on it is met.',
        'With something, and nothing to divide it by: every requirement on it is met.',
        'With too few records: it counts as 0.',
      ],
    ],
    [
      'unit: percent, growth: { now: { count: deal, window: { lastFull: 1 month, by: closeOn } }, before: { count: deal, window: { lastFull: 2 months, by: closeOn, ago: 12 months } }, minimumBase: 4 }',
      [
        'Growth of the number of deals',
        'When: close date in the last full month.',
        'Against the number of deals',
        'When: close date in the last full 2 months, all of it 12 months earlier.',
        'There is no figure where what it grows from is below 4.',
      ],
    ],
    [
      'unit: count, measure: { count: deal, largest: { by: amount, records: 3, ties: all }, thenWhere: { attribute: isWon, is: true } }',
      [
        'Is the number of deals',
        'Of these only the 3 largest by amount, with all that are as large as the last of them.',
        'Of these only those where won is true.',
      ],
    ],
    [
      'unit: percent, every: { of: deal, smallest: { by: amount, records: 1 }, must: { attribute: isWon, is: true } }',
      [
        'Is the share of deals that satisfy something',
        'What has to hold for each: won is true.',
        'Of these only the smallest by amount.',
      ],
    ],
    [
      'unit: number, better: lower, round: { digits: 1 }, freshness: 9 days, measure: { sum: fact.quantity, newestOfEach: dimension, window: { sinceStart: 90 days, by: occurredOn } }',
      [
        'Is the sum of quantity of facts',
        "When: date in the first 90 days from the partner's first day in the program.",
        'Of those with the same dimension only the newest.',
        'Rounded to 1 digit behind the point, a half away from zero.',
        'The lower, the better.',
        'Its data may lag behind by 9 days; then it is provisional, and costs nobody a tier.',
      ],
    ],
    [
      'unit: number, measure: { average: case.satisfaction, weightedBy: customer.extra.seats, having: { count: case, atLeast: 2 }, perEach: { of: customer, records: 3, atMost: 4, take: median } }',
      [
        'Is the average of satisfaction of cases',
        'Only values of customer of which the number of cases with that value is at least 2.',
        'First for each customer by itself; of these the median (the middle one) is taken.',
        'Of each at most 3 records count, the largest.',
        'Of each at most 4 counts.',
        "Each weighs as much as its customer's seats says.",
      ],
      'attributes: { customer.extra.seats: number }\n',
    ],
    [
      'unit: count, measure: { count: certification, window: { validThrough: expiresOn, ahead: 90 days } }',
      [
        'Is the number of certificates',
        'When: valid 90 days after the day of the evaluation (through expiry date).',
      ],
    ],
    [
      'unit: count, measure: { count: lead, window: { previous: fiscalYear, by: convertedOn }, having: { count: lead, atMost: 2 }, perEach: { of: { period: fiscalQuarter, by: convertedOn }, take: count } }',
      [
        'Is the number of leads',
        'When: conversion date in the fiscal year before the running one.',
        'Only values of fiscal quarter of which the number of leads with that value is at most 2.',
        'First for each fiscal quarter by itself; what counts is how many of these there are.',
      ],
    ],
    [
      'unit: number, measure: { average: deal.probability, weightedBy: amount }',
      [
        'Is the average of probability of deals',
        "Each weighs as much as its amount says, by the partner's share of it.",
      ],
    ],
    [
      'unit: number, measure: { average: deal.probability, weightedBy: amount, credit: { share: ignore } }',
      [
        'Is the average of probability of deals',
        'Each weighs as much as its amount says.',
        "The whole of each deal, whatever the partner's share.",
      ],
    ],
    [
      'unit: percent, every: { of: fact.dimension, where: { attribute: kind, is: spend }, having: { sum: fact.amount, atLeast: 500 }, must: { has: { count: certification, matching: { code: dimension }, atLeast: 1 } } }',
      [
        'Is the share of different values of dimension of facts that satisfy something',
        'What has to hold for each: the number of certificates of the partner whose code is its dimension is at least 1.',
        'Only where kind is spend.',
        'Only values of which the sum of amount of facts with that value is at least 500 USD.',
      ],
    ],
    [
      'unit: hours, whenEmpty: pass, measure: { median: { of: lead, hoursFrom: deliveredAt, to: acceptedAt }, window: { any: [{ sinceStart: true, by: deliveredAt }, { next: 30 days, by: deliveredAt }] } }',
      [
        'Is the median (the middle one) of the hours from delivery date to acceptance date of leads',
        "When: delivery date since the partner's first day in the program; or delivery date in the 30 days from the day of the evaluation on.",
        'Without a figure: every requirement on it is met.',
      ],
    ],
    [
      'unit: count, measure: { max: { of: partner, monthsSince: startedOn } }',
      ['Is the largest of the full months since start date of partners'],
    ],
    [
      'unit: days, measure: { min: { of: deal, daysSince: closeOn } }',
      ['Is the smallest of the days since close date of deals'],
    ],
    [
      'unit: hours, better: lower, measure: { max: fact.quantity, where: { attribute: kind, is: response time } }',
      ['Is the largest of quantity of facts', 'Only where kind is response time.', 'The lower, the better.'],
    ],
    [
      'unit: points, measure: { sum: fact.quantity, times: { table: worth, by: kind, dated: occurredOn } }',
      [
        'Is the sum of quantity of facts',
        'Each record times what the table "Worth" has for its kind, as it was on its date.',
      ],
      'tables: { worth: { label: Worth, gives: points, versions: [{ from: 2026-01-01, entries: { a: 2 } }] } }',
    ],
  ])('%s', (kpi, lines, besides = '') => {
    expect(said(outlineOf(kpi, besides))).toEqual(lines);
  });
});

describe('how a composed figure is made', () => {
  it.each([
    [
      'linear: { of: certifiedPeople, full: { enterprise: 20, smb: 5 }, points: 15 }',
      ['Is People: 15 points from 20 (Enterprise) or 5 (SMB) on, fewer in proportion, never below 0'],
    ],
    [
      'each: { of: revenue, points: 5, per: 1000, whole: true, cap: 300 }',
      ['Is 5 points for each 1,000 USD of Revenue', 'Only whole ones give points.', 'At most 300 points.'],
    ],
    [
      'bands: { of: salesCycle, table: [{ from: 0, points: 10 }, { from: 30, points: 5 }, { above: 60, points: 0 }] }',
      [
        'Is by Cycle',
        'From 0 days: 10 points.',
        'From 30 days: 5 points.',
        'Above 60 days: 0 points.',
        'Below that: 0.',
      ],
    ],
    [
      'weighted: { of: [{ kpi: certifiedPeople, weight: 3, full: 10 }, { kpi: certificatePoints, weight: 1 }] }',
      [
        'Is the weighted mean of what is reached of each, from 0 to 100',
        'People: 75 %, all of it from 10 on.',
        'C: 25 %, all of it from the most points that it can have on.',
      ],
    ],
    ['sum: [certificatePoints, revenuePoints]', ['Is the sum of', 'C', 'R']],
    ['best: [certificatePoints, revenuePoints]', ['Is the highest of', 'C', 'R']],
    ['difference: { of: revenuePoints, less: certificatePoints }', ['Is R less C']],
    [
      'steps: [{ points: certificatePoints, most: 10 }, { label: Bonus, points: 5, needs: { kpi: revenue, atLeast: 1000 } }]',
      [
        'Is step by step, a step only while what it and all before it need holds',
        'C: what C has, at most 10 points.',
        'Bonus: 5 points; needs Revenue >= 1,000 USD.',
      ],
    ],
    [
      'choose: [{ when: { label: Large, kpi: revenue, moreThan: 1000 }, use: revenuePoints }, { otherwise: 0 }]',
      ['Is the first of these that holds', 'Where Large (Revenue > 1,000 USD): R.', 'Otherwise: 0 points.'],
    ],
    [
      'byTrack: { enterprise: certificatePoints, smb: revenuePoints }',
      ['Is that of the track of the partner', 'Enterprise: C.', 'SMB: R.'],
    ],
    [
      'bestTrack: { of: certificatePoints, among: [enterprise, smb] }',
      ['Is C as on the track on which it is highest (of Enterprise, SMB)'],
    ],
  ])('%s', (score, lines) => {
    expect(said(outlineOf(`unit: points, score: { ${score} }`))).toEqual(lines);
  });

  it('says where a partner stands among others', () => {
    const rank =
      'rank: { of: salesCycle, as: topShare, among: { attribute: status, is: active }, within: country, ties: middle, minimum: 5 }';
    const outline = outlineOf(`unit: percent, better: lower, ${rank}`);
    expect(said(outline)).toEqual([
      'Is the position of the partner in percent of all, so that the top 10 % have at most 10, by Cycle, the lowest first',
      'Among partners of which status is active.',
      'Among those with the same country.',
      'Partners with the same figure have the middle of their positions.',
      'Of at least 5 partners.',
      'The lower, the better.',
    ]);
    expect(outline.uses).toEqual(['salesCycle']);
    const average = outlineOf('unit: percent, rank: { of: salesCycle, as: ofAverage }');
    expect(said(average)).toEqual(['Is what the partner has, in percent of the average of all, by Cycle']);
  });

  it('says it of regions by their labels, and keeps the structure beside the words', () => {
    const outline = outlineOf(
      'unit: count, score: { overRegions: { of: certifiedPeople, take: count, among: [growth], atLeast: 2 } }',
      '  certifiedPeople: { label: People, help: x, unit: people, perRegion: true, measure: { distinct: certification.person } }',
    );
    expect(said(outline)).toEqual(['Is the number of regions with People >= 2 (of Growth markets)']);
    expect(outline.definition).toMatchObject({
      score: { overRegions: { of: 'certifiedPeople', take: 'count', atLeast: 2 } },
      whenEmpty: 'pending',
    });
  });
});

const programs = ['programs', 'programs/published'].flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => `${folder}/${name}`),
);

/** What a definition says in names and numbers; the words of the language itself are said in other words. */
function leavesOf(value: unknown): string[] {
  if (value === null || typeof value === 'boolean') return [];
  if (typeof value !== 'object') return [String(value)];
  return Object.entries(value).flatMap(([key, inner]) => (ownWords.has(key) ? [] : leavesOf(inner)));
}

// Weights are said as shares of all of them.
const ownWords = new Set([
  'weight',
  'whenEmpty',
  'rollUp',
  'better',
  'share',
  'as',
  'take',
  'ties',
  'belongsTo',
  'at',
]);

it.each(programs)('leaves nothing of %s unsaid that its figures name or count', (file) => {
  const program = loadProgram(file);
  const tables = inputsOf(program).tables;
  for (const kpi of kpiOutlines(program)) {
    const { short: _short, ...definition } = kpi.definition;
    const words = said(kpi).join('\n');
    const names = (leaf: string) => [
      leaf,
      withSeparators(leaf),
      program.kpis[leaf]?.label,
      tables.find(({ table }) => table === leaf)?.label,
      program.regions?.list.find(({ key }) => key === leaf)?.label,
      program.ladders.find(({ key }) => key === leaf)?.label,
      leaf.split('.').at(-1),
      ...[leaf, leaf.slice(leaf.indexOf('.') + 1)].map((path) => pathWords(path).replace(/\bis /, '')),
      leaf.replace(/^1 /, ''),
      { fiscalYear: 'fiscal year', fiscalQuarter: 'fiscal quarter' }[leaf],
      {
        certification: 'certificates',
        person: 'people',
        deal: 'deals',
        lead: 'leads',
        case: 'cases',
        fact: 'facts',
      }[leaf],
    ];
    const unsaid = leavesOf(definition).filter(
      (leaf) => !names(leaf).some((name) => name !== undefined && words.includes(name)),
    );
    expect({ kpi: kpi.kpi, unsaid }).toEqual({ kpi: kpi.kpi, unsaid: [] });
  }
});
