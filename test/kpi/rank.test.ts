import { describe, expect, it } from '@jest/globals';
import { rankGroup, rankOne } from '../../src/kpi/rank/rank.ts';
import { exactText } from '../../src/program/exact.ts';
import { fc } from '../services/fast-check.ts';
import { programOf } from './sample.ts';

/** What a rank says of one group, from its figures alone. */

interface Rules {
  as: string;
  unit: string;
  ties?: string;
  minimum?: number;
  better?: string;
  kpi?: string;
}

function ranks({ as, unit, ties, minimum, better = 'higher', kpi = '' }: Rules, figures: string): string {
  const lower = as === 'position' || as === 'topShare' ? ', better: lower' : '';
  const own = [
    ...(ties === undefined ? [] : [`ties: ${ties}`]),
    ...(minimum === undefined ? [] : [`minimum: ${minimum}`]),
  ];
  const program = programOf({
    kpis: `  place: { label: Place, help: P., unit: ${unit}${lower}${kpi}, rank: { ${[`of: revenue`, `as: ${as}`, ...own].join(', ')} } }
  revenue: { label: Revenue, help: R., unit: money, better: ${better}, measure: { sum: deal.amount } }`,
  });
  const members = figures.split(' ').map((figure, index) => {
    const [numerator, denominator = '1'] = figure.split('/');
    return figure === '-'
      ? { partnerId: `p${index}`, numerator: null, denominator: null, error: null }
      : { partnerId: `p${index}`, numerator: numerator!, denominator, error: null };
  });
  const ranked = rankGroup(program, { kpi: 'place', group: '[]', members });
  return members
    .map(({ partnerId }) => ranked.get(partnerId)!)
    .map(({ value, empty }) => (value === null ? empty : exactText(value)))
    .join(' ');
}

