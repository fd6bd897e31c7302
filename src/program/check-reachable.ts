import { everySegment, ownFigure, type SegmentKeys } from './by-segment.ts';
import type { Report } from './check.ts';
import type { ProgramDefinition } from './schema.ts';
import type { LadderDefinition, Requirement, TierDefinition } from './schema-ladder.ts';
import { isShareOfRecords } from './score-limits.ts';
import type { PathKey } from './source.ts';
import { type Bound, bounds, reaches, thresholdValue } from './threshold.ts';

interface Comparison {
  kpi: string;
  bound: Bound;
  threshold: string | number;
}

/**
 * Reports tiers that nobody can hold, on no track and in no region: their own requirements contradict each other, or
 * whoever meets them meets those of the next higher tier as well. Only plain comparisons joined by "all" are compared; other
 * forms are taken as reachable.
 */
export function checkReachable(
  report: Report,
  program: ProgramDefinition,
  ladder: LadderDefinition,
  path: PathKey[],
): void {
  const segments = everySegment(program);
  ladder.tiers.forEach((tier, index) => {
    checkKeeping(report, program, { tier, path: [...path, 'tiers', index, 'keepRequirements'] });
    const reasons = segments.map((keys) => unreachable(program, ladder, { index, keys }));
    const [reason] = reasons;
    if (reason === undefined || reasons.includes(undefined)) return;
    report([...path, 'tiers', index], `tier ${tier.label} is unreachable: ${reason}`, path);
  });
}

/** Why nobody of a track and a region can hold a tier; undefined where somebody may. */
function unreachable(
  program: ProgramDefinition,
  ladder: LadderDefinition,
  { index, keys }: { index: number; keys: SegmentKeys },
): string | undefined {
  const own = comparisonsOf(program, ladder.tiers[index]!.requirements, keys);
  if (own === undefined) return undefined;
  const clash = contradiction(program, own);
  if (clash !== undefined) return clash;
  const higher = ladder.tiers[index + 1];
  if (higher === undefined || ladder.hold === 'cumulative') return undefined;
  // Who meets it on the best track need not meet the other on its own.
  if (ladder.tiers[index]!.onBestTrack && !higher.onBestTrack) return undefined;
  const isMore = comparisonsOf(program, higher.requirements, keys)?.every((wanted) =>
    own.some((given) => implies(program, given, wanted)),
  );
  return isMore ? `whoever meets its requirements meets those of ${higher.label}` : undefined;
}

/** Keeping a tier may ask for less than reaching it, or for other figures; who has just reached it must not fall short of it. */
function checkKeeping(
  report: Report,
  program: ProgramDefinition,
  { tier, path }: { tier: TierDefinition; path: PathKey[] },
): void {
  if (tier.keepRequirements === undefined) return;
  if (tier.requirements === undefined) {
    report(
      path,
      `everybody reaches ${tier.label}, which asks for nothing; write them as its requirements`,
      path,
    );
    return;
  }
  const reasons = everySegment(program).map((keys) => keptBadly(program, tier, keys));
  const reason = reasons.find((one) => one !== undefined);
  if (reason !== undefined) report(path, reason, path);
}

/** Why a tier cannot be kept by some of a track and a region who have just reached it. */
function keptBadly(program: ProgramDefinition, tier: TierDefinition, keys: SegmentKeys): string | undefined {
  const own = comparisonsOf(program, tier.requirements, keys);
  const kept = comparisonsOf(program, tier.keepRequirements, keys);
  const clash = kept === undefined ? undefined : contradiction(program, kept);
  if (clash !== undefined) return `nobody can keep ${tier.label}: ${clash}`;
  const harder = kept?.find((wanted) =>
    own?.some((given) => isAlike(given, wanted) && !implies(program, given, wanted)),
  );
  if (harder === undefined) return undefined;
  const given = own!.find((one) => isAlike(one, harder))!;
  return `${tier.label} is reached with ${given.kpi} ${words(given)} and kept only with ${words(harder)}; ask for less to keep it`;
}

function isAlike(left: Comparison, right: Comparison): boolean {
  return left.kpi === right.kpi && isFloor(left.bound) === isFloor(right.bound);
}

/** The comparisons of a tier if they are joined by "all" only; undefined for anything richer. */
function comparisonsOf(
  program: ProgramDefinition,
  requirements: TierDefinition['requirements'],
  keys: SegmentKeys,
): Comparison[] | undefined {
  const found: Comparison[] = [];
  const collect = (requirement: Requirement): boolean => {
    if (requirement.all !== undefined) return requirement.all.every(collect);
    const bound = bounds.find((one) => requirement[one] !== undefined);
    if (requirement.kpi === undefined || bound === undefined) return false;
    const threshold = ownFigure(program, requirement[bound]!, keys);
    if (threshold === undefined) return false;
    found.push({ kpi: requirement.kpi, bound, threshold });
    return true;
  };
  return [requirements ?? []].flat().every(collect) ? found : undefined;
}

function contradiction(program: ProgramDefinition, comparisons: readonly Comparison[]): string | undefined {
  for (const comparison of comparisons) {
    const limit = highestValue(program, comparison);
    if (limit !== undefined) return limit;
    const against = comparisons.find(
      (other) => other.kpi === comparison.kpi && excludes(program, comparison, other),
    );
    if (against !== undefined) {
      return `${comparison.kpi} cannot be ${words(comparison)} and ${words(against)} at once`;
    }
  }
  return undefined;
}

/** A share of records never passes 100 percent. */
function highestValue(program: ProgramDefinition, { kpi, bound, threshold }: Comparison): string | undefined {
  const definition = program.kpis[kpi];
  if (definition?.unit !== 'percent' || !isShareOfRecords(definition)) return undefined;
  const value = thresholdValue(program, threshold);
  const isTooHigh = (bound === 'atLeast' && value?.gt(100)) || (bound === 'moreThan' && value?.gte(100));
  return isTooHigh ? `${kpi} is at most 100 percent` : undefined;
}

/** Whether a value that reaches `lower` can never reach `upper`. */
function excludes(program: ProgramDefinition, lower: Comparison, upper: Comparison): boolean {
  if (!isFloor(lower.bound) || isFloor(upper.bound)) return false;
  const [low, high] = [thresholdValue(program, lower.threshold), thresholdValue(program, upper.threshold)];
  if (low === undefined || high === undefined) return false;
  const bothInclusive = lower.bound === 'atLeast' && upper.bound === 'atMost';
  return bothInclusive ? low.gt(high) : low.gte(high);
}

/** Whether every value that satisfies `given` satisfies `wanted`. */
function implies(program: ProgramDefinition, given: Comparison, wanted: Comparison): boolean {
  if (given.kpi !== wanted.kpi || isFloor(given.bound) !== isFloor(wanted.bound)) return false;
  const [have, need] = [thresholdValue(program, given.threshold), thresholdValue(program, wanted.threshold)];
  if (have === undefined || need === undefined) return false;
  if (have.equals(need))
    return given.bound === wanted.bound || wanted.bound === 'atLeast' || wanted.bound === 'atMost';
  return reaches(have, wanted.bound, need);
}

function isFloor(bound: Bound): boolean {
  return bound === 'atLeast' || bound === 'moreThan';
}

function words({ bound, threshold }: Comparison): string {
  const names = { atLeast: 'at least', moreThan: 'more than', atMost: 'at most', lessThan: 'less than' };
  return `${names[bound]} ${threshold}`;
}
