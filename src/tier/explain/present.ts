import { ladderNeeds } from '../../program/ladder-order.ts';
import type { Program } from '../../program/load.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import type { Holder } from '../company/company.ts';
import { type DecidedHolder, inheritedEvidence } from '../company/inherit.ts';
import { computeTier } from '../computed.ts';
import { mayReachOf } from '../evaluate.ts';
import { holderOn } from '../evaluate-partner.ts';
import { type Holdings, holdingAfter } from '../holdings.ts';
import { type Decided, decideGroup, withThoseAsking } from '../ladder-group.ts';
import { ladderGroupsOf } from '../ladder-of.ts';
import type { PartnerInputs } from '../load.ts';
import { better } from '../merge.ts';
import type { Evidence, TierState } from '../types.ts';

/** Where a partner stands on a ladder, and what its figures of today say. */
export interface Present {
  ladder: LadderDefinition;
  /** In force, with those of partners that were merged into it; null before the first evaluation. */
  state: TierState | null;
  evidence: Evidence;
  /** What it holds on the ladders that are decided before, or together with this one. */
  holdings: Holdings;
  /** Whose tier it has; undefined for its own. */
  holder: DecidedHolder | undefined;
  /** What has to be decided before anything is here; undefined where nothing has. */
  waitsFor: WaitsFor | undefined;
}

/** A company of which nothing is decided yet, on the ladder that it holds. */
export interface WaitsFor {
  holder: Holder;
  ladder: LadderDefinition;
}

/**
 * What the figures of today say on each ladder that a partner is on. Of other ladders it sees what is in force, so that
 * looking never runs ahead of the evaluation.
 */
export function presentEvidence(program: Program, inputs: PartnerInputs, asOf: string): Present[] {
  const holdings: Holdings = new Map();
  const waiting = new Map<string, WaitsFor>();
  return ladderGroupsOf(program, inputs.partner).flatMap((group): Present[] => {
    noteWaiting(program, { group, inputs, asOf, waiting });
    const decided = decideGroup({
      group,
      known: holdings,
      start: (ladder) => stateOn(inputs, ladder)?.tier ?? null,
      decide: (ladder, seen) => presentOn(program, inputs, { ladder, asOf, seen, waiting }),
    });
    for (const [ladder, { holding }] of decided) holdings.set(ladder.key, holding);
    return [...decided.values()].map(({ outcome }) => outcome);
  });
}

/** Notes which ladders of a group wait for a company, or ask for one that does. */
function noteWaiting(
  program: Program,
  of: {
    group: readonly LadderDefinition[];
    inputs: PartnerInputs;
    asOf: string;
    waiting: Map<string, WaitsFor>;
  },
): void {
  const { group, inputs, asOf, waiting } = of;
  for (const ladder of group) {
    const holder = holderOn(inputs, ladder, asOf);
    if (holder?.state === null) waiting.set(ladder.key, { holder, ladder });
  }
  const behind = withThoseAsking(program.ladders, group, new Set(waiting.keys()));
  for (let left = group.filter(({ key }) => behind.has(key) && !waiting.has(key)); left.length > 0; ) {
    for (const ladder of left) {
      const first = ladderNeeds(program.ladders, ladder).flatMap((key) => waiting.get(key) ?? [])[0];
      if (first !== undefined) waiting.set(ladder.key, first);
    }
    left = left.filter(({ key }) => !waiting.has(key));
  }
}

function presentOn(
  program: Program,
  inputs: PartnerInputs,
  of: {
    ladder: LadderDefinition;
    asOf: string;
    seen: Holdings;
    waiting: ReadonlyMap<string, WaitsFor>;
  },
): Decided<Present> {
  const { ladder, asOf, seen } = of;
  const holder = holderOn(inputs, ladder, asOf);
  const waitsFor = of.waiting.get(ladder.key);
  const state = stateOn(inputs, ladder);
  const place = { ladder, state, holdings: seen, waitsFor };
  if (holder?.state === null) {
    const evidence = inheritedEvidence(program, { ladder, asOf, holder });
    return { outcome: { ...place, evidence, holder: undefined }, holding: holdingAfter(ladder, null, state) };
  }
  if (holder?.state) {
    const decided = holder as DecidedHolder;
    const evidence = inheritedEvidence(program, { ladder, asOf, holder: decided });
    const holding = holdingAfter(ladder, decided.state.mayReach, state ?? decided.state);
    return { outcome: { ...place, evidence, holder: decided }, holding };
  }
  const { partner, kpis, facts, spells } = inputs;
  const held = state?.tier ?? null;
  const waivers = inputs.waivers.filter((one) => one.ladder === ladder.key);
  const rules = { program, ladder, kpis, partner, asOf, facts, waivers, holdings: seen, spells };
  const evidence = computeTier({ ...rules, held });
  const tier = state === null ? evidence.computedTier : state.tier;
  const holding = holdingAfter(ladder, mayReachOf(evidence), { tier });
  return { outcome: { ...place, evidence, holder: undefined }, holding };
}

function stateOn({ states, absorbed }: PartnerInputs, ladder: LadderDefinition): TierState | null {
  const open = states.find((one) => one.ladder === ladder.key && !one.isClosed)?.state ?? null;
  const taken = absorbed.filter((one) => one.ladder === ladder.key).map((one) => one.state);
  return taken.reduce<TierState | null>((best, other) => better(ladder, best, other), open);
}
