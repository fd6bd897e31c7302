import type { ColumnType, Generated } from 'kysely';
import type { Json } from './tables-column.ts';

/** Programs, KPI values, tiers and decisions. See tables.ts for the forms of the values. */

export interface ProgramVersionTable {
  program: string;
  version: string;
  valid_from: string;
  hash: string;
  source: string;
  loaded_at: string;
}

export interface DirtyPartnerTable {
  partner_id: string;
  entity: string;
  since: string;
  set_aside: Generated<boolean>;
}

/** The tracks that a partner was given, each from its first day until the next one. */
export interface PartnerTrackTable {
  program: string;
  partner_id: string;
  since: string;
  track: string;
  until: string;
  given_at: string;
}

/** When the track of a partner is to be looked at next. */
export interface TrackDueTable {
  program: string;
  partner_id: string;
  due_at: string;
  /** What is late that decides about it, or "figures" where others are needed; null where nothing is waited for. */
  waits_for: string | null;
}

/** In which group of a rank a partner is; partners that are in none are not there. */
export interface RankMemberTable {
  program: string;
  kpi: string;
  partner_id: string;
  group_key: string;
}

/** A group of a rank in which a figure, or who is in it, has changed. */
export interface DirtyGroupTable {
  program: string;
  kpi: string;
  group_key: string;
  since: string;
}

export interface KpiValueTable {
  program: string;
  partner_id: string;
  kpi: string;
  as_of: string;
  state: string;
  numerator: string | null;
  denominator: string | null;
  currency: string | null;
  counted: Generated<number>;
  excluded: Generated<number>;
  inputs_complete_to: string | null;
  next_change_at: string | null;
  computed_at: string;
  detail: ColumnType<Record<string, unknown>, string | undefined, string>;
}

export interface KpiPeriodTable {
  id: string;
  program: string;
  partner_id: string;
  period: string;
  starts_on: string;
  ends_on: string;
  /** Of the figures that are money. */
  currency: string;
  /** Fit with the program's ideal partner, 0 to 100. */
  fit: string | null;
  figures: Json<Record<string, unknown>>;
  changed_at: string;
}

/** A period that was signed off; several of one period where it was reopened between them. */
export interface PeriodCloseTable {
  id: string;
  program: string;
  period: string;
  starts_on: string;
  ends_on: string;
  program_version: string;
  program_hash: string;
  closed_at: string;
  closed_by: string;
  note: string | null;
  /** Why it was not available what was known at the end; null when it was. */
  reconstructed: string | null;
  /** Of everything that was signed off. */
  hash: string;
  reopened_at: string | null;
  reopened_by: string | null;
  reopened_reason: string | null;
}

/** What was signed off of a partner. */
export interface PeriodClosePartnerTable {
  close_id: string;
  partner_id: string;
  name: string | null;
  ladder: string | null;
  tier: string | null;
  status: string | null;
  decision_id: string | null;
  figures: Json<Record<string, unknown>[]>;
  evidence: ColumnType<unknown, string | null, string | null>;
  beside: Json<Record<string, unknown>[]>;
}

export interface TierStateTable {
  program: string;
  ladder: string;
  partner_id: string;
  tier: string | null;
  since: string | null;
  status: string;
  computed_tier: string | null;
  next_review: string | null;
  ramp_until: string | null;
  grace_until: string | null;
  below_since: string | null;
  warned_on: string | null;
  mode: Generated<string>;
  adopted: ColumnType<unknown, string | null, string | null>;
  frozen_reason: string | null;
  may_reach: ColumnType<unknown, string | null, string | null>;
  pending: ColumnType<unknown, string | null, string | null>;
  inherited_from: string | null;
  override_id: string | null;
  beside: Generated<boolean>;
  locked_until: string | null;
  more_up_on: string | null;
  summary: string | null;
  missing: ColumnType<unknown[], string | undefined, string>;
  decision_id: string | null;
  evaluate_at: string | null;
  evaluated_at: string | null;
  closed_at: string | null;
  closed_reason: string | null;
  changed_at: string;
}

/** That a partner left a ladder, or came back to one that it had left. Never changed. */
export interface LadderChangeTable {
  program: string;
  ladder: string;
  partner_id: string;
  at: string;
  /** left or back. */
  change: string;
  /** What it held there as it left, or holds since it is back. */
  tier: string | null;
  /** up or down, where the rules took it to another ladder and nobody was asked about that; else null. */
  moved: string | null;
}

export interface DecisionTable {
  id: string;
  program: string;
  program_version: string;
  ladder: string;
  partner_id: string;
  decided_at: string;
  effective_on: string;
  movement: string;
  from_tier: string | null;
  to_tier: string | null;
  computed_tier: string | null;
  status: string;
  summary: string;
  evidence: Json<Record<string, unknown>>;
  mode: string;
  inputs_complete_to: string | null;
  run_id: string | null;
}

export interface WaiverTable {
  id: string;
  program: string;
  ladder: string;
  partner_id: string;
  tier: string;
  requirement: string;
  reason: string;
  author: string;
  from_on: string;
  until_on: string;
  created_at: string;
  ended_at: string | null;
  ended_reason: string | null;
}

/** Changes of tiers that wait for a person, as one list. */
export interface ApprovalTable {
  id: string;
  program: string;
  program_version: string;
  state: string;
  /** Why they wait. */
  because: string;
  as_of: string;
  run_id: string | null;
  created_at: string;
  decided_at: string | null;
  decided_by: string | null;
  reason: string | null;
}

export interface ApprovalItemTable {
  approval_id: string;
  partner_id: string;
  ladder: string;
  direction: string;
  from_tier: string | null;
  to_tier: string | null;
  why: string;
  /** What has to be the same for it to be the change that was shown. */
  key: string;
  state: string;
  /** Why it was left out. */
  note: string | null;
  /** Of a rejected one: the day from which it may be proposed again. */
  until_on: string | null;
  decision_id: string | null;
}

/** Partners without a ladder that have changed: one may fit them now. */
export interface NewcomerTable {
  program: string;
  partner_id: string;
  /** Not before then; null for at once. */
  evaluate_at: string | null;
}

export interface TierOverrideTable {
  id: string;
  program: string;
  ladder: string;
  partner_id: string;
  tier: string;
  reason: string;
  author: string;
  from_on: string;
  until_on: string;
  created_at: string;
  ended_at: string | null;
  ended_reason: string | null;
}