describe('the rank of one', () => {
  it('is that in the group', () => {
    const figure = fc.option(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 1, max: 3 })));
    const forms = ['position', 'topShare', 'percentile', 'share', 'ofAverage'];
    fc.assert(
      fc.property(
        fc.array(figure, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(...forms),
        fc.constantFrom('best', 'middle', 'worst'),
        fc.constantFrom('higher', 'lower'),
        (figures, as, ties, better) => {
          const unit = as === 'position' ? 'number' : 'percent';
          const isOfSum = as === 'share' || as === 'ofAverage';
          const own = isOfSum ? `as: ${as}` : `as: ${as}, ties: ${ties}`;
          const lower = as === 'position' || as === 'topShare' ? ', better: lower' : '';
          const program = programOf({
            kpis: `  place: { label: P, help: P., unit: ${unit}${lower}, rank: { of: revenue, minimum: 2, ${own} } }
  revenue: { label: R, help: R., unit: money, better: ${better}, measure: { sum: deal.amount } }`,
          });
          const members = figures.map((one, index) => ({
            partnerId: `p${index}`,
            numerator: one === null ? null : String(one[0]),
            denominator: one === null ? null : String(one[1]),
            error: null,
          }));
          const group = { kpi: 'place', group: '[]', members };
          const ranked = rankGroup(program, group);
          for (const member of members)
            expect(rankOne(program, group, member)).toEqual(ranked.get(member.partnerId));
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the position', () => {
  const position = { as: 'position', unit: 'count' };

  it('is 1 for the highest figure', () => {
    expect(ranks(position, '10 30 20')).toBe('3 1 2');
  });

  it('is 1 for the lowest figure where that is better', () => {
    expect(ranks({ ...position, better: 'lower' }, '10 30 20')).toBe('1 3 2');
  });

  it.each([
    ['best', '1 2 2 4'],
    ['worst', '1 3 3 4'],
    ['middle', '1 2.5 2.5 4'],
  ])('of partners with the same figure is the %s that they take up', (ties, expected) => {
    expect(ranks({ as: 'position', unit: 'number', ties }, '9 5 5 1')).toBe(expected);
  });

  it('compares exactly: a third is not 0.333333333333', () => {
    expect(ranks(position, '1/3 333333333333/1000000000000 2/6')).toBe('1 3 1');
  });

  it('is not there for a partner without a figure, which takes up none', () => {
    expect(ranks(position, '10 - 20')).toBe('2 unranked 1');
  });

  it('is not there among fewer partners with a figure than the minimum', () => {
    expect(ranks({ ...position, minimum: 3 }, '10 - 20')).toBe('few_partners unranked few_partners');
    expect(ranks({ ...position, minimum: 2 }, '10 - 20')).toBe('2 unranked 1');
  });

  it('is what the program says instead where there is none', () => {
    expect(ranks({ ...position, kpi: ', whenEmpty: zero' }, '10 -')).toBe('1 0');
  });
});

describe('the share of the group down to the partner', () => {
  const topShare = { as: 'topShare', unit: 'percent' };

  it('is the position of all in percent', () => {
    expect(ranks(topShare, '40 30 20 10')).toBe('25 50 75 100');
    expect(ranks({ ...topShare, unit: 'ratio' }, '40 30 20 10')).toBe('0.25 0.5 0.75 1');
  });

  it('is exact, and rounded only where the program says so', () => {
    expect(ranks(topShare, '3 2 1')).toBe('100/3 200/3 100');
    expect(ranks({ ...topShare, kpi: ', round: { digits: 1 }' }, '3 2 1')).toBe('33.3 66.7 100');
  });

  it('follows the rule for ties', () => {
    expect(ranks(topShare, '5 5 1 1')).toBe('25 25 75 75');
    expect(ranks({ ...topShare, ties: 'worst' }, '5 5 1 1')).toBe('50 50 100 100');
  });
});

describe('the percentile', () => {
  const percentile = { as: 'percentile', unit: 'percent' };

  it('is how many of the others stand behind, from 0 to 100', () => {
    expect(ranks(percentile, '10 20 30 40 50')).toBe('0 25 50 75 100');
  });

  it('is not there for one alone', () => {
    expect(ranks(percentile, '10 -')).toBe('no_base unranked');
  });

  it('follows the rule for ties', () => {
    expect(ranks(percentile, '7 7 7')).toBe('100 100 100');
    expect(ranks({ ...percentile, ties: 'middle' }, '7 7 7')).toBe('50 50 50');
    expect(ranks({ ...percentile, ties: 'worst' }, '7 7 7')).toBe('0 0 0');
  });
});

describe('the share of the sum', () => {
  const share = { as: 'share', unit: 'percent' };

  it('is exact and adds up to everything', () => {
    expect(ranks(share, '10 20 - 30')).toBe('50/3 100/3 unranked 50');
  });

  it('is not there where the sum is nothing, or less', () => {
    expect(ranks(share, '0 0')).toBe('no_base no_base');
    expect(ranks(share, '5 -9')).toBe('no_base no_base');
  });
});

describe('the part of the average', () => {
  const ofAverage = { as: 'ofAverage', unit: 'percent' };

  it('is exact; of figures that are there, and 100 for one alone and for those that have the same', () => {
    expect(ranks(ofAverage, '10 20 - 30')).toBe('50 100 unranked 150');
    expect(ranks({ ...ofAverage, unit: 'ratio' }, '1 1 2')).toBe('0.75 0.75 1.5');
    expect(ranks({ ...ofAverage, kpi: ', round: { digits: 1 }' }, '1 0 0')).toBe('300 0 0');
    expect(ranks(ofAverage, '7 -')).toBe('100 unranked');
    expect(ranks(ofAverage, '1/3 2/6')).toBe('100 100');
    expect(ranks(ofAverage, '9 -3')).toBe('300 -100');
  });

  it('is not there where the average is nothing, or less, and among too few', () => {
    expect(ranks(ofAverage, '0 0')).toBe('no_base no_base');
    expect(ranks(ofAverage, '5 -9')).toBe('no_base no_base');
    expect(ranks({ ...ofAverage, minimum: 3 }, '5 - 9')).toBe('few_partners unranked few_partners');
    expect(ranks({ ...ofAverage, kpi: ', whenEmpty: zero' }, '0 0')).toBe('0 0');
  });
});
