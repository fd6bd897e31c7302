import { isDeepStrictEqual } from 'node:util';
import { everySegment } from '../by-segment.ts';
import { kpisOfRequirements } from '../requirement-leaves.ts';
import { type LadderDefinition, requirementsOf, type TierDefinition } from '../schema/ladder.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import { isFloor } from '../threshold.ts';
import { together, type Way, type Ways, waysOf } from '../ways.ts';
import type { Report } from './check.ts';
import { boundWords, type Comparison, comparisonOf, type Grounds, impliesComparison } from './clash.ts';
import { closed, isWithin, judge, reportDeadEnds } from './dead-ends.ts';
import { whoFilters } from './who.ts';

/** A ladder, where it stands, and whether all scores of the program are sound. */
export interface LadderAt {
  ladder: LadderDefinition;
  path: PathKey[];
  areScoresWhole: boolean;
}

/**
 * Reports tiers that nobody can hold, on no track and in no region: there is no way to meet their requirements, or whoever
 * meets them meets those of a higher tier as well. Warns of alternatives that help nobody. What is not certain is not told.
 */
export function checkReachable(report: Report, program: ProgramDefinition, at: LadderAt): void {
  const { ladder, path, areScoresWhole } = at;
  const grounds = everySegment(program).map((keys) => ({ program, keys, areScoresWhole }));
  const asked = kpisOfRequirements(ladder.tiers.flatMap(requirementsOf));
  const kpis = asked.map((kpi): PathKey[] => ['kpis', kpi]);
  ladder.tiers.forEach((tier, index) => {
    const tierPath = [...path, 'tiers', index];
    const judged = judge(
      grounds,
      withWho(ladder, waysOf(tier.requirements, [...tierPath, 'requirements']).ways),
    );
    const reason = closed(judged) ?? closedBelow(grounds, at, index) ?? swallowed(grounds, at, index);
    if (reason !== undefined)
      report(
        'PROGRAM_UNREACHABLE_TIER',
        tierPath,
        `tier ${tier.label} is unreachable: ${reason}`,
        path,
        ...kpis,
      );
    else reportDeadEnds(report, judged, [path, ...kpis]);
    checkKeeping(report, grounds, { tier, ladder, path: tierPath, restsOn: [path, ...kpis] });
  });
}

/** Who is on the ladder of a company is asked of each of its partners, and the requirements of the company. */
function withWho(ladder: LadderDefinition, ways: readonly Way[]): Way[] {
  if (ladder.heldBy === 'company') return [...ways];
  const who = whoFilters(ladder).map((partner) => ({ partner }));
  return ways.map(({ leaves, taken }) => ({ leaves: [...leaves, ...who], taken }));
}

/** Whether it is judged on another track, or in another region, than the partner's own. */
function isChosen({ onBestTrack, onBestRegion }: TierDefinition): boolean {
  return onBestTrack === true || onBestRegion === true;
}

/** A tier of a cumulative ladder asks for what the tiers below it ask for as well, to reach them or to keep them. */
function closedBelow(grounds: readonly Grounds[], at: LadderAt, index: number): string | undefined {
  const { ladder, path } = at;
  const tiers = ladder.tiers.slice(0, index + 1);
  if (ladder.hold !== 'cumulative' || index === 0 || tiers.some(isChosen)) return undefined;
  const asked = tiers.map(({ requirements, keepRequirements }, position): Ways => {
    const own = waysOf(requirements, [...path, 'tiers', position, 'requirements']);
    if (position === index || keepRequirements === undefined) return own;
    const kept = waysOf(keepRequirements, []);
    return { ways: [...own.ways, ...kept.ways], areWhole: own.areWhole && kept.areWhole };
  });
  // Tiers that are closed themselves are told already.
  if (asked.slice(0, -1).some(({ ways }) => closed(judge(grounds, ways)) !== undefined)) return undefined;
  const reason = closed(judge(grounds, withWho(ladder, together(asked).ways)));
  return reason === undefined
    ? undefined
    : `it asks for what the tiers below it ask for as well, and ${reason}`;
}

