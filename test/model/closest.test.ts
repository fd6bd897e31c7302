import { describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import { closest, suggest, suggestion } from '../../src/model/closest.ts';

describe('the closest word', () => {
  it.each([
    ['Acount', 'Account'],
    ['teir', 'tier'],
    ['CRM_PICKLST', 'CRM_PICKLIST'],
    ['WINRATE', 'winRate'],
  ])('of "%s" is "%s"', (word, meant) => {
    expect(closest(word, ['other', meant, 'further'])).toBe(meant);
  });

  it.each([
    ['the one with the fewest mistakes', 'gold', ['goat', 'golf'], 'golf'],
    ['one with a third of mistakes', 'certifications', ['certificate', 'people'], 'certificate'],
    ['none that has more of them', 'gold', ['silver', 'bronze'], undefined],
    ['none of none', 'gold', [], undefined],
  ])('takes %s', (_what, word, candidates, meant) => {
    expect(closest(word, candidates)).toBe(meant);
  });

  it('is told in the same words everywhere, and none is told in none', () => {
    expect(suggestion('hepl', ['help'])).toBe('; did you mean "help"?');
    expect(suggestion('hepl', ['label'])).toBe('');
    expect(suggest(undefined)).toBe('');
  });

  it('ends a sentence by itself', () => {
    const reason = `there is no column "mial"${suggestion('mial', ['mail'])}`;
    const { message } = new TierlinkError('IMPORT_HEADER', { file: 'a.csv', reason });
    expect(message).toContain('did you mean "mail"? Nothing was imported.');
  });
});
