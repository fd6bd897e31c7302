import type { Fraction } from 'fraction.js';
import { exact, exactRatio, partsOf, roundTo } from '../../program/exact.ts';
import { outsideReason } from '../../program/outside.ts';
import type { RankDefinition } from '../../program/schema/rank.ts';
import type { ProgramDefinition } from '../../program/schema/schema.ts';
import { groupedBy, isOfSum } from '../../program/score-parts.ts';
import { groupWord, ownValue, partnerMatches } from '../../tier/partner-condition.ts';
import type { PartnerFacts } from '../../tier/types.ts';
import type { EmptyReason, KpiValue, StateReason } from '../types.ts';
import { standIn } from '../when-empty.ts';
import type { RankEvidence } from './evidence.ts';

/** The figure of a partner as a rank compares it. */
export type RankedFigure = Pick<KpiValue, 'numerator' | 'denominator' | 'error'> & {
  partnerId: string;
  /** Why the figure could still be another one, although all inputs are complete. */
  doubt?: StateReason | null | undefined;
};

/** What a rank says of one partner. */
export interface Ranked {
  value: Fraction | null;
  empty: EmptyReason | null;
  evidence: RankEvidence;
}

/**
 * The group of a rank in which a partner is, as a text that is the same for all of them; null where it is in none. Only
 * its own attributes decide.
 */
export function groupOf(
  program: Pick<ProgramDefinition, 'regions' | 'attributes' | 'timeZone' | 'calendars'>,
  rank: RankDefinition,
  facts: PartnerFacts,
): string | null {
  if (outsideReason(facts) !== null) return null;
  if (![rank.among ?? []].flat().every((filter) => partnerMatches(program, facts, filter))) return null;
  const values = groupedBy(rank).map((attribute) => {
    const value = ownValue(program, facts, attribute);
    return value === null ? null : groupWord(program, attribute, String(value));
  });
  return values.includes(null) ? null : JSON.stringify(values);
}

interface Standing {
  /** How many are better, and how many have the same figure, this one included. */
  ahead: number;
  same: number;
}

interface Group {
  kpi: string;
  /** What its partners have in common, as groupOf says it. */
  group: string;
  members: readonly RankedFigure[];
}

/** Ranks one group. Figures are compared exactly, so that only those that are equal are tied. Pure. */
export function rankGroup(program: ProgramDefinition, group: Group): Map<string, Ranked> {
  const { better } = program.kpis[program.kpis[group.kpi]!.rank!.of]!;
  const { known, rankedOf } = ranking(program, group);
  const standings = standingsOf(known, better);
  return new Map(
    group.members.map((member) => {
      const value = figureOfMember(member);
      return [member.partnerId, rankedOf(value, value === null ? null : standings.get(keyOf(value))!)];
    }),
  );
}

/** The same for one of the members alone, without ordering the others. */
export function rankOne(program: ProgramDefinition, group: Group, member: RankedFigure): Ranked {
  const { better } = program.kpis[program.kpis[group.kpi]!.rank!.of]!;
  const { known, rankedOf } = ranking(program, group);
  const value = figureOfMember(member);
  if (value === null) return rankedOf(null, null);
  const order = known.map((other) => (better === 'higher' ? other.compare(value) : value.compare(other)));
  const countOf = (wanted: (one: number) => boolean) => order.filter(wanted).length;
  return rankedOf(value, { ahead: countOf((one) => one > 0), same: countOf((one) => one === 0) });
}

/** The figures of a group, and what follows for a member from where its own stands among them. */
function ranking(
  program: ProgramDefinition,
  { kpi, group, members }: Group,
): { known: Fraction[]; rankedOf(value: Fraction | null, own: Standing | null): Ranked } {
  const rank = program.kpis[kpi]!.rank!;
  const known = members.flatMap((member) => figureOfMember(member) ?? []);
  const total = isOfSum(rank) ? known.reduce((sum, value) => sum.add(value), exact(0)) : null;
  const values = JSON.parse(group) as string[];
  const inCommon = groupedBy(rank).map((attribute, index) => ({ attribute, value: values[index]! }));
  const sum = total && partsOf(total);
  const answer = (value: Fraction | null, position: Fraction | null): Pick<Ranked, 'value' | 'empty'> => {
    if (value === null) return { value: null, empty: 'unranked' };
    if (known.length < (rank.minimum ?? 1)) return { value: null, empty: 'few_partners' };
    return figureOf(program, { kpi, value, position, size: known.length, total });
  };
  return {
    known,
    rankedOf: (value, own) => {
      const position = own === null || isOfSum(rank) ? null : positionOf(rank, own);
      const { value: figure, empty } = declared(program, kpi, answer(value, position));
      // Attribute by attribute, in one go: copies of objects would take most of the time of ranks.
      const evidence: RankEvidence = {
        as: rank.as,
        of: rank.of,
        group: inCommon,
        size: known.length,
        withoutFigure: members.length - known.length,
        total: sum,
        value: value && partsOf(value),
        position: position && partsOf(position),
        tied: own === null ? 0 : own.same - 1,
      };
      return { value: figure, empty, evidence };
    },
  };
}

