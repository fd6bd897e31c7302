import type { ColumnType, Generated } from 'kysely';

/**
 * The tables of schema tierlink as Kysely sees them; the migrations are the truth, a test compares both.
 * What comes out: int8 and numeric are strings, date is 'YYYY-MM-DD', timestamptz is ISO 8601 in UTC with milliseconds,
 * jsonb is parsed. What goes in: jsonb as JSON text.
 */
type Json<T> = ColumnType<T, string, string>;

export interface ConnectionTable {
  id: string;
  crm: string;
  org_id: string | null;
  org_name: string | null;
  org_kind: string | null;
  user_name: string | null;
  pinned_org_id: string | null;
  time_zone: string | null;
  currency: string | null;
  write_back: Generated<boolean>;
  write_back_since: string | null;
  tier_mode: Generated<string>;
  state: Generated<string>;
  state_detail: ColumnType<unknown, string | null, string | null>;
  state_until: string | null;
  complete_to: string | null;
  checked_at: string | null;
  created_at: Generated<string>;
}

export interface FeedTable {
  connection: string;
  object: string;
  entity: string;
  complete_to: string | null;
  frozen_reason: string | null;
  frozen_since: string | null;
  records: Generated<number>;
  fields_hash: string | null;
}

export interface CursorTable {
  connection: string;
  object: string;
  purpose: string;
  position: Json<Record<string, unknown>>;
  updated_at: string;
}

export interface CoverageTable {
  id: Generated<string>;
  connection: string;
  object: string;
  kind: string;
  from_at: string | null;
  to_at: string;
  run_id: string | null;
  recorded_at: string;
}

export interface LeaseTable {
  key: string;
  holder: string;
  epoch: string;
  expires_at: string;
  acquired_at: string;
  detail: string | null;
}

export interface BudgetTable {
  connection: string;
  day: string;
  lane: string;
  calls: Generated<number>;
}

export interface RunTable {
  id: string;
  kind: string;
  connection: string | null;
  object: string | null;
  state: string;
  reason: string | null;
  counts: ColumnType<Record<string, unknown>, string | undefined, string>;
  error: ColumnType<unknown, string | null, string | null>;
  calls: Generated<number>;
  started_at: string;
  finished_at: string | null;
}

export interface SettingTable {
  key: string;
  value: Json<Record<string, unknown>>;
  updated_at: string;
}

export interface PartnerTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  name: string | null;
  types: string[] | null;
  status: string | null;
  country: string | null;
  region: string | null;
  industry: string | null;
  website: string | null;
  phone: string | null;
  employees: number | null;
  parent: string | null;
  started_on: string | null;
  ended_on: string | null;
  owner: string | null;
  crm_tier: string | null;
  crm_tier_since: string | null;
}

export interface CustomerTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  name: string | null;
  country: string | null;
  industry: string | null;
  website: string | null;
  parent: string | null;
  created_at: string | null;
}

export interface PersonTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  partner: string | null;
  name: string | null;
  email: string | null;
  title: string | null;
  phone: string | null;
  role: string | null;
  left_on: string | null;
}

export interface LeadTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  partner: string | null;
  name: string | null;
  company: string | null;
  email: string | null;
  country: string | null;
  status: string | null;
  source: string | null;
  created_at: string | null;
  delivered_at: string | null;
  accepted_at: string | null;
  is_converted: boolean | null;
  converted_on: string | null;
  deal: string | null;
}

export interface DealTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  name: string | null;
  customer: string | null;
  amount: string | null;
  amount_currency: string | null;
  stage: string | null;
  type: string | null;
  source: string | null;
  is_closed: boolean | null;
  is_won: boolean | null;
  probability: string | null;
  close_on: string | null;
  created_at: string | null;
  registration: string | null;
  registered_at: string | null;
  owner: string | null;
}

export interface CreditTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  deal: string | null;
  partner: string | null;
  role: string | null;
  share: string | null;
  is_primary: boolean | null;
  weight: string | null;
}

export interface CertificationTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  person: string | null;
  partner: string | null;
  code: string | null;
  name: string | null;
  issued_on: string | null;
  expires_on: string | null;
  status: string | null;
}

export interface SupportCaseTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  number: string | null;
  customer: string | null;
  partner: string | null;
  subject: string | null;
  status: string | null;
  priority: string | null;
  is_closed: boolean | null;
  opened_at: string | null;
  closed_at: string | null;
  satisfaction: number | null;
}

export interface FactTable {
  id: string;
  extra: ColumnType<Record<string, unknown>, string | undefined, string>;
  in_scope: Generated<boolean>;
  deleted_at: string | null;
  merged_into: string | null;
  known_from: Generated<string>;
  partner: string | null;
  kind: string | null;
  occurred_on: string | null;
  quantity: string | null;
  amount: string | null;
  amount_currency: string | null;
  dimension: string | null;
}

export interface RecordVersionTable {
  entity: string;
  record_id: string;
  known_from: string;
  known_to: string;
  row: Json<Record<string, unknown>>;
}

