import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { Schema } from './schema.ts';
import type {
  Caller,
  DmlOptions,
  DmlResult,
  FieldValue,
  InputRecord,
  ObjectMeta,
  QuerySource,
  Row,
} from './types.ts';

/** A check that an admin of the org added: the text of the refusal and the field it names, or null. */
export type ValidationRule = (
  row: Row,
  context: { caller: Caller; old: Row | null },
) => { message: string; field?: string } | null;

/** What the org would have done beside the write: mails, assignments. Nothing is really sent. */
export interface SideEffect {
  kind: 'assignment-rule' | 'mail';
  object: string;
  id: string;
  detail: string;
  at: number;
}

/**
 * One org: metadata, records, users. Every write is synchronous: one call is one statement of the platform, its rows
 * share one SystemModstamp. `as` is a Caller from `org.as(userId)`; without it a system administrator acts.
 */
export interface Org extends QuerySource {
  readonly id: string;
  readonly clock: Clock;
  readonly schema: Schema;
  readonly faults: Faults;
  readonly sideEffects: SideEffect[];
  /** The caller for a user id; throws when there is no such active user. */
  as(userId: string): Caller;
  readonly admin: Caller;
  insert(object: string, records: InputRecord[], options?: DmlOptions): DmlResult[];
  update(object: string, records: InputRecord[], options?: DmlOptions): DmlResult[];
  /** `externalIdField` may be Id. A record whose key matches several rows is refused with MULTIPLE_CHOICES. */
  upsert(object: string, externalIdField: string, records: InputRecord[], options?: DmlOptions): DmlResult[];
  /** Into the recycle bin, children of cascading lookups with it. */
  delete(ids: string[], options?: DmlOptions): DmlResult[];
  /** Out of the recycle bin too; nothing is left. */
  hardDelete(ids: string[], options?: DmlOptions): DmlResult[];
  undelete(ids: string[], options?: DmlOptions): DmlResult[];
  /** Losers go to the bin with MasterRecordId; their children move to the winner. */
  merge(
    object: string,
    merge: { masterId: string; loserIds: string[]; values?: InputRecord },
    options?: DmlOptions,
  ): DmlResult;
  /** Fast way in for a great many trusted rows (stored forms, no rules, no permissions). Returns their ids. */
  bulkLoad(object: string, rows: Row[]): string[];
  /** A row by id, 15 or 18 characters, live or in the bin; undefined when unknown. */
  find(id: string): { object: ObjectMeta; row: Row } | undefined;
  /** Lets a user see (and edit) one record that he does not own. */
  share(recordId: string, userId: string, access?: 'read' | 'edit'): void;
  addValidationRule(object: string, rule: ValidationRule): () => void;
  /** A formula field: evaluated on reading, it never moves a stamp. */
  setFormula(object: string, field: string, formula: (row: Row) => FieldValue): void;
  /** Live rows of an object as plain copies, sorted by id, for comparing in tests. */
  dump(object: string): Row[];
  /** Runs the work; when it throws, every write made meanwhile is undone. */
  transaction<T>(work: () => Promise<T> | T): Promise<T>;
}
