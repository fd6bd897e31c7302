import { type AttributeValue, entities } from '../../model/entities.ts';
import { emailKey, type Likeness, likenessFrom, type Values } from '../../model/likeness.ts';
import { matchKey, matchRules } from '../../model/match-keys.ts';
import { isMoney } from '../../model/values.ts';
import { daysBetween } from '../../program/civil-date.ts';
import { exact } from '../../program/exact.ts';

/** Entities whose records are looked for in a CRM before one is created there: what partners register. */
export const registeredEntities = ['deal', 'lead'] as const;
export type RegisteredEntity = (typeof registeredEntities)[number];

export function isRegistered(entity: string): entity is RegisteredEntity {
  return (registeredEntities as readonly string[]).includes(entity);
}

/** A registration, or what may be the same in the CRM. */
export interface Registrable {
  recordId: string;
  values: Values;
  /** The customer's own values; null where it names none. */
  customer: Values | null;
  /** Our ids of the partners that it credits, or was handed to. */
  partners: readonly string[];
  /** Whether somebody else has registered it already. */
  isTaken: boolean;
}

/** A record of the CRM that may be what was registered. */
export interface Candidate extends Likeness {
  recordId: string;
  /** same: nothing speaks against it, and nothing else could be meant. */
  verdict: 'same' | 'doubtful';
}

type Point = Parameters<typeof likenessFrom>[0][number];

/** From how many points on a person is asked; and from how many on the answer is plain where nothing speaks against it. */
const [doubtful, plain] = [45, 90];

/** What is so many points less likely is not what was meant, beside something plain. */
export const clearLead = 30;

/** Candidates of one registration that are told; the likeliest ones. */
const mostCandidates = 20;

/**
 * What in the CRM may be what was registered, the likeliest first. It is the same only where customer and name agree (for
 * leads the address, and company or name), nothing speaks against it, nobody else has registered it and no other candidate
 * comes near. Pure.
 */
export function judgeCandidates(
  entity: RegisteredEntity,
  registration: Registrable,
  candidates: readonly Registrable[],
): Candidate[] {
  const found = candidates
    .map((candidate) => ({ candidate, ...likeness(entity, registration, candidate) }))
    .filter(({ score }) => score >= doubtful)
    .sort((a, b) => b.score - a.score || (a.candidate.recordId < b.candidate.recordId ? -1 : 1))
    .slice(0, mostCandidates);
  return found.map(({ candidate, ...like }, index) => {
    const isFirst = index === 0 && (found[1] === undefined || like.score - found[1].score >= clearLead);
    const isPlain = like.score >= plain && like.against.length === 0 && like.isNamed && isFirst;
    const { score, reasons, against } = like;
    return { recordId: candidate.recordId, score, reasons, against, verdict: isPlain ? 'same' : 'doubtful' };
  });
}

function likeness(
  entity: RegisteredEntity,
  one: Registrable,
  other: Registrable,
): Likeness & { isNamed: boolean } {
  const points = entity === 'deal' ? pointsOfDeals(one, other) : pointsOfLeads(one, other);
  const partners = partnerPoint(one, other);
  const taken = other.isTaken ? [{ points: -10, says: 'it is registered already' }] : [];
  return {
    ...likenessFrom([...points, ...partners, ...taken]),
    isNamed: points.filter(({ isName }) => isName === true).length >= 2,
  };
}

/** A point; isName: one of those that name what is meant. */
type Named = Point & { isName?: true };

function pointsOfDeals(one: Registrable, other: Registrable): Named[] {
  return [
    ...customerPoint(one, other),
    ...namePoint(one.values.name, other.values.name),
    ...amountPoint(one.values.amount, other.values.amount),
    ...dayPoint(one.values.closeOn, other.values.closeOn),
  ];
}

function customerPoint(one: Registrable, other: Registrable): Named[] {
  if (one.customer === null || other.customer === null) return [];
  const says = `the same customer: ${other.customer.name ?? one.customer.name}`;
  if (one.values.customer === other.values.customer) return [{ points: 40, says, isName: true }];
  const keyed = (values: Values) => matchRules.map((rule) => matchKey(rule, values));
  const [mine, theirs] = [keyed(one.customer), keyed(other.customer)];
  const isSame = mine.some((key, index) => key !== null && key === theirs[index]);
  if (isSame) return [{ points: 40, says, isName: true }];
  const names = [one.customer.name, other.customer.name].map(String).sort().join(' and ');
  return [{ points: -30, says: `other customers: ${names}` }];
}

function namePoint(one: AttributeValue | undefined, other: AttributeValue | undefined): Named[] {
  const [mine, theirs] = [wordsOf(one), wordsOf(other)];
  if (mine.size === 0 || theirs.size === 0) return [];
  const shared = [...mine].filter((word) => theirs.has(word)).length;
  const all = new Set([...mine, ...theirs]).size;
  if (shared === all) return [{ points: 35, says: `the same name: ${other}`, isName: true }];
  return shared * 2 >= all ? [{ points: 15, says: `a similar name: ${other}` }] : [];
}

function wordsOf(value: AttributeValue | undefined): Set<string> {
  if (typeof value !== 'string') return new Set();
  const words = value
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  return new Set(words.filter((word) => word !== ''));
}

/** Amounts of two currencies say nothing. */
function amountPoint(one: AttributeValue | undefined, other: AttributeValue | undefined): Named[] {
  if (!isMoney(one) || !isMoney(other) || one.currency !== other.currency) return [];
  const [mine, theirs] = [exact(one.amount), exact(other.amount)];
  if (mine.equals(theirs))
    return [{ points: 15, says: `the same amount: ${other.amount} ${other.currency}` }];
  const [low, high] = mine.compare(theirs) < 0 ? [mine, theirs] : [theirs, mine];
  if (low.mul(10).compare(high.mul(9)) >= 0) return [{ points: 10, says: 'amounts within 10 %' }];
  const texts = [one.amount, other.amount].join(' and ');
  return low.mul(2).compare(high) < 0
    ? [{ points: -10, says: `other amounts: ${texts} ${one.currency}` }]
    : [];
}

function dayPoint(one: AttributeValue | undefined, other: AttributeValue | undefined): Named[] {
  if (typeof one !== 'string' || typeof other !== 'string') return [];
  const days = Math.abs(daysBetween(one, other));
  if (days <= 31) return [{ points: days <= 7 ? 10 : 5, says: `expected to close ${days} days apart` }];
  return days > 180 ? [{ points: -10, says: `expected to close ${days} days apart` }] : [];
}

function pointsOfLeads({ values: one }: Registrable, { values: other }: Registrable): Named[] {
  const [mine, theirs] = [emailKey(one.email), emailKey(other.email)];
  const points: Named[] = [];
  if (mine !== null && mine === theirs)
    points.push({ points: 60, says: `the same e-mail address: ${mine}`, isName: true });
  const company = (values: Values) => matchKey('name', { name: values.company ?? null });
  if (company(one) !== null && company(one) === company(other))
    points.push({ points: 30, says: `the same company: ${other.company}`, isName: true });
  const named = namePoint(one.name, other.name).filter(({ isName }) => isName === true);
  return [...points, ...named.map((point) => ({ ...point, points: 20 }))];
}

function partnerPoint(one: Registrable, other: Registrable): Point[] {
  if (one.partners.length === 0 || other.partners.length === 0) return [];
  return one.partners.some((partner) => other.partners.includes(partner))
    ? [{ points: 15, says: `the same ${entities.partner.label.toLowerCase()}` }]
    : [{ points: -15, says: 'another partner is credited there' }];
}
