import { pathWords } from '../kpi/attribute-words.ts';
import { earliest } from '../kpi/earliest.ts';
import { entities } from '../model/entities.ts';
import { nameKey } from '../model/values.ts';
import { comparedAs, isTextType } from '../program/attribute-path.ts';
import {
  type BusinessTime,
  businessCalendar,
  businessDays,
  businessMs,
  businessTimeOf,
} from '../program/business-time.ts';
import { operatorOf } from '../program/check/filter.ts';
import { addDuration, dayOf, daysBetween, parseDuration } from '../program/civil-date.ts';
import { customTypeOf, customValue, notOfTypeText } from '../program/custom-attributes.ts';
import { exact } from '../program/exact.ts';
import { pathsOfFilter } from '../program/filter-paths.ts';
import { regionOfCountry, regionsWithin } from '../program/regions.ts';
import type { Filter } from '../program/schema/kpi.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import type { PartnerFacts } from './types.ts';

/**
 * Whether a condition holds for a partner's own attributes; a comparison with a blank does not hold. `asOf`: the day by which
 * the time since a date is measured. (Default: no time has passed)
 */
export function partnerMatches(
  program: Placed,
  facts: PartnerFacts,
  filter: Filter,
  asOf: string | null = null,
): boolean {
  const matches = (inner: Filter) => partnerMatches(program, facts, inner, asOf);
  if (filter.all !== undefined) return filter.all.every(matches);
  if (filter.any !== undefined) return filter.any.some(matches);
  if (filter.not !== undefined) return !matches(filter.not);
  if ((filter.daysFrom ?? filter.hoursFrom) !== undefined) return timeMatches(program, facts, filter);
  const value = ownValue(program, facts, filter.attribute!);
  if (filter.elapsed !== undefined) {
    const day = elapsedOn(program, facts, filter);
    return day !== null && asOf !== null && day <= asOf;
  }
  if (filter.inRegion !== undefined) return isInRegion(program, value, filter);
  return comparisonHolds(value, filter, {
    isNumeric: isNumber(program, filter.attribute!, value),
    isText: isTextOf(program, filter.attribute!),
  });
}

/** The first day after one on which time alone can change whether a condition holds; null for none. */
export function conditionTurn(
  program: Placed,
  facts: PartnerFacts,
  filter: Filter,
  asOf: string,
): string | null {
  const inner = [
    ...(filter.all ?? []),
    ...(filter.any ?? []),
    ...(filter.not === undefined ? [] : [filter.not]),
  ];
  const own = filter.elapsed === undefined ? null : elapsedOn(program, facts, filter);
  const days = [own, ...inner.map((one) => conditionTurn(program, facts, one, asOf))];
  return earliest(days.filter((day) => day !== null && day > asOf));
}

/** The first day on which a date is so long ago as a condition asks; null where it is blank. */
function elapsedOn(program: Placed, facts: PartnerFacts, { attribute, elapsed }: Filter): string | null {
  const date = ownValue(program, facts, attribute!);
  return typeof date === 'string' ? addDuration(date, parseDuration(elapsed!)) : null;
}

type Placed = Pick<ProgramDefinition, 'regions' | 'attributes' | 'timeZone' | 'calendars'>;

/**
 * An attribute of a partner as rules compare it: one of its own (extra.<name>) as the type that the program reads it as, blank where it
 * is none, and an instant as the day that it falls on.
 */
export function ownValue(program: Placed, facts: PartnerFacts, attribute: string): PartnerFacts[string] {
  const value = typedValue(program, facts, attribute);
  const isInstant = customTypeOf(program.attributes, 'partner', attribute) === 'instant';
  return isInstant && typeof value === 'string' ? dayOf(Date.parse(value), program.timeZone) : value;
}

/** The same with an instant as it is, in UTC. */
function typedValue({ attributes }: Placed, facts: PartnerFacts, attribute: string): PartnerFacts[string] {
  const value = facts[attribute] ?? null;
  const type = customTypeOf(attributes, 'partner', attribute);
  return value === null || type === 'text'
    ? value
    : ((customValue(type, value) ?? null) as PartnerFacts[string]);
}

