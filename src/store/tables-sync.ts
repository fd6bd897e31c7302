import type { ColumnType, Generated, GeneratedAlways } from 'kysely';
import type { Json } from './tables-column.ts';

/** What links our records to those of a CRM, and what is still to be settled. See tables.ts for the forms of the values. */

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
  /** Day of UTC on which the CRM's record was made; null while it was not read, or does not tell. */
  created_on: string | null;
  /** Our id that the CRM's record got in its key field before a person linked it anew; null once it has that of its record. */
  carries: string | null;
}

/** Links that have come to decide attributes, until their records were read once more. */
export interface TakeoverTable {
  connection: string;
  object: string;
  entity: string;
  crm_id: string;
  attributes: string[];
  since: string;
  tried: Generated<boolean>;
}

/** Parents that entered or left their scope, until the records are looked at whose scope depends on them. */
export interface RescopeTable {
  connection: string;
  object: string;
  mapping: string;
  attribute: string;
  /** The CRM's id. */
  parent_id: string;
  since: string;
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
  /** Since when a person leaves it as it is; null: nobody does. Another cause is another matter, and is shown again. */
  ignored_at: string | null;
  ignored_by: string | null;
  ignored_reason: string | null;
  /** As that of a link; null where nothing was read. */
  created_on: string | null;
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

/** How a CRM calls its users, as far as somebody asked. */
export interface CrmUserTable {
  connection: string;
  id: string;
  /** null: the CRM did not name the user. */
  name: string | null;
  asked_at: string;
}

export interface PendingWriteTable {
  connection: string;
  object: string;
  entity: string;
  record_id: string;
  crm_id: string | null;
  ref: GeneratedAlways<string>;
  attributes: Json<Record<string, unknown>>;
  before: ColumnType<Record<string, unknown>, string | undefined, string>;
  fields: ColumnType<Record<string, unknown>, string | undefined, string>;
  sent_at: string | null;
  lane: number;
  state: string;
  not_before: string | null;
  attempts: Generated<number>;
  /** Whether it puts back what was there before a run wrote; the program's own value stays what it is. */
  restores: Generated<boolean>;
  decision_id: string | null;
  run_id: string | null;
  /** Who sent it, in which run and for which plan: what the audit says of it, whoever finds out that it arrived. */
  sent_for: ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>;
  since: string;
}

/** Plans that were approved or applied. What is in them is in their files. */
export interface PlanTable {
  id: string;
  /** approved, applying, waiting or applied. */
  state: string;
  /** Identifies what was chosen in it when it was approved or applied. */
  choices: string;
  /** When it was approved, begun or done, whichever was last. */
  changed_at: string;
  approved_at: string | null;
  approved_by: string | null;
  approved_reason: string | null;
  run_id: string | null;
  applied_at: string | null;
  applied_by: string | null;
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
  why: string | null;
  decision_id: string | null;
  plan_id: string | null;
}

/** Entries of the audit that have no place in its chain yet. */
export interface UnsealedTable {
  audit_id: string;
}

/** The chain of the audit, a line for each entry; see audit-chain.ts. */
export interface SealTable {
  /** Without gaps; int8. */
  seq: string;
  audit_id: string;
  /** When the entry was made. */
  at: string;
  /** SHA-256 of the entry alone, and of the chain up to here, in hex. */
  entry_hash: string;
  hash: string;
}

/** One row: where the chain ends, and where it begins since its front was pruned. */
export interface AuditChainTable {
  id: number;
  /** Number and hash of the last line; 0 and blank before the first. */
  seq: string;
  hash: string;
  /** Number and hash of the last line that was pruned; 0 and blank while none was. */
  pruned_seq: string;
  pruned_hash: string;
  /** When that was, and when its entry was made. */
  pruned_at: string | null;
  pruned_to: string | null;
}
