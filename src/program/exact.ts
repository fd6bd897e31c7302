import { Fraction } from 'fraction.js';

/** Exact rationals: nothing here passes through a floating-point number. */

/** A decimal or rational as people or the database write it. */
export function exact(value: string | number | bigint): Fraction {
  if (typeof value === 'bigint') return new Fraction(value);
  const text = String(value);
  const plain = digitsOf(text);
  return plain === undefined ? new Fraction(text) : new Fraction(...plain);
}

/** numerator / denominator, both decimal texts. */
export function exactRatio(numerator: string, denominator: string): Fraction {
  const [over, under] = [digitsOf(numerator), digitsOf(denominator)];
  if (over === undefined || under === undefined) return exact(numerator).div(exact(denominator));
  return new Fraction(over[0] * under[1], over[1] * under[0]);
}

/** A decimal text divided by a whole number. */
export function exactOver(numerator: string, denominator: bigint): Fraction {
  const over = digitsOf(numerator);
  if (over === undefined) return exact(numerator).div(denominator);
  return new Fraction(over[0], over[1] * denominator);
}

/**
 * A plain decimal as whole number and power of ten. The library would find repeating decimals in a text, for which it takes it
 * apart several times; figures are made by the hundred thousand.
 */
function digitsOf(text: string): [digits: bigint, scale: bigint] | undefined {
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return undefined;
  const point = text.indexOf('.');
  if (point === -1) return [BigInt(text), 1n];
  const decimals = text.slice(point + 1);
  return [BigInt(text.slice(0, point) + decimals), 10n ** BigInt(decimals.length)];
}

/** The sum of decimals as people write them. */
export function exactSum(values: readonly (string | number)[]): Fraction {
  return values.reduce((sum: Fraction, value) => sum.add(exact(value)), exact(0));
}

/** The two integers of a rational in lowest terms; the sign is the numerator's. */
export function partsOf(value: Fraction): { numerator: string; denominator: string } {
  return { numerator: String(value.s * value.n), denominator: String(value.d) };
}

/** Decimal text with exactly so many digits after the point, half away from zero. */
export function toDecimal(value: Fraction, digits: number): string {
  return decimalText({ over: value.s * value.n, under: value.d }, digits);
}

/** numerator / denominator, both decimal texts, as toDecimal says it; of thousands of figures finding lowest terms is what takes time. */
export function ratioToDecimal(numerator: string, denominator: string, digits: number): string {
  const [over, under] = [digitsOf(numerator), digitsOf(denominator)];
  if (over === undefined || under === undefined || under[0] <= 0n)
    return toDecimal(exactRatio(numerator, denominator), digits);
  return decimalText({ over: over[0] * under[1], under: over[1] * under[0] }, digits);
}

/** `under` is positive. */
function decimalText({ over, under }: { over: bigint; under: bigint }, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const scaled = (over < 0n ? -over : over) * scale * 2n + under;
  const whole = (scaled / (under * 2n)).toString().padStart(digits + 1, '0');
  const sign = over < 0n && /[1-9]/.test(whole) ? '-' : '';
  if (digits === 0) return sign + whole;
  return `${sign}${whole.slice(0, -digits)}.${whole.slice(-digits)}`;
}

/** Exact text: a decimal without needless zeros where there is one, such as 12.5; otherwise a rational, such as 100/3. */
export function exactText(value: Fraction): string {
  let rest = value.d;
  let [twos, fives] = [0, 0];
  for (; rest % 2n === 0n; rest /= 2n) twos += 1;
  for (; rest % 5n === 0n; rest /= 5n) fives += 1;
  return rest === 1n ? toDecimal(value, Math.max(twos, fives)) : `${value.s * value.n}/${value.d}`;
}

/** Rounds to so many digits: to the next one, half away from zero, or always to the higher or the lower one. */
export function roundTo(
  value: Fraction,
  { digits, direction }: { digits: number; direction: 'nearest' | 'up' | 'down' },
): Fraction {
  if (direction === 'nearest') return exact(toDecimal(value, digits));
  return direction === 'up' ? value.ceil(digits) : value.floor(digits);
}

/** The smallest whole number that both divide. */
export function leastCommonMultiple(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return (left / a) * right;
}
