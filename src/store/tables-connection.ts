import type { ColumnType, Generated } from 'kysely';
import type { Json } from './tables-column.ts';

/** Connections, what they have read, and the runs over them. See tables.ts for the forms of the values. */

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
  /** By the database's clock, because whoever sets the state has no other. */
  state_since: Generated<string>;
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
  /** Live links when they were last counted. */
  records: Generated<number>;
  /** Whether links began or ended to be live since then. */
  recount: Generated<boolean>;
  /** Grows whenever links begin to mean another record. */
  merges: Generated<number>;
  /** By how many fewer the CRM counted than are linked, when it was asked why. */
  asked_gap: Generated<number>;
  shown: Generated<string[] | null>;
  missing: Generated<string[]>;
  /** Of facts from files: the kind, as names are compared. */
  fact_kind: Generated<string | null>;
  /** Of files: whether rows were left out, and nobody has said since to which day all of them are here. */
  lacks_rows: Generated<boolean>;
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
  /** On whose word it ran: a person, or tierlink. */
  actor: Generated<string>;
  started_at: string;
  /** By the database's clock: an open run that shows no sign of life until then belongs to a process that is gone. */
  alive_until: Generated<string>;
  finished_at: string | null;
}

export interface SettingTable {
  key: string;
  value: Json<Record<string, unknown>>;
  updated_at: string;
}

export interface CompareSeenTable {
  connection: string;
  object: string;
  entity: string;
  crm_id: string;
}

export interface ComparisonTable {
  connection: string;
  entity: string;
  record_id: string;
  since: string;
}

/** Alerts by what they are about; one row for each thing that was ever wrong. */
export interface AlertTable {
  key: string;
  condition: string;
  connection: string | null;
  /** open or closed. */
  state: string;
  detail: Json<Record<string, unknown>>;
  opened_at: string;
  closed_at: string | null;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
  acknowledged_reason: string | null;
}

/** Notices that channels are still to be given, in the order of their numbers; gone once they were. */
export interface NoticeTable {
  /** int8. */
  number: Generated<string>;
  /** The same for all channels and attempts, so that a receiver can drop what it has. */
  id: string;
  channel: string;
  message: Json<Record<string, unknown>>;
  since: string;
  attempts: Generated<number>;
  not_before: string | null;
  error: string | null;
}

/** How many records a feed had at the end of each of the last days, or so far today. */
export interface FeedSizeTable {
  connection: string;
  object: string;
  entity: string;
  day: string;
  records: number;
}
