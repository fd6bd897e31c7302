import { negated } from './requirement-leaves.ts';
import type { Requirement } from './schema/ladder.ts';
import type { PathKey } from './source.ts';

/** One way to meet requirements. */
export interface Way {
  /** The comparisons and conditions that have to hold together, with "not" moved into them. */
  leaves: readonly Requirement[];
  /** The alternatives of "any" and "atLeastOf" that it takes, by their places in the file. */
  taken: readonly PathKey[][];
}

export interface Ways {
  ways: readonly Way[];
  /** Whether each has all that it asks for; otherwise there were too many, and some of what joins them was left out. */
  areWhole: boolean;
}

/** More ways are not told apart. */
const mostWays = 64;

const anything: Ways = { ways: [{ leaves: [], taken: [] }], areWhole: true };
const untold: Ways = { ...anything, areWhole: false };

/**
 * The ways to meet requirements. Where there are too many of them, what makes them many is left out: nobody meets the
 * requirements who meets none of these ways, but not the other way round.
 */
export function waysOf(
  asked: Requirement | readonly Requirement[] | undefined,
  path: readonly PathKey[],
): Ways {
  if (asked === undefined) return anything;
  if (isList(asked)) return together(asked.map((one, index) => expand(one, [...path, index], false)));
  return expand(asked, path, false);
}

function isList(asked: Requirement | readonly Requirement[]): asked is readonly Requirement[] {
  return Array.isArray(asked);
}

function expand(requirement: Requirement, path: readonly PathKey[], isDenied: boolean): Ways {
  const { all, any: anyOf, atLeastOf, not } = requirement;
  if (not !== undefined) return expand(not, [...path, 'not'], !isDenied);
  const parts = all ?? anyOf ?? atLeastOf?.of;
  if (parts === undefined) {
    const leaf = isDenied ? negated(requirement) : requirement;
    return { ways: [{ leaves: [leaf], taken: [] }], areWhole: true };
  }
  const place = all !== undefined ? ['all'] : anyOf !== undefined ? ['any'] : ['atLeastOf', 'of'];
  const inner = parts.map((one, index) => expand(one, [...path, ...place, index], isDenied));
  const needed = all !== undefined ? parts.length : anyOf !== undefined ? 1 : atLeastOf!.n;
  // Fewer than n hold where more than all but n do not.
  const enough = isDenied ? parts.length - needed + 1 : needed;
  if (enough > parts.length) return untold;
  if (enough === parts.length) return together(inner);
  return oneOf(
    inner.map((one, index) => taking(one, [...path, ...place, index])),
    enough,
  );
}

function taking({ ways, areWhole }: Ways, place: PathKey[]): Ways {
  return { ways: ways.map(({ leaves, taken }) => ({ leaves, taken: [...taken, place] })), areWhole };
}

/** All of them; those with the fewest ways first, so that what is needed in any case is never left out. */
export function together(parts: readonly Ways[]): Ways {
  let { ways, areWhole } = anything;
  for (const part of [...parts].sort((one, other) => one.ways.length - other.ways.length)) {
    const isFew = ways.length * part.ways.length <= mostWays;
    areWhole &&= isFew && part.areWhole;
    if (isFew) ways = ways.flatMap((one) => part.ways.map((other) => joined(one, other)));
  }
  return { ways, areWhole };
}

function joined(one: Way, other: Way): Way {
  return { leaves: [...one.leaves, ...other.leaves], taken: [...one.taken, ...other.taken] };
}

/** So many of them, in every choice. */
function oneOf(parts: readonly Ways[], enough: number): Ways {
  const choices = choicesOf(parts, enough);
  if (choices === undefined) return untold;
  const joined = choices.map(together);
  const ways = joined.flatMap((one) => one.ways);
  return ways.length > mostWays ? untold : { ways, areWhole: joined.every((one) => one.areWhole) };
}

/** Every choice of so many; undefined for too many choices. */
function choicesOf<Item>(items: readonly Item[], count: number): Item[][] | undefined {
  let found: Item[][] = [[]];
  for (const [index, item] of items.entries()) {
    const left = items.length - index - 1;
    found = found.flatMap((one) => {
      const withItem = one.length < count ? [[...one, item]] : [];
      return one.length + left >= count ? [...withItem, one] : withItem;
    });
    if (found.length > mostWays) return undefined;
  }
  return found;
}
