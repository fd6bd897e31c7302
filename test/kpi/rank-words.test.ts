import { describe, expect, it } from '@jest/globals';
import { groupOf, rankGroup, unranked } from '../../src/kpi/rank/rank.ts';
import { rankText } from '../../src/kpi/rank/words.ts';
import { programOf } from './sample.ts';

const program = programOf({
  kpis: `  place: { label: Place, help: P., unit: percent, better: lower, rank: { of: revenue, within: [country, region], as: topShare } }
  middle: { label: Place, help: P., unit: number, better: lower, rank: { of: revenue, as: position, ties: middle } }
  share: { label: Share, help: S., unit: percent, rank: { of: revenue, within: country, as: share } }
  average: { label: Average, help: A., unit: percent, rank: { of: revenue, within: country, as: ofAverage } }
  revenue: { label: Revenue, help: R., unit: money, measure: { sum: deal.amount } }`,
});

function words(kpi: string, group: string, figures: (string | null)[]): string[] {
  const members = figures.map((numerator, index) => ({
    partnerId: `p${index}`,
    numerator,
    denominator: numerator === null ? null : '1',
    error: null,
  }));
  const ranked = rankGroup(program, { kpi, group, members });
  return members.map(({ partnerId }) => rankText(program, ranked.get(partnerId)!.evidence));
}

describe('a rank in words', () => {
  it('puts partners of one country together however it is spelt, and names it in one way', () => {
    const groups = (...countries: string[]) =>
      countries.map((country) => groupOf(program, program.kpis.share!.rank!, { country }));
    expect(groups('se', ' SE', 'Se')).toEqual(['["SE"]', '["SE"]', '["SE"]']);
    expect(groups('united  kingdom', 'UNITED KINGDOM')).toEqual(['["United Kingdom"]', '["United Kingdom"]']);
    const within = (region: string) =>
      groupOf(program, program.kpis.place!.rank!, { country: 'Cuba', region });
    expect([within('emea'), within(' EMEA'), within('  ')]).toEqual([
      '["Cuba","EMEA"]',
      '["Cuba","EMEA"]',
      null,
    ]);
  });

  it('says the position, the size and the group, and counts the others without naming them', () => {
    expect(words('place', '["SE","EMEA"]', ['9000', '5000', '5000', null])).toEqual([
      'position 1 of 3 by Revenue (9,000 USD), country SE, region EMEA; 1 of the group without a figure',
      'position 2 of 3 by Revenue (5,000 USD), country SE, region EMEA; 1 other has the same figure; 1 of the group without a figure',
      'position 2 of 3 by Revenue (5,000 USD), country SE, region EMEA; 1 other has the same figure; 1 of the group without a figure',
      'not among the 3 partners ranked by Revenue (without a figure), country SE, region EMEA; 1 of the group without a figure',
    ]);
    expect(words('middle', '[]', ['7', '7', '7', '7'])[0]).toBe(
      'position 2.5 of 4 by Revenue (7 USD); 3 others have the same figure',
    );
  });

  it('says what a share is a share of', () => {
    expect(words('share', '["SE"]', ['9000', '1000'])[0]).toBe(
      'Revenue: 9,000 USD of 10,000 USD of 2 partners together, country SE',
    );
  });

  it('says what an average is, and of how many', () => {
    expect(words('average', '["SE"]', ['9000', '1000', null])[0]).toBe(
      'Revenue: 9,000 USD, and 5,000 USD on average of 2 partners with a figure, country SE; 1 of the group without a figure',
    );
  });

  it('says who is in no group', () => {
    const own = { partnerId: 'p', numerator: '5', denominator: '1', error: null };
    expect(rankText(program, unranked(program, 'place', own).evidence)).toBe(
      'not among the partners that are ranked by Revenue (5 USD)',
    );
  });
});
