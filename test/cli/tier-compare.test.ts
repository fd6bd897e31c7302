import { expect, it } from '@jest/globals';
import { tierCompare } from '../../src/cli/commands/tier/compare.ts';
import { shown } from './harness.ts';

it.each([
  [false, 'This program has no tiers'],
  [true, 'No partner has been evaluated yet'],
])('a comparison of nobody says why (program with tiers: %s)', (hasTiers, words) => {
  const printed = shown(tierCompare, { hasTiers, partners: 0, outcomes: {}, list: [] });
  expect(printed).toContain(words);
  expect(printed).not.toContain('0 partners');
});
