import { pathsOfFilter } from '../program/filter-paths.ts';
import type { Program } from '../program/load.ts';
import { type LadderDefinition, type Requirement, requirementsOf } from '../program/schema-ladder.ts';
import type { FactInputs } from './fact-evidence.ts';
import { recompare, tierEvidence, truth } from './requirement.ts';
import type {
  Evidence,
  KpiInput,
  PartnerFacts,
  RequirementEvidence,
  RequirementTree,
  TierEvidence,
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
}): Evidence {
  const { program, ladder, partner, asOf, facts } = input;
  const waivers = inForce(input.waivers ?? [], asOf);
  const used = new Map(input.kpis.map((kpi) => [kpi.kpi, kpi]));
  const rank = ladder.tiers.findIndex(({ key }) => key === input.held);
  const tiers = ladder.tiers.map((tier, index) =>
    tierEvidence({ program, kpis: used, partner, facts, waivers, asOf }, tier, index <= rank),
  );
  const asked = new Set(tiers.flatMap((tier) => tier.requirements.map(({ kpi }) => kpi)));
  const kpis = input.kpis.filter(({ kpi }) => asked.has(kpi));
  return {
    program: program.name,
    programVersion: program.version,
    programHash: program.hash,
    ladder: ladder.key,
    asOf,
    hold: ladder.hold,
    tiers,
    computedTier: held(tiers, ladder.hold, ({ holds }) => holds),
    ceilingTier: held(tiers, ladder.hold, ({ couldHold }) => couldHold),
    kpis,
    partner: readFacts(ladder, partner),
    inputsCompleteTo: earliest(kpis.map(({ inputsCompleteTo }) => inputsCompleteTo)),
  };
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

/** The attributes that the requirements read: evidence keeps these and no more of the partner. */
function readFacts(ladder: LadderDefinition, partner: PartnerFacts): PartnerFacts {
  const names = new Set(ladder.tiers.flatMap(requirementsOf).flatMap(factsOf));
  return Object.fromEntries([...names].sort().map((name) => [name, partner[name] ?? null]));
}

function factsOf(requirement: Requirement): string[] {
  const { all = [], any: anyOf = [], atLeastOf, not, partner } = requirement;
  const inner = [...all, ...anyOf, ...(atLeastOf?.of ?? []), ...(not === undefined ? [] : [not])];
  return [...(partner === undefined ? [] : pathsOfFilter(partner)), ...inner.flatMap(factsOf)];
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
  return held(evidence.tiers, evidence.hold, (tier) => {
    return truth(tier.tree, (leaf) => recompare(tier.requirements[leaf]!)) === true;
  });
}

function earliest(instants: readonly (string | null)[]): string | null {
  return instants.reduce(
    (first, one) => (one !== null && (first === null || one < first) ? one : first),
    null,
  );
}

/** Requirements that keep a tier from holding: unmet or pending, in a branch that does not hold without them. */
export function missingFor(tier: TierEvidence | undefined): TierEvidence['requirements'] {
  if (tier === undefined || tier.holds) return [];
  return openLeaves(tier, tier.tree).map((leaf) => tier.requirements[leaf]!);
}

function openLeaves(tier: TierEvidence, tree: RequirementTree): number[] {
  if (truthOf(tier, tree)) return [];
  if ('leaf' in tree) return [tree.leaf];
  const branches = 'all' in tree ? tree.all : 'any' in tree ? tree.any : tree.of;
  return branches.flatMap((branch) => openLeaves(tier, branch));
}

/** Whether a branch of a tier's requirements holds as things are. */
export function truthOf(tier: TierEvidence, tree: RequirementTree): boolean {
  return truth(tree, (leaf) => isSatisfied(tier.requirements[leaf]!)) === true;
}

function isSatisfied({ state }: RequirementEvidence): boolean {
  return state === 'met' || state === 'waived';
}

/** The requirements of which one alone would be enough to reach the tier. */
export function enoughAlone(tier: TierEvidence | undefined): string[] {
  if (tier === undefined || tier.holds) return [];
  const isEnough = (index: number) =>
    truth(tier.tree, (leaf) => leaf === index || isSatisfied(tier.requirements[leaf]!)) === true;
  return tier.requirements.filter((one, index) => !isSatisfied(one) && isEnough(index)).map(({ id }) => id);
}
