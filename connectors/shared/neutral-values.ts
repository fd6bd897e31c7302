/** A decimal without exponent, plus sign, trailing zeros or minus zero: one number has one text. */
export function decimalText(raw: string | number): string {
  const text = String(raw).trim();
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null || `${match[2]}${match[3] ?? ''}` === '') return text;
  const digits = `${match[2] ?? ''}${match[3] ?? ''}`;
  const point = (match[2] ?? '').length + Number(match[4] ?? 0);
  const whole = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0');
  const fraction =
    point >= digits.length ? '' : point < 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  const left = whole.replace(/^0+(?=\d)/, '');
  const right = fraction.replace(/0+$/, '');
  const unsigned = right === '' ? left : `${left}.${right}`;
  return match[1] === '-' && unsigned !== '0' ? `-${unsigned}` : unsigned;
}

/** ISO 8601 in UTC with milliseconds, from any form that REST or Bulk uses. */
export function instantText(raw: string): string {
  if (raw.length === 24 && raw.endsWith('Z')) return raw;
  if (raw.length === 28 && raw.endsWith('+0000')) return `${raw.slice(0, 23)}Z`;
  const at = Date.parse(raw.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(at) ? raw : new Date(at).toISOString();
}

/** A row as JSON has it. */
export type JsonRow = Record<string, unknown>;

/** The value at the end of a path through rows; a blank on the way makes everything behind it blank. */
export function valueAt(row: JsonRow, steps: readonly string[]): unknown {
  let value: unknown = row;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return null;
    value = (value as JsonRow)[step];
  }
  return value;
}
