import { describe, expect, it } from '@jest/globals';
import { likeMatcher } from '../../../../connectors/salesforce/simulator/soql/like.ts';

describe('a LIKE pattern', () => {
  it.each([
    ['acme', 'ACME', true],
    ['ac%', 'Acme', true],
    ['%me', 'Acme', true],
    ['%c%e', 'Acme', true],
    ['a_me', 'Acme', true],
    ['a_e', 'Acme', false],
    ['a\\_me', 'Acme', false],
    ['a\\_me', 'a_me', true],
    ['100\\%', '100%', true],
    ['100\\%', '1000', false],
    ['%', '', true],
    ['_', '', false],
    ['a.c', 'abc', false],
    ['_', '😀', true],
    ['a%', 'a\nb', true],
  ])('%s and the text %j: %s', (pattern, text, fits) => {
    expect(likeMatcher(pattern, false)(text)).toBe(fits);
  });

  it('minds case where the field does', () => {
    expect(likeMatcher('ac%', true)('Acme')).toBe(false);
  });

  it('of many runs answers at once', () => {
    const started = performance.now();
    expect(likeMatcher(`${'%a'.repeat(60)}%b`, false)('a'.repeat(255))).toBe(false);
    expect(likeMatcher('%_'.repeat(900), false)('x'.repeat(255))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
