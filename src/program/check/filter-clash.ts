import { isDeepStrictEqual } from 'node:util';
import { comparedAs, resolvePath } from '../attribute-path.ts';
import { parseDuration } from '../civil-date.ts';
import { exact, exactText } from '../exact.ts';
import { regionOfCountry, regionsWithin } from '../regions.ts';
import type { Filter } from '../schema/kpi.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import { isNumeric, operatorOf } from './filter.ts';

/** Conditions on a partner's own attributes that can certainly never hold together. */

/** A comparison of an attribute, or its opposite. */
interface Leaf {
  filter: Filter;
  isDenied: boolean;
}

const number = /^-?\d+(\.\d+)?$/;

/** More ways to meet conditions are not told apart. */
const mostWays = 64;

/** Why conditions can never hold for one partner; undefined where they may. */
export function conditionClash(program: ProgramDefinition, filters: readonly Filter[]): string | undefined {
  if (filters.length === 0) return undefined;
  const ways = waysOf({ all: [...filters] }, false);
  if (ways === undefined) return undefined;
  const reasons = ways.map((leaves) => clashOfLeaves(program, leaves));
  return reasons.includes(undefined) ? undefined : [...new Set(reasons)].join('; or ');
}

/** Whether conditions may only be met while a date of the partner is not so long ago. */
export function mayAskForRecent(filters: readonly Filter[], attribute: string): boolean {
  const ways = waysOf({ all: [...filters] }, false);
  const isRecent = ({ filter, isDenied }: Leaf) =>
    isDenied && filter.elapsed !== undefined && filter.attribute === attribute;
  return ways === undefined || ways.some((leaves) => leaves.some(isRecent));
}

/** The ways to meet a condition; undefined for too many of them. */
function waysOf(filter: Filter, isDenied: boolean): Leaf[][] | undefined {
  if (filter.not !== undefined) return waysOf(filter.not, !isDenied);
  const parts = filter.all ?? filter.any;
  if (parts === undefined) return [[{ filter, isDenied }]];
  const found = parts.map((part) => waysOf(part, isDenied));
  if ((filter.all !== undefined) === isDenied) {
    const all = found.flatMap((one) => one ?? [[]]);
    return all.length > mostWays ? undefined : all;
  }
  let joined: Leaf[][] = [[]];
  for (const ways of found) {
    if (ways === undefined || joined.length * ways.length > mostWays) continue;
    joined = joined.flatMap((one) => ways.map((other) => [...one, ...other]));
  }
  return joined;
}

function clashOfLeaves(program: ProgramDefinition, leaves: readonly Leaf[]): string | undefined {
  const compared = leaves.filter(({ filter }) => operatorOf(filter) !== undefined);
  for (const attribute of new Set(compared.flatMap(({ filter }) => filter.attribute ?? []))) {
    const own = compared.filter(({ filter }) => filter.attribute === attribute);
    const found = clashOfAttribute(program, attribute, own);
    if (found !== undefined) return found;
  }
  return undefined;
}

function clashOfAttribute(
  program: ProgramDefinition,
  attribute: string,
  leaves: readonly Leaf[],
): string | undefined {
  const resolved = resolvePath('partner', attribute, program.attributes);
  if (typeof resolved === 'string') return undefined;
  const filled = leaves.find(isFilled);
  if (filled !== undefined && leaves.some(isBlank))
    return `${attribute} cannot be ${wordsOf(filled)} and be empty at once`;
  const wordOf = isNumeric(resolved.type) ? numberOf : (word: Word) => comparedAs(resolved, String(word));
  const excluded = leaves.flatMap((leaf) => valuesExcluded(leaf).map(wordOf));
  const chosen = leaves.flatMap((leaf) => {
    const among = leaf.isDenied ? undefined : amongOf(leaf.filter)?.map(wordOf);
    return among === undefined ? [] : [{ leaf, among }];
  });
  for (const { leaf, among } of chosen) {
    if (among.every((word) => excluded.includes(word)))
      return `${attribute} cannot be ${wordsOf(leaf)} and be another one at once`;
  }
  if (resolved.type === 'list') return undefined;
  for (const [index, { leaf, among }] of chosen.entries()) {
    const other = chosen.slice(0, index).find((one) => !one.among.some((word) => among.includes(word)));
    if (other !== undefined)
      return `${attribute} cannot be ${wordsOf(other.leaf)} and ${wordsOf(leaf)} at once`;
    const bound = leaves.find((one) => isOutside(one, among));
    if (bound !== undefined) return `${attribute} cannot be ${wordsOf(leaf)} and ${wordsOf(bound)} at once`;
    const region = leaves.find((one) => isElsewhere(program, one, among));
    if (region !== undefined) return `${attribute} cannot be ${wordsOf(leaf)} and ${wordsOf(region)} at once`;
  }
  return (
    orderClash(attribute, leaves) ??
    elapsedClash(attribute, leaves) ??
    regionClash(program, attribute, leaves)
  );
}

