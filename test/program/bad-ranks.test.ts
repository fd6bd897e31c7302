import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';

/** A program with ranks that is right; each case breaks one line of it. */
const good = `name: test
title: Test
version: '1'
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
kpis:
  revenue: { label: Revenue, help: R., unit: money, measure: { sum: deal.amount } }
  winRate: { label: Win rate, help: W., unit: percent, ratio: { of: { count: deal, where: { attribute: isWon, is: true } }, to: { count: deal } } }
  place: { label: Place, help: P., unit: count, better: lower, rank: { of: revenue, as: position } }
  top: { label: Top, help: T., unit: percent, better: lower, rank: { of: revenue, among: { attribute: types, is: reseller }, within: [country], as: topShare } }
  ahead: { label: Ahead, help: A., unit: percent, rank: { of: winRate, as: percentile, ties: middle, minimum: 10 } }
  share: { label: Share, help: S., unit: percent, rank: { of: revenue, as: share } }
  index: { label: Index, help: I., unit: points, score: { linear: { of: ahead, full: 100, points: 50 } } }
  indexPlace: { label: Index place, help: I., unit: number, better: lower, rank: { of: index, as: position, ties: middle } }
ladders:
  - key: main
    label: Main
    tiers:
      - { key: leader, label: Leader, requirements: { kpi: top, atMost: 10 } }
`;

function findings(text: string): string[] {
  const result = parseProgram(text, 'test.yaml');
  return result.ok ? [] : result.findings.map(({ line, path, reason }) => `${line} ${path}: ${reason}`);
}

const broken = (from: string, to: string): string[] => {
  expect(good).toContain(from);
  return findings(good.replace(from, to));
};

describe('a program with ranks', () => {
  it('is right', () => {
    expect(findings(good)).toEqual([]);
  });

  it.each([
    [
      'of: revenue, as: position',
      'of: revenu, as: position',
      /"revenu" is not a KPI of this program.*revenue/,
    ],
    [
      'of: revenue, as: position',
      'of: top, as: position',
      /top is a place in a group already; rank by what it is a place by \(revenue\)/,
    ],
    [
      'of: revenue, as: share',
      'of: winRate, as: share',
      /winRate is percent, which cannot be added up over partners/,
    ],
    ['within: [country]', 'within: [land]', /"land" is not an attribute of partner/],
    ['within: [country]', 'within: [types]', /several types.*among: \{ attribute: types, is: \.\.\. \}/],
    ['within: [country]', 'within: [parent.country]', /"parent.country" is not the partner's own attribute/],
    ['within: [country]', 'within: [country, country]', /"country" is there twice/],
    [
      'attribute: types, is: reseller',
      'attribute: parent.country, is: SE',
      /not the partner's own attribute/,
    ],
    [
      'among: { attribute: types, is: reseller }',
      'among: { has: { count: deal, atLeast: 1 } }',
      /measure it with a KPI/,
    ],
    [
      'unit: count, better: lower',
      'unit: percent, better: lower',
      /this figure is count or number, not percent/,
    ],
    ['unit: number, better: lower', 'unit: count, better: lower', /this figure is number, not count/],
    ['unit: count, better: lower', 'unit: count', /the first has the lowest figure: say better: lower/],
    [
      'unit: percent, better: lower',
      'unit: count, better: lower',
      /this figure is percent or ratio, not count/,
    ],
    ['as: share', 'as: share, ties: best', /a share is the same whoever has the same figure/],
    ['minimum: 10', 'minimum: 1', /minimum/],
    [
      'as: share',
      'as: ofAverage, ties: best',
      /the part of an average is the same whoever has the same figure/,
    ],
    ['as: share', 'as: quartile', /as/],
    ['as: share }', 'as: share }, minimumSample: 5', /partners are counted by rank.minimum/],
    ['as: share }', 'as: share }, freshness: 2 days', /as fresh as what it compares/],
    ['as: share }', 'as: share }, rollUp: company', /rolls up as what it compares does/],
    ['as: share }', 'as: share }, measure: { count: deal }', /exactly one of/],
    ['of: ahead, full: 100', 'of: top, full: 100', /./],
  ])('says what is wrong with %s -> %s', (from, to, expected) => {
    const found = broken(from, to);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  it('is not made of itself, not even through a score', () => {
    expect(broken('of: winRate, as: percentile', 'of: indexPlace, as: percentile')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/is made of itself: ahead -> indexPlace -> index -> ahead/),
      ]),
    );
    expect(broken('of: revenue, as: share', 'of: share, as: share')[0]).toMatch(
      /made of itself|cannot be added/,
    );
  });

  it('can compare shares with their average, which are not added up', () => {
    expect(broken('of: revenue, as: share', 'of: winRate, as: ofAverage')).toEqual([]);
  });

  it('can rank by a share of a group', () => {
    expect(broken('of: revenue, as: position', 'of: share, as: position')).toEqual([]);
  });
});
