import { ladderNeeds } from '../program/ladder-order.ts';
import type { Program } from '../program/load.ts';
import type { LadderDefinition } from '../program/schema-ladder.ts';
import type { Holder } from './company.ts';
import { computeTier } from './computed.ts';
import { mayReachOf } from './evaluate.ts';
import { holderOn } from './evaluate-partner.ts';
import { type Holdings, holdingAfter } from './holdings.ts';
import { type DecidedHolder, inheritedEvidence } from './inherit.ts';
import { laddersOf } from './ladder-of.ts';
import type { PartnerInputs } from './load.ts';
import { better } from './merge.ts';
import type { Evidence, TierState } from './types.ts';

/** Where a partner stands on a ladder, and what its figures of today say. */
export interface Present {
  ladder: LadderDefinition;
  /** In force, with those of partners that were merged into it; null before the first evaluation. */
  state: TierState | null;
  evidence: Evidence;
  /** What it holds on the ladders that are decided before. */
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
  const { partner, kpis, facts, spells } = inputs;
  const holdings: Holdings = new Map();
  const waiting = new Map<string, WaitsFor>();
  return laddersOf(program, partner).map((ladder): Present => {
    const holder = holderOn(inputs, ladder, asOf);
    if (holder?.state === null) {
      const state = stateOn(inputs, ladder);
      const waitsFor = { holder, ladder };
      waiting.set(ladder.key, waitsFor);
      holdings.set(ladder.key, holdingAfter(ladder, null, state));
      const evidence = inheritedEvidence(program, { ladder, asOf, holder });
      return { ladder, state, evidence, holdings: new Map(holdings), holder: undefined, waitsFor };
    }
    if (holder?.state) {
      const decided = holder as DecidedHolder;
      const evidence = inheritedEvidence(program, { ladder, asOf, holder: decided });
      const state = stateOn(inputs, ladder);
      const inForce = state ?? decided.state;
      holdings.set(ladder.key, holdingAfter(ladder, decided.state.mayReach, inForce));
      return { ladder, state, evidence, holdings: new Map(holdings), holder: decided, waitsFor: undefined };
    }
    const waitsFor = ladderNeeds(program.ladders, ladder).flatMap((key) => waiting.get(key) ?? [])[0];
    if (waitsFor !== undefined) waiting.set(ladder.key, waitsFor);
    const seen = new Map(holdings);
    const state = stateOn(inputs, ladder);
    const held = state?.tier ?? null;
    const waivers = inputs.waivers.filter((one) => one.ladder === ladder.key);
    const rules = { program, ladder, kpis, partner, asOf, facts, waivers, holdings: seen, spells };
    const evidence = computeTier({ ...rules, held });
    const tier = state === null ? evidence.computedTier : state.tier;
    holdings.set(ladder.key, holdingAfter(ladder, mayReachOf(evidence), { tier }));
    return { ladder, state, evidence, holdings: seen, holder: undefined, waitsFor };
  });
}

function stateOn({ states, absorbed }: PartnerInputs, ladder: LadderDefinition): TierState | null {
  const open = states.find((one) => one.ladder === ladder.key && !one.isClosed)?.state ?? null;
  const taken = absorbed.filter((one) => one.ladder === ladder.key).map((one) => one.state);
  return taken.reduce<TierState | null>((best, other) => better(ladder, best, other), open);
}
