import type { StateReason } from '../../kpi/types.ts';
import type { DecisionState } from '../../model/states.ts';
import type { Program } from '../../program/load.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import { standingWords } from '../ladder-of.ts';
import { type Tenure, tenureLeft } from '../tenure.ts';
import type { Evidence, PendingTier, RequirementEvidence, TierEvidence } from '../types.ts';
import { missingForAll } from './missing.ts';
import { missingList } from './missing-words.ts';

/**
 * ready: a higher tier is earned, and waits for its day · next: what the next tier asks for · keep: what this one asks for
 * · top: there is no higher tier · company: what is missing is asked of the company.
 */
export type OutlookKind = 'next' | 'keep' | 'top' | 'ready' | 'company';

/** Which tier the explanation is about: the next one, or the present one when it is about to be lost. */
export interface Outlook {
  kind: OutlookKind;
  tier: TierEvidence | undefined;
  /** The tiers whose requirements count for it: on a cumulative ladder also those below. */
  tiers: TierEvidence[];
  missing: RequirementEvidence[];
}

export function outlookOf(
  evidence: Evidence,
  { tier, status }: { tier: string | null; status: DecisionState },
): Outlook {
  // What is missing is explained there.
  if (evidence.inherited !== undefined) return { kind: 'company', tier: undefined, tiers: [], missing: [] };
  const rank = evidence.tiers.findIndex((one) => one.tier === tier);
  if (status === 'at_risk' || status === 'due_down') {
    return { kind: 'keep', tier: evidence.tiers[rank], ...needed(evidence, rank) };
  }
  const earned = evidence.tiers.findIndex((one) => one.tier === evidence.computedTier);
  if (earned > rank) return { kind: 'ready', tier: evidence.tiers[earned], ...needed(evidence, earned) };
  const next = evidence.tiers[rank + 1];
  if (next === undefined) return { kind: 'top', tier: undefined, ...needed(evidence, rank) };
  return { kind: 'next', tier: next, ...needed(evidence, rank + 1) };
}

/** What is missing for a tier; on a cumulative ladder also what is missing below it. */
function needed(evidence: Evidence, rank: number): Pick<Outlook, 'tiers' | 'missing'> {
  const tiers = evidence.tiers.slice(evidence.hold === 'highest' ? Math.max(rank, 0) : 0, rank + 1);
  const found = missingForAll(tiers);
  return {
    tiers,
    missing: found.filter(({ id }, index) => found.findIndex((other) => other.id === id) === index),
  };
}

/** What the sentence for the CRM is made of. */
interface Told {
  outlook: Outlook;
  frozenReason: StateReason | null;
  /** (Default: none) */
  pending?: PendingTier | null;
  /** What a rise goes by, as of a day. (Default: the next review) */
  rises?: Pick<Tenure, 'held' | 'startedOn'> & { asOf: string };
}

/**
 * One sentence for the CRM: what is missing, by name and without amounts, so that it changes only when the set of missing
 * requirements does.
 */
export function summaryOf(
  program: Pick<Program, 'kpis'>,
  ladder: LadderDefinition,
  { outlook, frozenReason, pending = null, rises }: Told,
): string {
  if (pending !== null) return `Decided: ${standingWords(ladder, pending.tier)} from ${pending.inForceOn}.`;
  if (outlook.kind === 'company') return 'Inherited from the company.';
  const name = ladder.tiers.find(({ key }) => key === outlook.tier?.tier)?.label ?? '';
  const list = missingList(outlook.tiers, (requirement) => shortName(program, requirement)).join(', ');
  if (outlook.kind === 'top') {
    if (ladder.isSpecialisation) return list === '' ? 'Held.' : `Held; short of: ${list}.`;
    return list === '' ? 'Highest tier reached.' : `Highest tier held; short of: ${list}.`;
  }
  if (outlook.kind === 'ready') return `${name} is earned and waits for ${awaitedWords(ladder, rises)}.`;
  if (outlook.kind === 'keep') return list === '' ? `${name} is at risk.` : `To keep ${name}: ${list}.`;
  const held = frozenReason === null ? '' : ' Held: some data is not complete.';
  return `For ${name}: ${list}.${held}`;
}

/** Without a day, so that time alone does not change the sentence more than once. */
function awaitedWords(ladder: LadderDefinition, rises: Told['rises']): string {
  const day = rises === undefined ? '' : tenureLeft({ ladder, ...rises }, rises.asOf);
  if (day === null) return 'its startedOn, which is blank';
  return day === '' ? 'the next review' : 'its day';
}

/** How sentences name a requirement: never in another case, which would be wrong for names and for acronyms. */
export function shortName(program: Pick<Program, 'kpis'>, { kpi, label }: RequirementEvidence): string {
  return (kpi === null ? undefined : program.kpis[kpi]?.short) ?? label;
}
