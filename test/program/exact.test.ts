import { describe, expect, it } from '@jest/globals';
import { exactRatio, ratioToDecimal, toDecimal } from '../../src/program/exact.ts';
import { fc } from '../services/fast-check.ts';

describe('a ratio as a decimal', () => {
  it.each([
    ['1', '3', 2, '0.33'],
    ['2', '3', 0, '1'],
    ['1', '2', 0, '1'],
    ['-1', '2', 0, '-1'],
    ['-1', '1000', 2, '0.00'],
    ['12.50', '5', 1, '2.5'],
    ['1', '-4', 2, '-0.25'],
    ['0', '7', 2, '0.00'],
  ])('%s / %s is with %d digits %s', (numerator, denominator, digits, said) => {
    expect(ratioToDecimal(numerator, denominator, digits)).toBe(said);
  });

  it('is what the ratio in lowest terms is', () => {
    const whole = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });
    const decimal = fc.tuple(whole, fc.nat({ max: 9999 })).map(([units, rest]) => `${units}.${rest}`);
    const number = fc.oneof(whole.map(String), decimal);
    const denominator = number.filter((text) => /[1-9]/.test(text));
    fc.assert(
      fc.property(number, denominator, fc.nat({ max: 6 }), (over, under, digits) => {
        expect(ratioToDecimal(over, under, digits)).toBe(toDecimal(exactRatio(over, under), digits));
      }),
    );
  });
});