/**
 * Whoever meets the requirements meets those of a higher tier too. Where tiers are climbed in steps it is held on the way; where
 * keeping it asks for something else, by partners that fall from a higher one.
 */
function swallowed(
  grounds: readonly Grounds[],
  { ladder, path }: LadderAt,
  index: number,
): string | undefined {
  if (ladder.hold === 'cumulative' || ladder.movement.stepsUp !== undefined) return undefined;
  const tier = ladder.tiers[index]!;
  if (tier.keepRequirements !== undefined) return undefined;
  const own = waysOf(tier.requirements, path);
  const higher = ladder.tiers.slice(index + 1).find((one) => {
    // Who meets it on the best track, or in the best region, need not meet the other on its own.
    if ((tier.onBestTrack && !one.onBestTrack) || (tier.onBestRegion && !one.onBestRegion)) return false;
    // Who holds it is asked what keeps it, and may fall to this one.
    const asked = [one.requirements, one.keepRequirements ?? one.requirements];
    return asked.every((all) => isWithin(grounds, own, waysOf(all, path)));
  });
  return higher === undefined ? undefined : `whoever meets its requirements meets those of ${higher.label}`;
}

interface TierAt {
  tier: TierDefinition;
  ladder: LadderDefinition;
  path: PathKey[];
  restsOn: PathKey[][];
}

/** Keeping a tier may ask for less than reaching it, or for other figures; who has just reached it must not fall short of it. */
function checkKeeping(
  report: Report,
  grounds: readonly Grounds[],
  { tier, ladder, path, restsOn }: TierAt,
): void {
  if (tier.keepRequirements === undefined) return;
  const at = [...path, 'keepRequirements'];
  if (tier.requirements === undefined) {
    const reason = `everybody reaches ${tier.label}, which asks for nothing; write them as its requirements`;
    report('PROGRAM_KEPT_HARDER', at, reason, ...restsOn);
    return;
  }
  const kept = judge(grounds, withWho(ladder, waysOf(tier.keepRequirements, at).ways));
  const reason = closed(kept);
  const harder = grounds.map((on) => keptHarder(on, tier)).find((one) => one !== undefined);
  if (reason !== undefined)
    report('PROGRAM_UNREACHABLE_TIER', at, `nobody can keep ${tier.label}: ${reason}`, ...restsOn);
  else if (harder !== undefined) report('PROGRAM_KEPT_HARDER', at, harder, ...restsOn);
  else reportDeadEnds(report, kept, restsOn);
}

/** What some who have just reached a tier of a single way fall short of. */
function keptHarder(on: Grounds, tier: TierDefinition): string | undefined {
  const [own, kept] = [tier.requirements, tier.keepRequirements].map((asked) => comparisonsOf(on, asked));
  const isAlike = (left: Comparison, right: Comparison) =>
    left.kpi === right.kpi && isFloor(left.bound) === isFloor(right.bound);
  for (const wanted of kept ?? []) {
    const alike = own?.filter((given) => isAlike(given, wanted)) ?? [];
    if (alike.some((one) => differInParts(one, wanted))) continue;
    const strictest = alike.find((one) => alike.every((other) => impliesComparison(on, one, other)));
    if (strictest === undefined || impliesComparison(on, strictest, wanted)) continue;
    return `${tier.label} is reached with ${wanted.kpi} ${boundWords(strictest)} and kept only with ${boundWords(wanted)}; ask for less to keep it`;
  }
  return undefined;
}

/** New partners are asked for parts of both that go by different months, so that either may be the larger one. */
function differInParts({ prorated }: Comparison, wanted: Comparison): boolean {
  return prorated && wanted.prorated ? !isDeepStrictEqual(prorated, wanted.prorated) : false;
}

/** The comparisons of requirements that are met in one way, and by figures alone. */
function comparisonsOf(on: Grounds, asked: TierDefinition['requirements']): Comparison[] | undefined {
  const [way, ...others] = waysOf(asked, []).ways;
  const found = way!.leaves.flatMap((leaf) => comparisonOf(on, leaf) ?? []);
  return others.length === 0 && found.length === way!.leaves.length ? found : undefined;
}
