import type { RankEvidence } from '../kpi/rank/evidence.ts';
import type { ScoreEvidence } from '../kpi/score/evidence.ts';
import type { StateReason } from '../kpi/types.ts';
import type { DecisionState, KpiState, RequirementState } from '../model/states.ts';
import type { Dimension } from '../program/by-segment.ts';
import type { KpiUnit } from '../program/schema/kpi.ts';
import type { Bound } from '../program/threshold.ts';

/**
 * What an evaluation is made of. It is pure: the same input gives the same decision and the same evidence, whenever and
 * wherever it is repeated. Days are 'YYYY-MM-DD' in the program's time zone.
 */

/** A KPI as the evaluation sees it: numerator/denominator in the KPI's unit. */
export interface KpiInput {
  kpi: string;
  unit: KpiUnit;
  currency: string | null;
  state: KpiState;
  /** Why it is not current. */
  stateReason: StateReason | null;
  numerator: string | null;
  denominator: string | null;
  /** Why there is no figure although nothing went wrong. */
  empty: string | null;
  counted: number;
  excluded: number;
  excludedBy: Partial<Record<string, number>>;
  inputsCompleteTo: string | null;
  /** Of a score: what it is made of. */
  score?: ScoreEvidence;
  /** Of a rank: where the partner stands among others. */
  rank?: RankEvidence;
  /** Somebody supposes it: it is not composed from its parts, on whatever track. */
  isSupposed?: true;
}

/** The track that a partner is on, or its region. */
export interface Segment {
  /** Null when the program has none, or when it is not known. */
  key: string | null;
  /** Why it is not known. */
  reason: string | null;
  /** Whether it rests on complete figures. */
  isCertain: boolean;
}

export type Segments = Readonly<Record<Dimension, Segment>>;

/** The partner's own attributes that rules may read, in canonical form. */
export type PartnerFacts = Readonly<Record<string, string | number | boolean | string[] | null>>;

/** One comparison with what it found. The tree of a tier is made of these. */
export interface RequirementEvidence {
  /** Stable name inside its tier. */
  id: string;
  label: string;
  kpi: string | null;
  unit: KpiUnit | null;
  currency: string | null;
  /** The value as a rational; null where there is none. */
  value: { numerator: string; denominator: string } | null;
  /** The comparison, for KPI requirements. */
  bound: Bound | null;
  threshold: { numerator: string; denominator: string } | null;
  /** The KPI whose figure the threshold is; absent for a number. */
  thresholdKpi?: string;
  /** How far the value is from the threshold, never negative; null when met or unknown. */
  gap: { numerator: string; denominator: string } | null;
  /** needs, has and gap as people read them. */
  needs: string;
  has: string;
  gapText: string | null;
  state: RequirementState;
  /** Why it is pending. */
  reason: string | null;
  counted: number;
  excluded: number;
  /** Whether the value rests on inputs that are late, partial or unreadable: then it can cost nobody a tier. */
  isCertain: boolean;
  /** What it waits for, where that is not its figure: facts on file, or another ladder. Absent for others. */
  waitsFor?: StateReason;
  /** A condition on the partner itself, as it was asked and answered. */
  partnerCondition: { holds: boolean } | null;
  /** The fact that a requirement for one rests on; null where there is none, and for other requirements. */
  fact: PartnerFact | null;
  /** Who waived it, why and until when; null where nobody did, or where it is met all the same. */
  waiver: Pick<Waiver, 'id' | 'reason' | 'author' | 'untilOn'> | null;
  /** Where there is no figure because of too few records: with how many there is one. Absent for others. */
  minimumSample?: number;
  /** What the partner holds on other ladders, where a requirement asks for that; absent for others. */
  holdings?: Holding[];
  /**
   * First day on which the calendar alone changes the answer: about what was held in the months before, how long ago a date of
   * the partner is, or how much of a threshold a new partner is asked for.
   */
  changesOn?: string;
}

/** Where a partner stands on a ladder, as what is asked for on another ladder sees it. */
export interface Holding {
  ladder: string;
  tier: string | null;
  /** The highest tier that it may get or have back once late or partial inputs are complete; null for none. */
  mayReach: string | null;
  /** What it waits for then; null where its inputs are complete. */
  reason: StateReason | null;
}

/** What a partner held on a ladder, from decisions. */
export interface TierSpells {
  /** Day of the first decision about anybody on the ladder; null where there is none. */
  recordedFrom: string | null;
  /** The earliest first; each holds until the next one. */
  spells: { from: string; tier: string | null }[];
}

/** How requirements are joined; leaves are numbers into the tier's list of requirements. */
export type RequirementTree =
  | { leaf: number }
  | ({ all: RequirementTree[] } & Labelled)
  | ({ any: RequirementTree[] } & Labelled)
  | ({ atLeast: number; of: RequirementTree[] } & Labelled);

/** What the program calls several requirements together; absent where it has no name for them. */
interface Labelled {
  label?: string;
}

export interface TierEvidence {
  tier: string;
  label: string;
  requirements: RequirementEvidence[];
  tree: RequirementTree;
  /** Which of its requirements were asked: those to reach it, or those to keep it. */
  asked: 'reach' | 'keep';
  /** Whether the tier's own requirements hold. */
  holds: boolean;
  /** Whether they could hold once late or partial inputs are complete. */
  couldHold: boolean;
  /** The track on which its requirements are judged, where that is the best one; absent where it is the partner's own. */
  onTrack?: TrackJudged;
  /** The region by whose figures its requirements are judged, where that is the best one; absent where they are the whole ones. */
  inRegion?: { key: string; label: string };
}

/** A track on which a partner is judged, whichever it is on. */
export interface TrackJudged {
  key: string;
  label: string;
  /** The composed figures that are other ones there than on the partner's own track. */
  figures: KpiInput[];
}

