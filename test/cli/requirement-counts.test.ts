import { expect, it } from '@jest/globals';
import { requirementCounts } from '../../src/cli/requirement-counts.ts';

const none = { met: 0, not_met: 0, pending: 0, waived: 0 };

interface Case {
  tier: string | null;
  against: string | null;
  met?: number;
}

it.each<[string, Case, string]>([
  ['what the next tier asks for', { tier: 'Silver', against: 'Gold' }, '2 met, 1 not'],
  ['nothing more of who has the top tier', { tier: 'Gold', against: null }, 'top tier'],
  ['nothing of who is on no ladder', { tier: null, against: null }, ''],
  ['that nothing is met', { tier: 'Silver', against: 'Gold', met: 0 }, '1 not met'],
])('says %s', (_what, { met = 2, ...standing }: Case, expected) => {
  const requirements = standing.against === null ? none : { ...none, met, not_met: 1 };
  expect(requirementCounts({ ...standing, requirements, company: null })).toBe(expected);
});
