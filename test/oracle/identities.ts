import { Fraction } from 'fraction.js';
import type { Scope } from './windows.ts';
import { type Amount, type Kind, plainName, type Row, read, type Value } from './world.ts';

/**
 * What tells one value of an attribute apart from others: people are one by their e-mail address, everything else by its
 * value. Null where it is blank.
 */
export function identityOf(
  { world }: Pick<Scope, 'world'>,
  { kind, row, path }: { kind: Kind; row: Row; path: string },
): string | null {
  const { value, type, isText, of, to } = read(world, kind, row, path);
  if (value === null) return null;
  if (to === 'person') {
    const person = world.person.find(({ id }) => id === value);
    const email = String(person?.values.email ?? '')
      .trim()
      .toLowerCase();
    return email === '' ? String(value) : `mail ${email}`;
  }
  if (of === 'person' && path.split('.').at(-1) === 'email')
    return String(value).trim().toLowerCase() || null;
  if (type === 'instant') return String(Date.parse(value as string));
  return isText ? plainName(String(value)) || null : plainly(value, type);
}

/** Numbers are not told apart by how they are written. */
function plainly(value: Value, type: string): string {
  if (type === 'decimal') return new Fraction(String(value)).toFraction();
  if (type !== 'money') return String(value);
  const { amount, currency } = value as Amount;
  return `${new Fraction(amount).toFraction()} ${currency}`;
}
