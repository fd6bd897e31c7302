import { earliest } from '../kpi/earliest.ts';
import { type Dimension, dimensions } from '../program/by-segment.ts';
import type { Program } from '../program/load.ts';
import { rememberedWith } from '../program/remembered.ts';
import { attributesOfRequirements, boundsOf, kpisOfRequirements } from '../program/requirement-leaves.ts';
import { type LadderDefinition, requirementsOf } from '../program/schema/ladder.ts';
import { anniversaryAttribute } from '../program/schema/movement.ts';
import { attributesBehind, segmentsOfScore, withPartsOf } from '../program/score-parts.ts';
import { segmentsRead } from '../program/segments-read.ts';
import { tierInBestRegion } from './best-region.ts';
import { tierOnBestTrack } from './best-track.ts';
import type { FactInputs } from './explain/fact-evidence.ts';
import { keptTrack } from './kept-track.ts';
import { recompare, tierEvidence, truth } from './requirement.ts';
import { segmentsOf } from './segments.ts';
import type {
  Evidence,
  Holding,
  KpiInput,
  PartnerFacts,
  Segment,
  TierEvidence,
  TierSpells,
  Waiver,
} from './types.ts';

/** Finds the tier that a partner earns today, with everything that says so. */
export function computeTier(input: {
  program: Program;
  ladder: LadderDefinition;
  kpis: readonly KpiInput[];
  partner: PartnerFacts;
  asOf: string;
  /** The tier in force, by which a tier is to be reached or to be kept; null for none. */
  held: string | null;
  /** (Default: none) */
  facts?: FactInputs | undefined;
  /** (Default: none) */
  waivers?: readonly Waiver[] | undefined;
  /** What the partner holds on ladders that were decided before this one. (Default: nothing) */
  holdings?: ReadonlyMap<string, Holding> | undefined;
  /** What it held there before, where rules look back on that. (Default: nothing is recorded) */
  spells?: ReadonlyMap<string, TierSpells> | undefined;
}): Evidence {
  const { program, ladder, partner, asOf, facts, holdings, spells } = input;
  const waivers = inForce(input.waivers ?? [], asOf);
  const used = new Map(input.kpis.map((kpi) => [kpi.kpi, kpi]));
  const segments = segmentsOf({ program, kpis: used, partner });
  const rank = ladder.tiers.findIndex(({ key }) => key === input.held);
  const inputs = { program, kpis: used, partner, segments, facts, waivers, holdings, spells, asOf };
  const tiers = ladder.tiers.map((tier, index) => {
    const judge =
      tier.inRegions === undefined ? (tier.onBestTrack ? tierOnBestTrack : tierEvidence) : tierInBestRegion;
    return judge(inputs, tier, index <= rank);
  });
  const read = readBy(program, ladder);
  const kpis = input.kpis.filter(({ kpi }) => read.kpis.has(kpi));
  return {
    program: program.name,
    programVersion: program.version,
    programHash: program.hash,
    ladder: ladder.key,
    ...(ladder.beside ? { beside: true } : {}),
    asOf,
    hold: ladder.hold,
    tiers,
    computedTier: held(tiers, ladder.hold, ({ holds }) => holds),
    ceilingTier: held(tiers, ladder.hold, ({ couldHold }) => couldHold),
    kpis,
    partner: Object.fromEntries(read.attributes.map((name) => [name, partner[name] ?? null])),
    ...Object.fromEntries(read.dimensions.map((dimension) => [dimension, segments[dimension].key])),
    ...(read.dimensions.includes('track') ? keptOf(program, { partner, track: segments.track }) : {}),
    inputsCompleteTo: earliest(kpis.map(({ inputsCompleteTo }) => inputsCompleteTo)),
  };
}

/** Where the partner's track is one that it was given, since when and until when. */
export function keptOf(
  program: Program,
  { partner, track }: { partner: PartnerFacts; track: Segment },
): Pick<Evidence, 'trackKept'> {
  const kept = keptTrack(program, partner);
  if (kept === null || (kept.isOver && track.isCertain)) return {};
  return { trackKept: { since: kept.since, until: kept.until } };
}

/** What the requirements rest on, parts of scores included: evidence keeps this and no more. */
const readBy = rememberedWith((program: Program, ladder: LadderDefinition): LadderReads => {
  const requirements = ladder.tiers.flatMap(requirementsOf);
  const asked = segmentsRead(program, boundsOf(requirements));
  const kpis = withPartsOf(program, kpisOfRequirements([...requirements, ...asked.conditions]));
  const reviewed = anniversaryAttribute(ladder.movement);
  const own = [
    ...attributesOfRequirements(requirements),
    ...asked.attributes,
    ...(reviewed === null ? [] : [reviewed]),
  ];
  const scores = kpis.flatMap((kpi) => program.kpis[kpi]!.score ?? []);
  const read = [asked, ...scores.map((score) => segmentsOfScore(program, score))];
  return {
    kpis: new Set(kpis),
    attributes: [...new Set([...own, ...kpis.flatMap((kpi) => attributesBehind(program, kpi))])].sort(),
    dimensions: dimensions.filter((one) => read.some((each) => each.dimensions.has(one))),
  };
});

/** The KPIs that decisions on the ladders of a program rest on: no other figures are needed to make them. */
export function kpisOfEvidence(program: Program): ReadonlySet<string> {
  return new Set(program.ladders.flatMap((ladder) => [...readBy(program, ladder).kpis]));
}

interface LadderReads {
  kpis: ReadonlySet<string>;
  attributes: readonly string[];
  dimensions: readonly Dimension[];
}

/** The exceptions that hold on a day. */
export function inForce<E extends Pick<Waiver, 'fromOn' | 'untilOn' | 'endedOn'>>(
  all: readonly E[],
  asOf: string,
): E[] {
  return all.filter(
    ({ fromOn, untilOn, endedOn }) =>
      fromOn <= asOf && asOf <= untilOn && (endedOn === null || asOf < endedOn),
  );
}

/** highest: the highest tier that holds. cumulative: the last one up to which every tier holds. */
function held(
  tiers: readonly TierEvidence[],
  hold: Evidence['hold'],
  holds: (tier: TierEvidence) => boolean,
): string | null {
  if (hold === 'highest') return tiers.findLast(holds)?.tier ?? null;
  const broken = tiers.findIndex((tier) => !holds(tier));
  return (broken === -1 ? tiers.at(-1) : tiers[broken - 1])?.tier ?? null;
}

/** Decides the tier again from stored evidence alone: comparisons, joining, choice. Equal to evidence.computedTier. */
export function recomputeDecision(evidence: Evidence): string | null {
  // It rests on the decision about the company alone.
  if (evidence.inherited !== undefined) return evidence.computedTier;
  return held(evidence.tiers, evidence.hold, (tier) => {
    return truth(tier.tree, (leaf) => recompare(tier.requirements[leaf]!)) === true;
  });
}