/** Which attribute of a condition is not what the program reads it as, so that it is blank; null for none. */
export function wrongTypeReason(
  { attributes }: Pick<Placed, 'attributes'>,
  facts: PartnerFacts,
  filter: Filter,
): string | null {
  for (const attribute of pathsOfFilter(filter)) {
    const [type, value] = [customTypeOf(attributes, 'partner', attribute), facts[attribute] ?? null];
    if (customValue(type, value) === undefined)
      return `its ${pathWords(attribute)} "${value}" ${notOfTypeText(type)}`;
  }
  return null;
}

function isNumber({ attributes }: Placed, attribute: string, value: PartnerFacts[string]): boolean {
  return typeof value === 'number' || customTypeOf(attributes, 'partner', attribute) === 'decimal';
}

/** Whether upper and lower case and blanks make no difference. */
function isTextOf({ attributes }: Pick<Placed, 'attributes'>, attribute: string): boolean {
  const type = entities.partner.attributes[attribute]?.type ?? customTypeOf(attributes, 'partner', attribute);
  return isTextType(type);
}

/**
 * A value as a text that is alike for all partners that rules take for the same, spelt as names are; null for nothing but
 * blanks.
 */
export function groupWord(
  program: Pick<Placed, 'attributes'>,
  attribute: string,
  value: string,
): string | null {
  if (!isTextOf(program, attribute)) return value;
  const word = nameKey(value);
  if (word === '') return null;
  return word.length <= (attribute === 'country' ? 3 : mostLettersOfCode)
    ? word.toUpperCase()
    : word.replace(/(?<!\p{L})\p{L}/gu, (letter) => letter.toUpperCase());
}

/** Words are codes such as EMEA, or names; of countries there are names of four letters. */
const mostLettersOfCode = 4;

function isInRegion({ regions }: Placed, value: PartnerFacts[string], { inRegion }: Filter): boolean {
  const region = regionOfCountry(regions!, typeof value === 'string' ? value : null);
  return region !== null && [inRegion!].flat().some((key) => regionsWithin(regions!, key).includes(region));
}

function timeMatches(program: Placed, facts: PartnerFacts, filter: Filter): boolean {
  const { daysFrom, hoursFrom, to, calendar } = filter;
  const business = calendar === undefined ? null : businessTimeOfPartner(program, facts, calendar);
  if (daysFrom === undefined) {
    const [from, end] = [hoursFrom!, to!].map((each) => typedValue(program, facts, each));
    if (typeof from !== 'string' || typeof end !== 'string') return false;
    const [begins, ends] = [Date.parse(from), Date.parse(end)];
    const ms = business === null ? ends - begins : businessMs(business, begins, ends);
    const hours = exact(ms).div(exact(3_600_000));
    return inOrder(filter, (bound) => hours.compare(exact(bound)));
  }
  const zoned = business === null ? program : { ...program, timeZone: business.timeZone };
  const [from, end] = [daysFrom, to!].map((each) => ownValue(zoned, facts, each));
  if (typeof from !== 'string' || typeof end !== 'string') return false;
  const days = business === null ? daysBetween(from, end) : businessDays(business, from, end);
  return inOrder(filter, (bound) => exact(days).compare(exact(bound)));
}

/** A business calendar with the holidays of a partner. */
function businessTimeOfPartner(program: Placed, facts: PartnerFacts, calendar: string): BusinessTime {
  const { calendars, regions } = program;
  const country = ownValue(program, facts, regions?.by ?? 'country');
  const known = businessCalendar(calendars[calendar]!, regions);
  return businessTimeOf(known, typeof country === 'string' ? country : null);
}

interface Compared {
  isNumeric: boolean;
  isText: boolean;
}

function comparisonHolds(value: PartnerFacts[string], filter: Filter, as: Compared): boolean {
  const isBlank =
    value === null ||
    (Array.isArray(value) ? value.length === 0 : as.isText && nameKey(String(value)) === '');
  if (filter.blank !== undefined) return filter.blank === isBlank;
  if (isBlank) return false;
  const operator = operatorOf(filter);
  if (operator === 'is' || operator === 'in') return isAmong(value, [filter[operator]].flat(), as);
  if (operator === 'isNot' || operator === 'notIn') return !isAmong(value, [filter[operator]].flat(), as);
  if (as.isNumeric) return inOrder(filter, (bound) => exact(String(value)).compare(exact(bound)));
  return inOrder(filter, (bound) => (String(value) < bound ? -1 : String(value) > bound ? 1 : 0));
}

