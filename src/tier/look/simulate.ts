import { TierlinkError } from '../../errors.ts';
import { dayOf } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import { calendarFor } from '../../program/review-calendar.ts';
import { ranksInOrder, withPartsOf } from '../../program/score-parts.ts';
import { programOn } from '../../program/versions.ts';
import type { Executor } from '../../store/store.ts';
import { waitingWords } from '../company/company-waits.ts';
import { peersOf } from '../company/peers.ts';
import { computeTier, kpisOfEvidence } from '../computed.ts';
import { activeOverride } from '../evaluate.ts';
import { evaluatePartner, mainOutcome } from '../evaluate-partner.ts';
import { presentEvidence } from '../explain/present.ts';
import { outlookOf } from '../explain/summary.ts';
import { hasTiers, ladderOf, noLadderReason } from '../ladder-of.ts';
import { loadInputs, type PartnerInputs } from '../load.ts';
import { startOf } from '../method/method-inputs.ts';
import { prospectOf } from '../method/prospect.ts';
import type { Decision, Evidence, RequirementEvidence, TierEvidence, TierState } from '../types.ts';
import { type SupposedInput, supposedKpis, supposedPartner, withChanges } from './changed-inputs.ts';

/** One side of a simulation: what the rules give and what they would do with the tier today. */
export interface SimulatedSide {
  ladder: string | null;
  evidence: Evidence | null;
  /** The standing after an evaluation today; null on no ladder, and while it waits for its company. */
  state: TierState | null;
  /** The decision that the evaluation would make, of several the last one; null where it would decide nothing. */
  decision: Pick<Decision, 'movement' | 'status' | 'toTier'> | null;
  /** What happens to the tier next. */
  prospect: string[];
}

export interface Simulation {
  partnerId: string;
  name: string | null;
  asOf: string;
  /** Key of the tier in force. */
  inForce: string | null;
  before: SimulatedSide;
  after: SimulatedSide;
  /** What the next tier asks for with the changes, or the highest; null on no ladder. */
  tier: TierEvidence | null;
  /** Its requirements without the changes, in the same order; null each on another ladder. */
  requirementsBefore: (RequirementEvidence | null)[];
  /** KPIs that are supposed and on which no tier rests, so that they change nothing. */
  unasked: UnaskedKpi[];
}

/** Names of a KPI, and of those of regions in whose stead it may have been meant. */
export interface UnaskedKpi {
  label: string;
  instead: string[];
}

export interface SimulationRequest {
  program: Program;
  partnerId: string;
  changes: readonly SupposedInput[];
  now: number;
}

/**
 * What the evaluation of today would say of a partner if some of its inputs were others. Stores nothing. Null when the
 * partner is not in the program. Throws SIMULATION_INVALID, and TIER_NONE where the program has no tiers.
 */
export async function simulateTier(
  executor: Executor,
  { program: file, partnerId, changes, now }: SimulationRequest,
): Promise<Simulation | null> {
  const asOf = dayOf(now, file.timeZone);
  const program = await programOn(executor, file, { day: asOf, now });
  const [inputs] = await loadInputs(executor, { program, partners: [partnerId], now });
  if (inputs === undefined) return null;
  const name = typeof inputs.partner.name === 'string' ? inputs.partner.name : null;
  if (!hasTiers(program)) {
    const because = noLadderReason(program, inputs.partner);
    throw new TierlinkError('TIER_NONE', { program: program.name, partner: name ?? partnerId, because });
  }
  const partners = [inputs.partner, supposedPartner(program, inputs, changes)];
  const peers = await peersOf(executor, program, { ranks: ranksInOrder(program), partners });
  const changed = withChanges(program, inputs, { changes, peers, day: asOf });
  const side = async (own: PartnerInputs) => {
    const found = sideOf(program, own, asOf);
    return found.state === null
      ? await waitingSide(executor, program, { side: found, inputs: own, now })
      : found;
  };
  const [before, after] = [await side(inputs), await side(changed)];
  const open = inputs.states.find((one) => one.ladder === before.ladder && !one.isClosed);
  return {
    partnerId,
    name,
    asOf,
    inForce: open?.state.tier ?? null,
    before,
    after,
    ...requirementsOf(before, after),
    unasked: unaskedOf(program, changes),
  };
}

