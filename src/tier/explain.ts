import { TierlinkError } from '../errors.ts';
import { type KpiRecord, kpiRecords } from '../kpi/records.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { LadderDefinition } from '../program/schema-ladder.ts';
import type { Executor } from '../store/store.ts';
import { enoughAlone } from './computed.ts';
import { evaluate } from './evaluate.ts';
import { type HistoryEntry, tierHistory } from './history.ts';
import { ladderOf } from './ladder-of.ts';
import { loadInputs, type PartnerInputs } from './load.ts';
import { better } from './merge.ts';
import { outlookOf } from './summary.ts';
import type { Evidence, Override, RequirementEvidence, TierState } from './types.ts';
import { windowsInWords } from './window-words.ts';

/** Why a partner has its tier, from the same evidence that a decision is made of. */
export interface TierExplanation {
  partnerId: string;
  partnerName: string | null;
  program: { name: string; title: string; version: string };
  ladder: { key: string; label: string };
  asOf: string;
  /** Label of the tier in force; null for none. */
  tier: string | null;
  tierKey: string | null;
  /** Label of the tier that the figures give today. */
  computedTier: string | null;
  state: TierState;
  /** False when the partner has never been evaluated: what is shown is what the first evaluation would say. */
  isEvaluated: boolean;
  /** The windows of the figures in words, such as "2025-10-01 to 2026-09-30". */
  windows: string[];
  /** next: what the next tier asks for · keep: what this one asks for · top, ready: nothing is missing. */
  outlook: 'next' | 'keep' | 'top' | 'ready';
  /** Label of the tier that the requirements below belong to; for the highest tier its own. */
  forTier: string | null;
  requirements: ExplainedRequirement[];
  /** "What is missing: 1 certified person." in words; null when nothing is. */
  missing: string | null;
  /** Labels of the requirements of which one alone would be enough for that tier. */
  enoughAlone: string[];
  notCounted: NotCounted[];
  frozenReason: string | null;
  override: Override | null;
  history: HistoryEntry[];
  evidence: Evidence;
}

/** A requirement with the records behind its figure. */
export interface ExplainedRequirement extends RequirementEvidence {
  /** "23 deals", "3 people, 1 left out". */
  recordsText: string;
}

export interface NotCounted extends KpiRecord {
  kpi: string;
  kpiLabel: string;
}

export interface ExplainRequest {
  program: Program;
  partnerId: string;
  /** Epoch milliseconds. */
  now: number;
  /** How many left-out records are listed per KPI. (Default: 5) */
  notCountedLimit?: number;
}

/**
 * Explains a partner's tier as of today. Changes nothing. Throws TIER_NONE when the partner is on no ladder,
 * PARTNER_UNKNOWN when it is not in the program (any more).
 */
export async function explainTier(executor: Executor, request: ExplainRequest): Promise<TierExplanation> {
  const { program, partnerId, now } = request;
  const [inputs] = await loadInputs(executor, { program, partners: [partnerId], now });
  if (inputs === undefined) {
    throw new TierlinkError('PARTNER_UNKNOWN', { partner: partnerId, closest: 'none: it left the program' });
  }
  const name = typeof inputs.partner.name === 'string' ? inputs.partner.name : null;
  const ladder = ladderOf(program, inputs.partner);
  if (ladder === null)
    throw new TierlinkError('TIER_NONE', { program: program.name, partner: name ?? partnerId });
  const asOf = dayOf(now, program.timeZone);
  const { state, evidence, isEvaluated } = present({ program, ladder, inputs, asOf });
  const outlook = outlookOf(evidence, state);
  const shown =
    outlook.tier ?? evidence.tiers.findLast(({ tier }) => tier === state.tier) ?? evidence.tiers.at(-1);
  const requirements = (shown?.requirements ?? []).map((one) => explained(program, one));
  const enough = enoughAlone(shown);
  return {
    partnerId,
    partnerName: name,
    program: { name: program.name, title: program.title, version: program.version },
    ladder: { key: ladder.key, label: ladder.label },
    asOf,
    tier: labelOf(ladder, state.tier),
    tierKey: state.tier,
    computedTier: labelOf(ladder, state.computedTier),
    state,
    isEvaluated,
    windows: windowsInWords(program, kpisOf(requirements), asOf),
    outlook: outlook.kind,
    forTier: shown?.label ?? null,
    requirements,
    missing: missingText(program, outlook.missing),
    enoughAlone: requirements.filter(({ id }) => enough.includes(id)).map(({ label }) => label),
    notCounted: await leftOut(executor, request, requirements),
    frozenReason: state.frozenReason,
    override:
      inputs.overrides.find(
        ({ fromOn, untilOn, endedOn }) => fromOn <= asOf && asOf <= untilOn && endedOn === null,
      ) ?? null,
    history: await tierHistory(executor, { program, ladder, partnerId }),
    evidence,
  };
}