function isAmong(value: PartnerFacts[string], wanted: readonly unknown[], as: Compared): boolean {
  if (as.isNumeric) return wanted.some((one) => exact(String(one)).equals(exact(String(value))));
  const texts = wanted.map((one) => comparedAs(as, String(one)));
  return [value].flat().some((one) => texts.includes(comparedAs(as, String(one))));
}

function inOrder(filter: Filter, compare: (bound: string) => number): boolean {
  if (filter.atLeast !== undefined) return compare(String(filter.atLeast)) >= 0;
  if (filter.moreThan !== undefined) return compare(String(filter.moreThan)) > 0;
  if (filter.atMost !== undefined) return compare(String(filter.atMost)) <= 0;
  return filter.lessThan !== undefined && compare(String(filter.lessThan)) < 0;
}

/** How attributes and their values are called; both as the file has them where nothing is said. */
interface Names {
  attribute?: (path: string) => string;
  value?: (attribute: string, value: string) => string;
}

type Named = Pick<ProgramDefinition, 'partnerTypes' | 'regions'>;

/** What a value of a partner is called: of its types the label. */
export function valueName(
  { partnerTypes }: Pick<Named, 'partnerTypes'>,
  attribute: string,
  value: string,
): string {
  const isType = attribute === 'types' || attribute.endsWith('.types');
  return (isType ? partnerTypes.find(({ key }) => key === value)?.label : undefined) ?? value;
}

/** A condition on a partner as people say it: "partner type is Reseller", "number of employees is at least 50". */
export function partnerText(program: Named, filter: Filter): string {
  const regionName = (key: string) => program.regions?.list.find((one) => one.key === key)?.label ?? key;
  return conditionText(filter, {
    attribute: pathWords,
    value: (attribute, value) =>
      operatorOf(filter) === 'inRegion' ? regionName(value) : valueName(program, attribute, value),
  });
}

/** What a partner has where a condition asks for an attribute; a dash for nothing. */
export function ownText(program: Named, facts: PartnerFacts, { attribute }: Filter): string {
  const value = attribute === undefined ? null : (facts[attribute] ?? null);
  if (value === null) return '-';
  return [value]
    .flat()
    .map((one) => valueName(program, attribute!, String(one)))
    .join(', ');
}

/** A condition in a few words, for a table cell. */
export function conditionText(filter: Filter, names: Names = {}): string {
  const inner = (one: Filter) => innerText(one, names);
  if (filter.all !== undefined) return filter.all.map(inner).join(' and ');
  if (filter.any !== undefined) return filter.any.map(inner).join(' or ');
  if (filter.not !== undefined) return `not ${inner(filter.not)}`;
  const operator = operatorOf(filter);
  const { attribute } = filter;
  const subject =
    attribute === undefined ? timeText(filter, names.attribute) : (names.attribute?.(attribute) ?? attribute);
  if (operator === undefined) return subject;
  if (operator === 'blank') return `${subject} ${filter.blank ? 'is empty' : 'is filled'}`;
  if (operator === 'elapsed') return `${subject} is at least ${filter.elapsed} ago`;
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
  const values = [filter[operator]].flat().map(String);
  const named = values.map((value) => names.value?.(attribute ?? '', value) ?? value);
  return `${subject} ${words[operator]} ${named.join(', ')}`;
}

/** "business hours (support) from openedAt to closedAt"; `name` says what dates are called. (Default: as they are written) */
export function timeText(
  { daysFrom, hoursFrom, to, calendar }: TimeBetween,
  name: (attribute: string) => string = (attribute) => attribute,
): string {
  const of = calendar === undefined ? '' : 'business ';
  const by = calendar === undefined ? '' : ` (${calendar})`;
  const [unit, from] = daysFrom === undefined ? ['hours', hoursFrom] : ['days', daysFrom];
  return `${of}${unit}${by} from ${name(from!)} to ${name(to!)}`;
}

type TimeBetween = Pick<Filter, 'daysFrom' | 'hoursFrom' | 'to' | 'calendar'>;

/** A condition inside another one: what is joined there stays together. */
function innerText(filter: Filter, names: Names): string {
  const parts = filter.all ?? filter.any ?? [];
  const words = conditionText(filter, names);
  return parts.length > 1 ? `(${words})` : words;
}