/** What a tier decision rests on; stored with it as known then, shown by every face. */
export interface Evidence {
  program: string;
  programVersion: string;
  programHash: string;
  ladder: string;
  /** Whether that ladder counts beside the one of the partner's tier; absent where it does not. */
  beside?: true;
  asOf: string;
  hold: 'highest' | 'cumulative';
  tiers: TierEvidence[];
  computedTier: string | null;
  /** The highest tier that the inputs do not rule out. */
  ceilingTier: string | null;
  /** The figures that requirements ask for, and those that they are made of. */
  kpis: KpiInput[];
  partner: PartnerFacts;
  /** The partner's track, where a figure depends on it. */
  track?: string | null;
  /** Since when it has that track and until when it keeps it; absent where tracks are not kept, or none was given yet. */
  trackKept?: { since: string; until: string };
  /** Its region, the same way. */
  region?: string | null;
  inputsCompleteTo: string | null;
  /** Whose tier it is, where it is that of the company; absent for a tier of its own. */
  inherited?: InheritedTier;
  /** What a person said to the change that this decision is about; absent where nobody was asked. */
  approval?: ApprovalEvidence;
}

export interface InheritedTier {
  /** The partner at the top of the company. */
  partnerId: string;
  name: string;
  /** The tier in force there, and the decision that gave it. */
  tier: string | null;
  decisionId: string | null;
  /**
   * The rules changed the tier of this partner alone: it came to the company, or its own override ended. Absent where it
   * only follows what the company does.
   */
  isOwnMove?: true;
}

export interface ApprovalEvidence {
  id: string;
  answer: 'approved' | 'rejected';
  by: string;
  on: string;
  reason: string | null;
  /** The ladder that it was about. */
  ladder: { label: string; beside: boolean };
  /** Label of the tier that was asked about; null for none. */
  tier: string | null;
}

export type TierMode = 'shadow' | 'owned';

/** What is remembered of a partner on a ladder from one evaluation to the next. */
export interface TierState {
  tier: string | null;
  since: string | null;
  status: DecisionState;
  computedTier: string | null;
  nextReview: string | null;
  rampUntil: string | null;
  graceUntil: string | null;
  belowSince: string | null;
  warnedOn: string | null;
  mode: TierMode;
  /** The tier that people kept by hand when the program came. */
  adopted: AdoptedTier | null;
  /** What the requirement waits for that leaves a tier open; null where none does. */
  frozenReason: StateReason | null;
  /**
   * What late or partial inputs leave possible beside what is known, on a ladder that companies hold: subsidiaries see it
   * from there. Null where they leave nothing open.
   */
  mayReach: MayReach | null;
  /** First day on which the tier may be lost again; null where nothing locks it. */
  lockedUntil: string | null;
  /** First day on which what was left of a rise may follow; null where nothing is. */
  moreUpOn: string | null;
  /** A change that was decided and does not hold yet. */
  pending: PendingTier | null;
  /** The partner at the top of the company, whose tier this is; null for one of its own. */
  inheritedFrom: string | null;
  /** The override that gave the tier, which may be one of the company; null where none did. */
  overrideId: string | null;
  summary: string;
  /** Ids of the requirements that are missing for the next tier, or for keeping this one. */
  missing: string[];
  decisionId: string | null;
}

export interface MayReach {
  /** The highest tier that they do not rule out. */
  tier: string;
  /** What is late or partial. */
  reason: StateReason;
}

export interface PendingTier {
  tier: string | null;
  decidedOn: string;
  /** First day on which it holds. */
  inForceOn: string;
}

/** The tier that is decided for a partner: the pending one, else the one in force. */
export function goalOf({ tier, pending }: Pick<TierState, 'tier' | 'pending'>): string | null {
  return pending === null ? tier : pending.tier;
}

export interface AdoptedTier {
  /** As the CRM spells it. */
  text: string;
  /** The ladder's tier of that name; null when the ladder has none. */
  tier: string | null;
  since: string | null;
  on: string;
}

export interface Override {
  id: string;
  tier: string;
  reason: string;
  author: string;
  /** First and last day on which it holds. */
  fromOn: string;
  untilOn: string;
  /** Day on which a person ended it early; from then on it holds no more. */
  endedOn: string | null;
}

/** A requirement that one partner need not meet. */
export interface Waiver {
  id: string;
  tier: string;
  /** Name of the requirement inside its tier. */
  requirement: string;
  reason: string;
  author: string;
  /** First and last day on which it holds. */
  fromOn: string;
  untilOn: string;
  /** Day on which a person ended it early; from then on it holds no more. */
  endedOn: string | null;
}

/** A dated fact about a partner that a requirement may ask for. */
export interface PartnerFact {
  kind: string;
  /** First day on which it is valid. */
  occurredOn: string | null;
  /** Last day; null for no end. */
  expiresOn: string | null;
  author: string | null;
  reason: string | null;
}

export type Movement =
  | 'adopt'
  | 'enrol'
  | 'promote'
  | 'demote'
  | 'keep'
  | 'warn'
  | 'withdraw_warning'
  | 'take_effect'
  | 'cancel_pending'
  | 'override'
  | 'override_end'
  | 'inherit';

/** What is recorded when a tier, its status or what is missing has changed. */
export interface Decision {
  id: string;
  movement: Movement;
  fromTier: string | null;
  toTier: string | null;
  computedTier: string | null;
  status: DecisionState;
  summary: string;
  effectiveOn: string;
}

export interface Evaluation {
  computedTier: string | null;
  evidence: Evidence;
  movement: Movement | null;
  state: TierState;
  decision: Decision | null;
  /** First day on which time alone asks for another evaluation. */
  evaluateOn: string | null;
}
