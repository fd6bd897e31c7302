import { operatorOf } from '../program/check-filter.ts';
import { exact } from '../program/exact.ts';
import { regionOfCountry, regionsWithin } from '../program/regions.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { Filter } from '../program/schema-kpi.ts';
import type { PartnerFacts } from './types.ts';

/** Whether a condition holds for a partner's own attributes; a comparison with a blank does not hold. */
export function partnerMatches(program: Placed, facts: PartnerFacts, filter: Filter): boolean {
  if (filter.all !== undefined) return filter.all.every((inner) => partnerMatches(program, facts, inner));
  if (filter.any !== undefined) return filter.any.some((inner) => partnerMatches(program, facts, inner));
  if (filter.not !== undefined) return !partnerMatches(program, facts, filter.not);
  if (filter.daysFrom !== undefined) return daysMatch(facts, filter);
  const value = facts[filter.attribute!] ?? null;
  return filter.inRegion === undefined ? comparisonHolds(value, filter) : isInRegion(program, value, filter);
}

type Placed = Pick<ProgramDefinition, 'regions'>;

function isInRegion({ regions }: Placed, value: PartnerFacts[string], { inRegion }: Filter): boolean {
  const region = regionOfCountry(regions!, typeof value === 'string' ? value : null);
  return region !== null && [inRegion!].flat().some((key) => regionsWithin(regions!, key).includes(region));
}

function daysMatch(facts: PartnerFacts, filter: Filter): boolean {
  const [from, to] = [facts[filter.daysFrom!], facts[filter.to!]];
  if (typeof from !== 'string' || typeof to !== 'string') return false;
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
  return inOrder(filter, (bound) => exact(days).compare(exact(bound)));
}

function comparisonHolds(value: PartnerFacts[string], filter: Filter): boolean {
  const isBlank = value === null || (Array.isArray(value) && value.length === 0);
  if (filter.blank !== undefined) return filter.blank === isBlank;
  if (isBlank) return false;
  const operator = operatorOf(filter);
  if (operator === 'is' || operator === 'in') return isAmong(value, [filter[operator]].flat());
  if (operator === 'isNot' || operator === 'notIn') return !isAmong(value, [filter[operator]].flat());
  if (typeof value === 'number') return inOrder(filter, (bound) => exact(value).compare(exact(bound)));
  return inOrder(filter, (bound) => (String(value) < bound ? -1 : String(value) > bound ? 1 : 0));
}

function isAmong(value: PartnerFacts[string], wanted: readonly unknown[]): boolean {
  const texts = wanted.map(String);
  return [value].flat().some((one) => texts.includes(String(one)));
}

function inOrder(filter: Filter, compare: (bound: string) => number): boolean {
  if (filter.atLeast !== undefined) return compare(String(filter.atLeast)) >= 0;
  if (filter.moreThan !== undefined) return compare(String(filter.moreThan)) > 0;
  if (filter.atMost !== undefined) return compare(String(filter.atMost)) <= 0;
  return filter.lessThan !== undefined && compare(String(filter.lessThan)) < 0;
}

/** A condition in a few words, for a table cell. */
export function conditionText(filter: Filter): string {
  if (filter.all !== undefined) return filter.all.map(innerText).join(' and ');
  if (filter.any !== undefined) return filter.any.map(innerText).join(' or ');
  if (filter.not !== undefined) return `not ${innerText(filter.not)}`;
  const operator = operatorOf(filter);
  const subject = filter.attribute ?? `days from ${filter.daysFrom} to ${filter.to}`;
  if (operator === undefined) return subject;
  if (operator === 'blank') return `${subject} ${filter.blank ? 'is empty' : 'is filled'}`;
  const words = {
    is: 'is',
    isNot: 'is not',
    in: 'is one of',
    notIn: 'is none of',
    inRegion: 'is in region',
    atLeast: 'is at least',
    moreThan: 'is more than',
    atMost: 'is at most',
    lessThan: 'is less than',
  };
  return `${subject} ${words[operator]} ${[filter[operator]].flat().join(', ')}`;
}

/** A condition inside another one: what is joined there stays together. */
function innerText(filter: Filter): string {
  const parts = filter.all ?? filter.any ?? [];
  return parts.length > 1 ? `(${conditionText(filter)})` : conditionText(filter);
}
