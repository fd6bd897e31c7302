import type { ColumnType, Generated } from 'kysely';

/** Records of ours that may be the same company, across connections. See tables.ts for the forms of the values. */

/** Records to be looked at. */
export interface MatchDueTable {
  entity: string;
  record_id: string;
  since: string;
  /** Its keys are those of its present contents; only whom they lead to is still to be found. */
  keyed: Generated<boolean>;
}

/** People who changed since those of files were last joined with those of CRMs. */
export interface PersonDueTable {
  record_id: string;
}

export interface MatchKeyTable {
  entity: string;
  rule: string;
  key: string;
  record_id: string;
  /** The record whose contents give the key: another one when that was joined into this one. */
  source_id: string;
}

export interface MatchTable {
  id: string;
  entity: string;
  /** The two records, in the order of their ids. */
  one: string;
  other: string;
  rule: string;
  key: string;
  state: string;
  since: string;
  decided_at: string | null;
  decided_by: string | null;
  reason: string | null;
  /** Of a joined one: the record that stayed. */
  survivor: string | null;
  /** Of a joined one: the links that went to the survivor, and what was blank in that before. */
  before: ColumnType<Record<string, unknown>, string | undefined, string>;
  /** Of one that was refused or undone: every rule and key that the two shared at that moment. */
  seen: ColumnType<unknown[], string | undefined, string>;
}

/** Deals and leads that are not created in a CRM, because one that it has may be the same: a person decides. */
export interface RegistrationTable {
  connection: string;
  object: string;
  entity: string;
  record_id: string;
  since: string;
}

/** Two records of ours that a person says are not the same. */
export interface ApartTable {
  entity: string;
  /** The two, in the order of their ids. */
  one: string;
  other: string;
  /** The record of a CRM that went from one to the other when it was said; null where none did. */
  connection: string | null;
  object: string | null;
  crm_id: string | null;
  since: string;
  decided_by: string;
  reason: string | null;
}