/** What a rank says of a partner that is in none of its groups. */
export function unranked(program: ProgramDefinition, kpi: string, own: RankedFigure | undefined): Ranked {
  const { as, of } = program.kpis[kpi]!.rank!;
  const value = own === undefined ? null : figureOfMember(own);
  const evidence: RankEvidence = {
    as,
    of,
    value: value && partsOf(value),
    group: null,
    size: 0,
    withoutFigure: 0,
    position: null,
    tied: 0,
    total: null,
  };
  return { ...declared(program, kpi, { value: null, empty: 'outside' }), evidence };
}

/**
 * Why ranks of a group could still be others although all inputs are complete: a figure that cannot be computed could be
 * any, and so move everybody. Null where all figures are certain.
 */
export function doubtIn(members: readonly (RankedFigure & { isComputed?: boolean })[]): StateReason | null {
  const open = members.filter(({ error, isComputed }) => error !== null || isComputed === false).length;
  if (open > 0) return { code: 'group_open', partners: open };
  return members.find(({ doubt }) => doubt != null)?.doubt ?? null;
}

/** Figures of others are compared again and again while something is supposed of one partner. */
const parsed = new WeakMap<RankedFigure, Fraction | null>();

function figureOfMember(member: RankedFigure): Fraction | null {
  const known = parsed.get(member);
  if (known !== undefined) return known;
  const { numerator, denominator } = member;
  const figure = numerator === null || denominator === null ? null : exactRatio(numerator, denominator);
  parsed.set(member, figure);
  return figure;
}

function keyOf(value: Fraction): string {
  return `${value.s * value.n}/${value.d}`;
}

function standingsOf(known: readonly Fraction[], better: 'higher' | 'lower'): Map<string, Standing> {
  const counts = new Map<string, { value: Fraction; same: number }>();
  for (const value of known) {
    const key = keyOf(value);
    const one = counts.get(key);
    if (one === undefined) counts.set(key, { value, same: 1 });
    else one.same += 1;
  }
  const order = [...counts].sort(([, left], [, right]) =>
    better === 'higher' ? right.value.compare(left.value) : left.value.compare(right.value),
  );
  const standings = new Map<string, Standing>();
  let ahead = 0;
  for (const [key, { same }] of order) {
    standings.set(key, { ahead, same });
    ahead += same;
  }
  return standings;
}

/** Partners with the same figure take up several positions together: the first, the middle or the last of them is theirs. */
function positionOf({ ties = 'best' }: RankDefinition, { ahead, same }: Standing): Fraction {
  if (ties === 'best') return exact(ahead + 1);
  if (ties === 'worst') return exact(ahead + same);
  return exact(2 * ahead + same + 1).div(2);
}

function figureOf(
  program: ProgramDefinition,
  of: { kpi: string; value: Fraction; position: Fraction | null; size: number; total: Fraction | null },
): Pick<Ranked, 'value' | 'empty'> {
  const { rank, unit, round } = program.kpis[of.kpi]!;
  const share = shareOf(rank!, of);
  if (share === null) return { value: null, empty: 'no_base' };
  const figure = rank!.as !== 'position' && unit === 'percent' ? share.mul(100) : share;
  return { value: round === undefined ? figure : roundTo(figure, round), empty: null };
}

/** Null where there is nothing to compare with: of one alone nobody stands behind it, and nothing has no shares. */
function shareOf(
  { as }: RankDefinition,
  {
    value,
    position,
    size,
    total,
  }: { value: Fraction; position: Fraction | null; size: number; total: Fraction | null },
): Fraction | null {
  if (as === 'position') return position!;
  if (as === 'topShare') return position!.div(size);
  if (as === 'percentile')
    return size === 1
      ? null
      : exact(size)
          .sub(position!)
          .div(size - 1);
  if (total!.lte(0)) return null;
  return value.div(total!).mul(as === 'share' ? 1 : size);
}

/** A partner without a rank has the figure that the program declares for that, if it declares one. */
function declared(
  program: ProgramDefinition,
  kpi: string,
  found: Pick<Ranked, 'value' | 'empty'>,
): Pick<Ranked, 'value' | 'empty'> {
  return found.empty === null ? found : { ...found, value: standIn(program.kpis[kpi]!, found.empty) };
}
