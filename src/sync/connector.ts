import type { ErrorCode, RetryClass, TierlinkError } from '../errors.ts';
import type { ConnectionFacts, ObjectDescription } from './crm-description.ts';

/**
 * What a CRM must offer, and nothing else. One implementation per folder in connectors/; an instance serves one
 * connection. Every member throws TierlinkError (codes CRM_*) when the whole call failed, and all but check() throw
 * SYNC_ORG_CHANGED on another org than the pinned one; single records that failed are data, never exceptions.
 */
export interface Connector {
  /** Signs in and says who, which org, which kind of org and what the user may do. Reads only. */
  check(objects: readonly string[]): Promise<ConnectionFacts>;
  /** The objects' fields as this user sees them; an object that does not exist (or is hidden) is left out. */
  describe(objects: readonly string[]): Promise<ObjectDescription[]>;
  /** How many live records are in scope, or how many of each month in which any was made. In order; the error of a refused one. */
  count(requests: readonly CountRequest[]): Promise<Counted[]>;
  /** All live records in scope, or those named by id or key; page by page, resumable. Order is the connector's own. */
  read(request: ReadRequest): AsyncIterable<RecordPage>;
  /** What was changed, deleted, restored or merged since each cursor: a stream per request, which throws
   * CRM_CURSOR_EXPIRED when that is lost. What streams begin with may be asked for together when the first one is read. */
  changes(requests: readonly ChangesRequest[]): AsyncIterable<ChangePage>[];
  /** Writes rows; one result per row, in order. Repeating a call never makes a second record. */
  write(request: WriteRequest): Promise<WriteResult[]>;
  /** The address at which a person opens the record in the CRM. Makes no call. */
  recordUrl(object: string, id: string): string;
  /** The org's own allowance of calls, as last heard; makes a call only if nothing was heard yet. */
  limits(): Promise<CallLimits>;
}

/** A value in neutral form: decimals are strings, dates 'YYYY-MM-DD', instants ISO 8601 in UTC, null is blank. A field
 * that the user cannot read is absent from the record. */
export type CrmValue = string | number | boolean | null;
/** Points to a record by a key field instead of its id; only in rows to write. */
export type CrmReference = { object: string; keyField: string; key: string };

/** modifiedAt: the CRM's own stamp, ISO 8601 in UTC; createdAt: when it was made, which never changes, null when the CRM
 * does not say. modifiedBy: the user, by the id that the CRM has for it; null when not known. */
export interface CrmRecord {
  id: string;
  modifiedAt: string;
  createdAt: string | null;
  fields: Record<string, CrmValue>;
  modifiedBy: string | null;
}

/** Which records take part. Empty: all. All that is given must hold; `filter` is in the CRM's own query language. created:
 * those made from an instant on, before another one. */
export interface Scope {
  name: string;
  recordTypes?: readonly string[] | undefined;
  where?: Readonly<Record<string, readonly CrmValue[]>> | undefined;
  filter?: string | undefined;
  created?: { from?: string | undefined; before?: string | undefined } | undefined;
}
export type CountRequest = { object: string; scope: Scope; by?: 'month' };
/** month: YYYY-MM in UTC, null for records that do not tell. Months without a record may be left out. */
export type Counted = number | { month: string | null; records: number }[] | TierlinkError;
/** resume: the last page's token, to go on after a crash. ids / keys: only those, out of scope too unless inScope.
 * tellsMerges: pages also say which of the ids that are not there were merged away, into which last winner. noCursor:
 * nobody wants to know where changes start, so pages may leave it null. */
export type ReadRequest = {
  object: string;
  fields: readonly string[];
  scope: Scope;
  ids?: readonly string[];
  keys?: { field: string; values: readonly string[] };
  inScope?: boolean;
  tellsMerges?: boolean;
  noCursor?: boolean;
  resume?: unknown;
  signal?: AbortSignal;
};
/** cursor: where changes() starts once the read has ended. JSON, opaque to the engine. */
export type RecordPage = { records: CrmRecord[]; merged?: ChangePage['merged'] } & ReadPlace;
type ReadPlace = { resume: unknown; cursor: unknown; last: boolean };
export type ChangesRequest = {
  object: string;
  fields: readonly string[];
  scopes: readonly Scope[];
  cursor: unknown;
  signal?: AbortSignal;
};
/** Deleted ids are confirmed by a direct read. A restored record comes as a changed one. `scopes` names those that hold. */
export type ChangePage = {
  changed: (CrmRecord & { scopes: string[] })[];
  deleted: { id: string; at: string }[];
  merged: { loser: string; winner: string }[];
  cursor: unknown;
  covered: { from: string; to: string };
  last: boolean;
};
/** ref: the caller's own name for the row. update needs id; upsert needs key. parent: rows sharing it lock each other. */
export type WriteRow = { ref: string; id?: string; key?: string; fields: WrittenFields; parent?: string };
type WrittenFields = Record<string, CrmValue | CrmReference>;
/** together: rows of one call at most, each failing for itself as far as the CRM can. (Default: the connector's choice)
 * bulk: a job that an earlier process had started and whose results are still to be fetched. onBulkJob is awaited after
 * a job for the rows `refs` exists and before they are processed, so that a restart can resume it. A further job for the
 * same rows means that the one before was given up unprocessed. */
export type WriteRequest = {
  object: string;
  operation: 'update' | 'upsert';
  keyField?: string;
  rows: readonly WriteRow[];
  manners: Manners;
  together?: number;
  bulk?: string;
  onBulkJob?: (jobId: string, refs: readonly string[]) => Promise<void>;
  signal?: AbortSignal;
};
/** What our writes may set off in the CRM. (Default: nothing) */
export type Manners = { assignmentRules: boolean; allowDuplicates: boolean };
/** written: created or updated, the CRM does not say. unknown: read by key or id, then decide; cause: what went wrong. */
export type WriteResult = { ref: string; id?: string } & (
  | { outcome: 'created' | 'updated' | 'written' | 'unchanged' }
  | { outcome: 'unknown'; cause?: Cause }
  | ({ outcome: 'rejected'; field?: string; retry: RetryClass } & Cause)
);
export type Cause = { code: ErrorCode; vendorCode: string; message: string };
/** used and max: calls in the CRM's own window; null when the CRM has not said. resetsAt: when a share comes back. */
export type CallLimits = { used: number | null; max: number | null; resetsAt: string | null };
