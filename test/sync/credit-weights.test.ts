import { describe, expect, it } from '@jest/globals';
import { type Attribution, creditWeights } from '../../src/sync/pull/credit-weights.ts';

/** "A sourced 100 primary": partner (a dash for one that nobody knows), role, share (or a dash). */
function weights(attribution: Attribution, ...credits: string[]): (string | null)[] {
  const read = credits.map((text) => {
    const [partner, role, share, primary] = text.split(' ');
    return {
      partner: partner === '-' ? null : partner!,
      role: role!,
      share: share === '-' ? null : share!,
      isPrimary: primary === 'primary',
    };
  });
  return creditWeights(attribution, read);
}

describe('what the credits of a split deal count', () => {
  it.each([
    ['their shares', ['A sourced 60', 'B sourced 40'], ['60', '40']],
    ['nothing beside one that has the whole', ['A sourced 100 primary', 'B sourced - primary'], ['100', '0']],
    ['nothing that anybody knows where shares do not add up', ['A sourced 60', 'B sourced 60'], [null, null]],
    ['once where two sources say the same', ['A sourced 100', 'A sourced 100'], ['100', '0']],
    ['as primary where one of the two says so', ['A sourced 100', 'A sourced 100 primary'], ['0', '100']],
    ['once beside others', ['A sourced 60', 'B distributor 40', 'A sourced 60'], ['60', '40', '0']],
    ['twice where the shares add up like that', ['A sourced 50', 'A sourced 50'], ['50', '50']],
    ['nothing where sources contradict each other', ['A sourced 100', 'A sourced 60'], [null, null]],
    ['nothing where it is another part', ['A sourced 100', 'A distributor 100'], [null, null]],
    ['all of it for the only one', ['A sourced -'], ['100']],
    ['all of it for the only partner', ['A sourced -', 'A influenced -'], ['100', '100']],
    ['all of it for the primary one', ['A sourced - primary', 'B sourced -'], ['100', '0']],
    [
      'all of it for a primary one that is named twice',
      ['A sourced - primary', 'A x - primary', 'B y -'],
      ['100', '100', '0'],
    ],
    ['nothing with two primary ones', ['A sourced - primary', 'B sourced - primary'], [null, null]],
    ['nothing with two that nobody knows', ['- sourced -', '- sourced -'], [null, null]],
    ['nothing where unknown ones take more than there is', ['- sourced 100', '- sourced 100'], [null, null]],
  ])('%s', (_what, credits, expected) => {
    expect(weights('split', ...credits)).toEqual(expected);
  });
});