export interface LinkTable {
  connection: string;
  object: string;
  crm_id: string;
  entity: string;
  record_id: string;
  state: string;
  base: ColumnType<Record<string, unknown>, string | undefined, string>;
  seen_at: string | null;
  seen_hash: string | null;
  keyed: Generated<boolean>;
  linked_at: string;
  changed_at: string;
  left_scope_at: string | null;
  merged_into: string | null;
}

/** Ids that an unfinished comparison of everything has met so far. */
export interface CompareSeenTable {
  connection: string;
  object: string;
  entity: string;
  crm_id: string;
}

export interface HeldTable {
  connection: string;
  object: string;
  crm_id: string;
  entity: string;
  attribute: string;
  waits_for: string;
  whole_record: boolean;
  payload: Json<Record<string, unknown>>;
  since: string;
}

export interface RejectTable {
  id: string;
  connection: string;
  object: string;
  entity: string;
  crm_id: Generated<string>;
  record_id: Generated<string>;
  direction: string;
  attribute: Generated<string>;
  code: string;
  vendor_code: string | null;
  message: string;
  retry: string;
  retry_at: string | null;
  attempts: Generated<number>;
  payload: ColumnType<Record<string, unknown>, string | undefined, string>;
  run_id: string | null;
  first_at: string;
  last_at: string;
}

export interface DifferenceTable {
  connection: string;
  object: string;
  crm_id: string;
  entity: string;
  attribute: string;
  record_id: string;
  kind: string;
  base: ColumnType<unknown, string | null, string | null>;
  ours: ColumnType<unknown, string | null, string | null>;
  theirs: ColumnType<unknown, string | null, string | null>;
  their_user: string | null;
  their_at: string | null;
  since: string;
}

export interface PendingWriteTable {
  connection: string;
  object: string;
  entity: string;
  record_id: string;
  crm_id: string | null;
  attributes: Json<Record<string, unknown>>;
  before: ColumnType<Record<string, unknown>, string | undefined, string>;
  fields: ColumnType<Record<string, unknown>, string | undefined, string>;
  sent_at: string | null;
  lane: number;
  state: string;
  not_before: string | null;
  attempts: Generated<number>;
  decision_id: string | null;
  run_id: string | null;
  since: string;
}

export interface BulkJobTable {
  connection: string;
  id: string;
  object: string;
  request: Json<Record<string, unknown>>;
  state: string;
  started_at: string;
}

export interface OutboxTable {
  entity: string;
  record_id: string;
  since: string;
}

/** The outbox, spread over the connections that are written to: records that a connection's next push compares. */
export interface ComparisonTable {
  connection: string;
  entity: string;
  record_id: string;
  since: string;
}

export interface AuditTable {
  id: Generated<string>;
  at: string;
  run_id: string | null;
  connection: string;
  object: string;
  crm_id: string | null;
  entity: string;
  record_id: string;
  action: string;
  before: ColumnType<unknown, string | null, string | null>;
  after: ColumnType<unknown, string | null, string | null>;
  actor: string;
  decision_id: string | null;
}

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
  figures: Json<Record<string, unknown>>;
  changed_at: string;
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
  summary: string | null;
  missing: ColumnType<unknown[], string | undefined, string>;
  decision_id: string | null;
  evaluate_at: string | null;
  evaluated_at: string | null;
  closed_at: string | null;
  closed_reason: string | null;
  changed_at: string;
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

export interface Database {
  'tierlink.connection': ConnectionTable;
  'tierlink.feed': FeedTable;
  'tierlink.cursor': CursorTable;
  'tierlink.coverage': CoverageTable;
  'tierlink.lease': LeaseTable;
  'tierlink.budget': BudgetTable;
  'tierlink.run': RunTable;
  'tierlink.setting': SettingTable;
  'tierlink.partner': PartnerTable;
  'tierlink.customer': CustomerTable;
  'tierlink.person': PersonTable;
  'tierlink.lead': LeadTable;
  'tierlink.deal': DealTable;
  'tierlink.credit': CreditTable;
  'tierlink.certification': CertificationTable;
  'tierlink.support_case': SupportCaseTable;
  'tierlink.fact': FactTable;
  'tierlink.record_version': RecordVersionTable;
  'tierlink.link': LinkTable;
  'tierlink.compare_seen': CompareSeenTable;
  'tierlink.held': HeldTable;
  'tierlink.reject': RejectTable;
  'tierlink.difference': DifferenceTable;
  'tierlink.pending_write': PendingWriteTable;
  'tierlink.bulk_job': BulkJobTable;
  'tierlink.outbox': OutboxTable;
  'tierlink.comparison': ComparisonTable;
  'tierlink.audit': AuditTable;
  'tierlink.program_version': ProgramVersionTable;
  'tierlink.dirty_partner': DirtyPartnerTable;
  'tierlink.kpi_value': KpiValueTable;
  'tierlink.kpi_period': KpiPeriodTable;
  'tierlink.tier_state': TierStateTable;
  'tierlink.decision': DecisionTable;
  'tierlink.tier_override': TierOverrideTable;
}