/** A tier on the best region asks for figures by region, and not for that of all of them. */
function unaskedOf(program: Program, changes: readonly SupposedInput[]): UnaskedKpi[] {
  const asked = new Set(withPartsOf(program, [...kpisOfEvidence(program)]));
  return supposedKpis(program, changes)
    .filter((kpi) => !asked.has(kpi))
    .map((kpi) => ({
      label: program.kpis[kpi]!.label,
      instead: [...asked].flatMap((one) => {
        const { label, regional } = program.kpis[one]!;
        return regional?.of === kpi ? [label] : [];
      }),
    }));
}

function sideOf(program: Program, inputs: PartnerInputs, asOf: string): SimulatedSide {
  const ladder = ladderOf(program, inputs.partner);
  const undecided = {
    ladder: ladder?.key ?? null,
    evidence: null,
    state: null,
    decision: null,
    prospect: [],
  };
  if (ladder === null) return undecided;
  const { partner, kpis } = inputs;
  const open = inputs.states.find((one) => one.ladder === ladder.key && !one.isClosed);
  const waivers = inputs.waivers.filter((one) => one.ladder === ladder.key);
  const held = open?.state.tier ?? null;
  const outcome = mainOutcome(evaluatePartner(program, inputs, asOf));
  if (outcome === undefined) return undecided;
  const { state: write, holdings } = outcome;
  const { facts } = inputs;
  const evidence =
    outcome.evidence.inherited === undefined
      ? computeTier({
          program,
          ladder,
          kpis,
          partner,
          asOf,
          held,
          facts,
          waivers,
          holdings,
          spells: inputs.spells,
        })
      : outcome.evidence;
  const { state } = write;
  const own = inputs.overrides.filter((one) => one.ladder === ladder.key);
  const override = activeOverride(own, asOf);
  const calendar = calendarFor(program, ladder.movement, { partner, since: state.since });
  const future = { calendar, startedOn: startOf({ partner }), ladder, state, evidence, override };
  const prospect = prospectOf({ ...future, isEvaluated: true });
  const decision = outcome.decisions.at(-1)?.decision ?? null;
  return { ladder: ladder.key, evidence, state, decision, prospect };
}

/** A partner that waits for its company is not evaluated; it is said for which one, and for what that waits. */
async function waitingSide(
  executor: Executor,
  program: Program,
  { side, inputs, now }: { side: SimulatedSide; inputs: PartnerInputs; now: number },
): Promise<SimulatedSide> {
  const asOf = dayOf(now, program.timeZone);
  const present = presentEvidence(program, inputs, asOf).find(({ ladder }) => ladder.key === side.ladder);
  if (present === undefined) return side;
  const waits = await waitingWords(executor, program, { present, inputs, now });
  return { ...side, evidence: present.evidence, prospect: waits?.forColleagues ?? [] };
}

function requirementsOf(
  before: SimulatedSide,
  { evidence, state, ladder }: SimulatedSide,
): Pick<Simulation, 'tier' | 'requirementsBefore'> {
  if (evidence === null || state === null) return { tier: null, requirementsBefore: [] };
  const tier = outlookOf(evidence, state).tier ?? evidence.tiers.at(-1)!;
  const old =
    before.ladder === ladder ? before.evidence?.tiers.find((one) => one.tier === tier.tier) : undefined;
  const requirementsBefore = tier.requirements.map(
    ({ id }) => old?.requirements.find((one) => one.id === id) ?? null,
  );
  return { tier, requirementsBefore };
}
