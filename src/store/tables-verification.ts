import type { Json } from './tables-column.ts';

/** What was found by comparing both sides. See tables.ts for the forms of the values. */

export interface VerificationTable {
  connection: string;
  object: string;
  entity: string;
  state: string;
  /** Why it is not verified. */
  reason: Json<Record<string, unknown>> | null;
  /** Up to which instant of the CRM everything was known to be here when it was verified last. */
  verified_to: string | null;
  checked_at: string;
  run_id: string;
}

export interface VerificationMonthTable {
  connection: string;
  object: string;
  entity: string;
  /** YYYY-MM, or empty for records that do not tell when they were made. */
  month: string;
  counted: number;
  linked: number;
  /** Read, and held or invalid. */
  aside: number;
  /** Whether its counts differed twice, though everything that was read of it is here. */
  unsettled: boolean;
  counted_at: string;
  /** When the values were compared last, and with which meaning of the mapping; null: never. */
  compared_at: string | null;
  compared_with: string | null;
  /** Checksums of the mapped values then: as the CRM has them, and as they were read. */
  theirs: string | null;
  ours: string | null;
}

export interface MismatchTable {
  connection: string;
  object: string;
  entity: string;
  crm_id: string;
  cause: string;
  /** False while the record may have been on its way. */
  settled: boolean;
  month: string;
  record_id: string | null;
  attributes: string[];
  since: string;
}