/** A comparison with a blank does not hold. */
function isFilled({ filter, isDenied }: Leaf): boolean {
  return filter.blank === undefined ? !isDenied : filter.blank === isDenied;
}

function isBlank({ filter, isDenied }: Leaf): boolean {
  return filter.blank !== undefined && filter.blank !== isDenied;
}

type Word = string | number | boolean;

function amongOf({ is, in: among }: Filter): Word[] | undefined {
  return among ?? (is === undefined ? undefined : [is]);
}

function valuesExcluded({ filter, isDenied }: Leaf): Word[] {
  const { is, in: among, isNot, notIn } = filter;
  const found = isDenied ? [is ?? [], among ?? []] : [isNot ?? [], notIn ?? []];
  return found.flat();
}

/** To numbers 5 and "5.0" are one; to texts they are two. */
function numberOf(word: Word): string {
  const text = String(word);
  return number.test(text) ? exactText(exact(text)) : text;
}

const order = ['atLeast', 'moreThan', 'atMost', 'lessThan'] as const;

/** Whether none of the words lies within a bound. */
function isOutside({ filter, isDenied }: Leaf, among: readonly string[]): boolean {
  const operator = order.find((one) => filter[one] !== undefined);
  if (operator === undefined || isDenied) return false;
  return among.every((word) => !holds(operator, compare(word, String(filter[operator]))));
}

function holds(operator: (typeof order)[number], comparison: number): boolean {
  if (operator === 'atLeast') return comparison >= 0;
  if (operator === 'moreThan') return comparison > 0;
  return operator === 'atMost' ? comparison <= 0 : comparison < 0;
}

function compare(one: string, other: string): number {
  if (number.test(one) && number.test(other)) return exact(one).compare(exact(other));
  return one < other ? -1 : one > other ? 1 : 0;
}

function orderClash(attribute: string, leaves: readonly Leaf[]): string | undefined {
  const own = leaves.flatMap((leaf) => {
    const operator = order.find((one) => leaf.filter[one] !== undefined);
    return operator === undefined || leaf.isDenied
      ? []
      : [{ leaf, operator, bound: String(leaf.filter[operator]) }];
  });
  const isLower = ({ operator }: (typeof own)[number]) => operator === 'atLeast' || operator === 'moreThan';
  for (const low of own.filter(isLower)) {
    const high = own.find((one) => {
      if (isLower(one)) return false;
      const order = compare(low.bound, one.bound);
      return order > 0 || (order === 0 && !(low.operator === 'atLeast' && one.operator === 'atMost'));
    });
    if (high !== undefined)
      return `${attribute} cannot be ${wordsOf(low.leaf)} and ${wordsOf(high.leaf)} at once`;
  }
  return undefined;
}

/** A date that is long ago, and not even as long as another time. */
function elapsedClash(attribute: string, leaves: readonly Leaf[]): string | undefined {
  const own = leaves.filter(({ filter }) => filter.elapsed !== undefined);
  for (const long of own.filter(({ isDenied }) => !isDenied)) {
    const short = own.find((one) => one.isDenied && isAsLong(long.filter.elapsed!, one.filter.elapsed!));
    if (short !== undefined) return `${attribute} cannot be ${wordsOf(long)} and ${wordsOf(short)} at once`;
  }
  return undefined;
}

