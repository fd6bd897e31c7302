import type { Clock } from '../../simulation/clock.ts';
import { createCaller } from './access.ts';
import { bulkLoad } from './bulk-load.ts';
import { type Merge, mergeRows } from './dml/merge.ts';
import { purgeBin } from './dml/remove.ts';
import { runInsert, runRemove, runUpdate, runUpsert, type WriteCall } from './dml/run.ts';
import { openStatement, runRows, stamped } from './dml/statement.ts';
import type { Faults } from './faults.ts';
import { compareIds, toId18 } from './ids.ts';
import { orgReads } from './org-reads.ts';
import type { Schema } from './schema.ts';
import type {
  AssignmentRule,
  DuplicateRule,
  Formula,
  OrgState,
  SideEffect,
  ValidationRule,
} from './state.ts';
import type { Caller, DmlOptions, DmlResult, InputRecord, ObjectMeta, QuerySource, Row } from './types.ts';
import { ApiError } from './types.ts';

export type { AssignmentRule, DuplicateRule, SideEffect, ValidationRule } from './state.ts';

/**
 * One org: metadata, records, users. Every write is synchronous: one call is one statement of the platform, its rows
 * share one SystemModstamp. `as` is a Caller from `org.as(userId)`; without it a system administrator acts.
 */
export interface Org extends QuerySource {
  readonly id: string;
  readonly clock: Clock;
  readonly schema: Schema;
  readonly faults: Faults;
  /** Mails and assignments that the writes so far would have caused. */
  readonly sideEffects: SideEffect[];
  /** What the parts of the simulator work on. Tests use the methods. */
  readonly state: OrgState;
  /** The caller for a user id; throws when there is no such user. */
  as(userId: string): Caller;
  readonly admin: Caller;
  insert(object: string, records: InputRecord[], options?: DmlOptions): DmlResult[];
  update(object: string, records: InputRecord[], options?: DmlOptions): DmlResult[];
  /** `externalIdField` may be Id. A record whose key matches several rows is refused with DUPLICATE_EXTERNAL_ID, status 300. */
  upsert(object: string, externalIdField: string, records: InputRecord[], options?: DmlOptions): DmlResult[];
  /** Into the recycle bin, children of cascading lookups with it. */
  delete(ids: string[], options?: DmlOptions): DmlResult[];
  /** Out of the recycle bin too; nothing is left. */
  hardDelete(ids: string[], options?: DmlOptions): DmlResult[];
  undelete(ids: string[], options?: DmlOptions): DmlResult[];
  /** Losers go to the bin with MasterRecordId; their children move to the winner. */
  merge(object: string, merge: Merge, options?: DmlOptions): DmlResult;
  /** Sets stored values that no client may write (a conversion, a backdated stamp); the stamps move unless given. */
  setSystemFields(id: string, values: Row, options?: DmlOptions): void;
  /** Fast way in for a great many trusted rows (stored forms, no rules, no permissions). Returns their ids. */
  bulkLoad(object: string, rows: Row[]): string[];
  /** A row by id, 15 or 18 characters, live or in the bin; undefined when unknown. */
  find(id: string): { object: ObjectMeta; row: Row } | undefined;
  /** Lets a user see (or edit) one record that he does not own. (Default: read.) */
  share(recordId: string, userId: string, access?: 'read' | 'edit'): void;
  unshare(recordId: string, userId: string): void;
  /** The answer takes the rule away again. */
  addValidationRule(object: string, rule: ValidationRule): () => void;
  addDuplicateRule(rule: DuplicateRule): () => void;
  setAssignmentRule(object: 'Lead' | 'Case', rule: AssignmentRule): void;
  /** A formula field: evaluated on reading, it never moves a stamp. */
  setFormula(object: string, field: string, formula: Formula): void;
  /** Live rows of an object as plain copies, sorted by id, for comparing in tests. */
  dump(object: string): Row[];
  /** Runs the work; when it throws, every write made meanwhile is undone. */
  transaction<T>(work: () => Promise<T> | T): Promise<T>;
}

/** The object by name; throws the platform's 404 for one that the caller cannot see. */
function requireObject(state: OrgState, name: string, caller?: Caller): ObjectMeta {
  const object = state.schema.object(name);
  if (object === undefined || (caller !== undefined && !caller.canReadObject(object))) {
    throw new ApiError(404, 'NOT_FOUND', 'The requested resource does not exist');
  }
  return object;
}

function addTo<T>(list: T[], entry: T): () => void {
  list.push(entry);
  return () => {
    const at = list.indexOf(entry);
    if (at >= 0) list.splice(at, 1);
  };
}

