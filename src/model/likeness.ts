import type { AttributeValue, EntityName } from './entities.ts';
import { type MatchRule, matchKey, matchRules, ruleAttributes } from './match-keys.ts';

/**
 * How likely two records of an entity are the same, in points of 100, and why: for people who decide. Pure; which of the two
 * comes first makes no difference.
 */
export interface Likeness {
  /** 0 to 100. */
  score: number;
  /** What speaks for it, the weightiest first. */
  reasons: string[];
  /** What speaks against it. */
  against: string[];
}

/** What a record is known by. */
export type Values = Readonly<Record<string, AttributeValue>>;

/** Entities of which records are looked at for being the same. */
export const likenedEntities = ['partner', 'customer', 'person'] as const satisfies readonly EntityName[];
export type LikenedEntity = (typeof likenedEntities)[number];

/** From how many points on two records are worth a look. */
export const worthALook = 40;

interface Point {
  points: number;
  says: string;
}

const ruleWords: Readonly<Record<MatchRule, { points: number; same: string; other: string | null }>> = {
  number: { points: 50, same: 'the same number', other: null },
  vat: {
    points: 60,
    same: 'the same VAT or registration number',
    other: 'other VAT or registration numbers',
  },
  domain: { points: 40, same: 'the same web domain', other: 'other web domains' },
  name: { points: 45, same: 'the same name', other: null },
};

/**
 * What records have to share to be compared at all, so that the cost grows with the records and not with their pairs. Each
 * is a word of its own; a record without any is compared with none.
 */
export function blockingKeys(entity: LikenedEntity, values: Values): string[] {
  if (entity !== 'person') {
    return matchRules.flatMap((rule) => {
      const key = matchKey(rule, values);
      return key === null ? [] : [`${rule} ${key}`];
    });
  }
  const email = emailKey(values.email);
  const name = matchKey('name', values);
  const { partner } = values;
  return [
    ...(email === null ? [] : [`email ${email}`]),
    ...(name === null || typeof partner !== 'string' ? [] : [`name ${name} ${partner}`]),
  ];
}

export function likenessOf(entity: LikenedEntity, one: Values, other: Values): Likeness {
  const points = entity === 'person' ? pointsOfPeople(one, other) : pointsOfCompanies(one, other);
  return likenessFrom(points);
}

/** Adds up what speaks for and against. */
export function likenessFrom(points: readonly Point[]): Likeness {
  const score = Math.max(
    0,
    Math.min(
      100,
      points.reduce((sum, point) => sum + point.points, 0),
    ),
  );
  const sorted = [...points].sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  const saying = (speaksFor: boolean) =>
    sorted.filter((point) => point.points > 0 === speaksFor).map(({ says }) => says);
  return { score, reasons: saying(true), against: saying(false) };
}

function pointsOfCompanies(one: Values, other: Values): Point[] {
  const points: Point[] = [];
  for (const rule of matchRules) {
    const [mine, theirs] = [matchKey(rule, one), matchKey(rule, other)];
    if (mine === null || theirs === null) continue;
    const { points: worth, same, other: differs } = ruleWords[rule];
    if (mine === theirs) points.push({ points: worth, says: `${same}: ${one[ruleAttributes[rule]]}` });
    else if (differs !== null) points.push({ points: -20, says: `${differs}: ${both(one, other, rule)}` });
  }
  const countries = differing(one.country, other.country);
  if (countries !== null) points.push({ points: -20, says: `other countries: ${countries}` });
  return points;
}

function both(one: Values, other: Values, rule: MatchRule): string {
  return [one, other]
    .map((values) => String(values[ruleAttributes[rule]]))
    .sort()
    .join(' and ');
}

function pointsOfPeople(one: Values, other: Values): Point[] {
  const points: Point[] = [];
  const [mine, theirs] = [emailKey(one.email), emailKey(other.email)];
  if (mine !== null && mine === theirs) points.push({ points: 75, says: `the same e-mail address: ${mine}` });
  if (mine !== null && theirs !== null && mine !== theirs)
    points.push({ points: -10, says: `other e-mail addresses: ${[mine, theirs].sort().join(' and ')}` });
  const [name, otherName] = [matchKey('name', one), matchKey('name', other)];
  if (name !== null && name === otherName) points.push({ points: 35, says: `the same name: ${one.name}` });
  if (typeof one.partner === 'string' && one.partner === other.partner)
    points.push({ points: 20, says: 'the same partner' });
  const [phone, otherPhone] = [digits(one.phone), digits(other.phone)];
  if (phone !== null && phone === otherPhone) points.push({ points: 15, says: 'the same phone number' });
  return points;
}

/** An e-mail address without case and blanks; null for what is none. */
export function emailKey(value: AttributeValue | undefined): string | null {
  if (typeof value !== 'string') return null;
  const key = value.trim().toLowerCase();
  return /^[^@\s]+@[^@\s]+$/.test(key) ? key : null;
}

function digits(value: AttributeValue | undefined): string | null {
  const key = typeof value === 'string' ? value.replace(/\D/g, '') : '';
  return key.length < 6 ? null : key;
}

function differing(one: AttributeValue | undefined, other: AttributeValue | undefined): string | null {
  if (typeof one !== 'string' || typeof other !== 'string') return null;
  if (one.trim().toLowerCase() === other.trim().toLowerCase()) return null;
  return [one, other].sort().join(' and ');
}