/** Whether a time is certainly not shorter than another one, on whatever day it begins. */
function isAsLong(time: string, other: string): boolean {
  const [one, two] = [parseDuration(time), parseDuration(other)];
  if (one.unit === two.unit) return one.count >= two.count;
  return one.unit === 'month' ? one.count * 28 >= two.count : one.count >= two.count * 31;
}

function regionsAsked({ regions }: ProgramDefinition, { filter, isDenied }: Leaf): string[] | undefined {
  if (filter.inRegion === undefined || isDenied || regions === undefined) return undefined;
  return [filter.inRegion].flat().flatMap((key) => regionsWithin(regions, key));
}

/** Whether none of the countries is in the regions of a condition. */
function isElsewhere(program: ProgramDefinition, leaf: Leaf, among: readonly string[]): boolean {
  const asked = regionsAsked(program, leaf);
  return (
    asked !== undefined &&
    among.every((country) => {
      const region = regionOfCountry(program.regions!, country);
      return region === null || !asked.includes(region);
    })
  );
}

function regionClash(
  program: ProgramDefinition,
  attribute: string,
  leaves: readonly Leaf[],
): string | undefined {
  const own = leaves.flatMap((leaf) => {
    const asked = regionsAsked(program, leaf);
    return asked === undefined ? [] : [{ leaf, asked }];
  });
  for (const [index, { leaf, asked }] of own.entries()) {
    const other = own.slice(0, index).find((one) => !one.asked.some((key) => asked.includes(key)));
    if (other !== undefined)
      return `${attribute} cannot be ${wordsOf(other.leaf)} and ${wordsOf(leaf)} at once`;
  }
  return undefined;
}

function wordsOf({ filter, isDenied }: Leaf): string {
  const operator = operatorOf(filter)!;
  if (operator === 'blank') return filter.blank !== isDenied ? 'empty' : 'filled';
  const names = {
    is: '',
    isNot: 'another one than ',
    in: 'one of ',
    notIn: 'none of ',
    inRegion: 'in region ',
    atLeast: 'at least ',
    moreThan: 'more than ',
    atMost: 'at most ',
    lessThan: 'less than ',
    elapsed: 'so long ago as ',
  };
  return `${isDenied ? 'not ' : ''}${names[operator]}${[filter[operator]].flat().join(', ')}`;
}

/** Whether whoever meets one condition certainly meets the other. */
export function impliesCondition(given: Filter, wanted: Filter): boolean {
  if (isDeepStrictEqual(given, wanted)) return true;
  if (wanted.all !== undefined) return wanted.all.every((one) => impliesCondition(given, one));
  if (given.any !== undefined) return given.any.every((one) => impliesCondition(one, wanted));
  if (given.all?.some((one) => impliesCondition(one, wanted))) return true;
  if (wanted.any !== undefined) return wanted.any.some((one) => impliesCondition(given, one));
  if (given.attribute === undefined || given.attribute !== wanted.attribute) return false;
  if (wanted.blank === false) return given.blank === undefined;
  if (given.elapsed !== undefined && wanted.elapsed !== undefined)
    return isAsLong(given.elapsed, wanted.elapsed);
  const [among, asked] = [amongOf(given), amongOf(wanted)];
  if (among !== undefined && asked !== undefined) {
    const own = resolvePath('partner', given.attribute);
    const wordOf = (word: Word) => (typeof own === 'string' ? String(word) : comparedAs(own, String(word)));
    return among.every((one) => asked.map(wordOf).includes(wordOf(one)));
  }
  const [low, high] = [
    order.find((one) => given[one] !== undefined),
    order.find((one) => wanted[one] !== undefined),
  ];
  if (low === undefined || high === undefined) return false;
  const isUp = (one: (typeof order)[number]) => one === 'atLeast' || one === 'moreThan';
  if (isUp(low) !== isUp(high)) return false;
  const comparison = compare(String(given[low]), String(wanted[high]));
  return comparison === 0 ? low === high || high === 'atLeast' || high === 'atMost' : holds(high, comparison);
}