type Writes = Pick<
  Org,
  | 'insert'
  | 'update'
  | 'upsert'
  | 'delete'
  | 'hardDelete'
  | 'undelete'
  | 'merge'
  | 'setSystemFields'
  | 'bulkLoad'
>;

function orgWrites(state: OrgState, admin: Caller): Writes {
  const call = (object: ObjectMeta, options: DmlOptions = {}): WriteCall => {
    purgeBin(state);
    return { state, object, options, caller: options.as ?? admin };
  };
  const on = (name: string, options?: DmlOptions): WriteCall =>
    call(requireObject(state, name, options?.as), options);
  const anyObject = (): ObjectMeta => requireObject(state, 'Account');
  return {
    insert: (object, records, options) => runInsert(on(object, options), records),
    update: (object, records, options) => runUpdate(on(object, options), records),
    upsert: (object, field, records, options) => runUpsert(on(object, options), records, field),
    delete: (ids, options) => runRemove(call(anyObject(), options), ids, 'delete'),
    hardDelete: (ids, options) => runRemove(call(anyObject(), options), ids, 'hardDelete'),
    undelete: (ids, options) => runRemove(call(anyObject(), options), ids, 'undelete'),
    merge: (object, merge, options) => {
      const { object: meta, caller, options: given } = on(object, options);
      const statement = openStatement(state, meta, { caller, options: given });
      const [result] = runRows(statement, [merge], (each) => mergeRows(statement, each));
      return result ?? { id: null, success: false, created: false, errors: [] };
    },
    setSystemFields: (id, values, options) => {
      const found = findRow(state, id);
      if (found === undefined) throw new Error(`There is no record ${id} in this org`);
      const statement = openStatement(state, found.object, { caller: options?.as ?? admin, options: {} });
      state.write(found.object, String(found.row.Id), { ...stamped(statement, found.row), ...values });
    },
    bulkLoad: (object, rows) => bulkLoad(state, requireObject(state, object), { rows, caller: admin }),
  };
}

function findRow(state: OrgState, id: string): { object: ObjectMeta; row: Row } | undefined {
  const id18 = toId18(id);
  if (id18 === null) return undefined;
  for (const object of state.schema.objectsByPrefix(id18.slice(0, 3))) {
    const row = state.table(object).get(id18);
    if (row !== undefined) return { object, row };
  }
  return undefined;
}

async function inTransaction<T>(state: OrgState, work: () => Promise<T> | T): Promise<T> {
  const savepoint = state.savepoint();
  try {
    const result = await work();
    state.release();
    return result;
  } catch (error) {
    state.rollback(savepoint);
    throw error;
  }
}

/** The org over its state; `adminUserId` acts where nobody is named. */
export function createOrg(state: OrgState, adminUserId: string): Org {
  const admin = createCaller(state, adminUserId);
  const reads = orgReads(state);
  return {
    ...reads,
    get fiscalYearStartMonth() {
      return reads.fiscalYearStartMonth;
    },
    id: state.orgId,
    clock: state.clock,
    schema: state.schema,
    faults: state.faults,
    sideEffects: state.sideEffects,
    state,
    admin,
    as: (userId) => createCaller(state, toId18(userId) ?? userId),
    ...orgWrites(state, admin),
    find: (id) => findRow(state, id),
    share: (recordId, userId, access = 'read') => {
      const id = toId18(recordId) ?? recordId;
      const users = state.shares.get(id) ?? new Map<string, 'read' | 'edit'>();
      state.shares.set(id, users.set(userId, access));
    },
    unshare: (recordId, userId) => {
      state.shares.get(toId18(recordId) ?? recordId)?.delete(userId);
    },
    addValidationRule: (object, rule) => {
      const { name } = requireObject(state, object);
      const rules = state.rules.get(name) ?? [];
      state.rules.set(name, rules);
      return addTo(rules, rule);
    },
    addDuplicateRule: (rule) => addTo(state.duplicateRules, rule),
    setAssignmentRule: (object, rule) => {
      state.assignmentRules.set(object, rule);
    },
    setFormula: (object, field, formula) => {
      const { name } = requireObject(state, object);
      const formulas = state.formulas.get(name) ?? new Map<string, Formula>();
      state.formulas.set(name, formulas.set(field, formula));
    },
    dump: (object) => {
      const meta = requireObject(state, object);
      return [...state.table(meta).rows.values()]
        .filter((row) => row.IsDeleted !== true)
        .map((row) => ({ ...row }))
        .sort((a, b) => compareIds(String(a.Id), String(b.Id)));
    },
    transaction: (work) => inTransaction(state, work),
  };
}