/**
 * The state in force with the evidence of today. The evaluation is repeated without being stored; tier, since and the
 * dates are those in force, so that looking never runs ahead of the evaluation.
 */
function present(parts: {
  program: Program;
  ladder: LadderDefinition;
  inputs: PartnerInputs;
  asOf: string;
}): {
  state: TierState;
  evidence: Evidence;
  isEvaluated: boolean;
} {
  const { program, ladder, inputs, asOf } = parts;
  const open = inputs.states.find((one) => one.ladder === ladder.key && !one.isClosed)?.state ?? null;
  const absorbed = inputs.absorbed.filter((one) => one.ladder === ladder.key).map((one) => one.state);
  const state = absorbed.reduce<TierState | null>((best, other) => better(ladder, best, other), open);
  const overrides = inputs.overrides.filter((one) => one.ladder === ladder.key);
  const { partnerId, partner, kpis, mode } = inputs;
  const today = evaluate({ program, ladder, partnerId, partner, kpis, state, overrides, asOf, mode });
  if (state === null) return { state: today.state, evidence: today.evidence, isEvaluated: false };
  return {
    state: { ...state, computedTier: today.computedTier },
    evidence: today.evidence,
    isEvaluated: true,
  };
}

function explained(program: Program, requirement: RequirementEvidence): ExplainedRequirement {
  const { kpi, counted, excluded } = requirement;
  if (kpi === null) return { ...requirement, recordsText: '' };
  const [one, many] = recordNames(program, kpi);
  const left = excluded === 0 ? '' : `, ${excluded} left out`;
  return { ...requirement, recordsText: `${counted} ${counted === 1 ? one : many}${left}` };
}

function recordNames(program: Program, kpi: string): [string, string] {
  const { measure, ratio, difference, growth } = program.kpis[kpi]!;
  const base = measure ?? ratio?.to ?? difference?.now ?? growth?.now;
  const value = base?.count ?? base?.distinct ?? base?.sum ?? base?.median ?? base?.min ?? base?.max ?? '';
  const entity = typeof value === 'string' ? value.split('.')[0]! : value.of;
  return ({
    deal: ['deal', 'deals'],
    lead: ['lead', 'leads'],
    person: ['person', 'people'],
    certification: ['certificate', 'certificates'],
    case: ['case', 'cases'],
    fact: ['fact', 'facts'],
    partner: ['partner', 'partners'],
  }[entity] ?? ['record', 'records']) as [string, string];
}

/** "1 certified people, 87,600 USD sourced revenue" would read badly, so names come first: "certified people: 1 more". */
function missingText(program: Program, missing: readonly RequirementEvidence[]): string | null {
  if (missing.length === 0) return null;
  return missing
    .map(({ kpi, label, gapText, reason }) => {
      const name = (kpi === null ? undefined : program.kpis[kpi]?.short) ?? label;
      return `${name}: ${gapText ?? reason ?? 'not met'}`;
    })
    .join('; ');
}

function kpisOf(requirements: readonly RequirementEvidence[]): string[] {
  return [...new Set(requirements.map(({ kpi }) => kpi).filter((kpi) => kpi !== null))];
}

/** What was left out of the figures shown, the nearest misses first. */
async function leftOut(
  executor: Executor,
  { program, partnerId, now, notCountedLimit = 5 }: ExplainRequest,
  requirements: readonly ExplainedRequirement[],
): Promise<NotCounted[]> {
  const found: NotCounted[] = [];
  for (const kpi of kpisOf(requirements.filter(({ excluded }) => excluded > 0))) {
    const { excluded } = await kpiRecords(executor, { program, kpi, partnerId, now });
    const kpiLabel = program.kpis[kpi]!.label;
    const unseen = excluded.filter(
      ({ id }, index) => excluded.findIndex((other) => other.id === id) === index,
    );
    found.push(...unseen.slice(0, notCountedLimit).map((record) => ({ ...record, kpi, kpiLabel })));
  }
  return found;
}

function labelOf(ladder: LadderDefinition, tier: string | null): string | null {
  return tier === null ? null : (ladder.tiers.find(({ key }) => key === tier)?.label ?? tier);
}
