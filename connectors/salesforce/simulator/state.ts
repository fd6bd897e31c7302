import type { Clock } from '../../simulation/clock.ts';
import type { Faults } from './faults.ts';
import { createIdFactory } from './ids.ts';
import { createOverlay, type Overlay } from './overlay.ts';
import type { Schema } from './schema.ts';
import { createTable, type Table } from './table.ts';
import type { Caller, FieldValue, ObjectMeta, Row } from './types.ts';

/** A check that an admin of the org added: the text of the refusal and the field it names, or null. */
export type ValidationRule = (
  row: Row,
  context: { caller: Caller; old: Row | null },
) => { message: string; field?: string } | null;

/** A duplicate rule: the rows that it takes for the same thing, and whether the user may save all the same. */
export interface DuplicateRule {
  name: string;
  object: string;
  /** 'alert' can be passed with the header, 'block' cannot. */
  action: 'alert' | 'block';
  /** Rows match when all of these fields are equal and filled. */
  fields: string[];
  message: string;
}

/** What the org would have done beside the write: mails, assignments. Nothing is really sent. */
export interface SideEffect {
  kind: 'assignment-rule' | 'mail';
  object: string;
  id: string;
  detail: string;
  at: number;
}

/** An active assignment rule: whose the record becomes. */
export interface AssignmentRule {
  id: string;
  assign(row: Row): string | null;
}

export type Formula = (row: Row) => FieldValue;

/** A place in the undo journal and in the log of side effects. */
export interface Savepoint {
  writes: number;
  effects: number;
}

interface Undo {
  object: ObjectMeta;
  id: string;
  before: Row | undefined;
}

/** Everything an org keeps. Rows change through `write` only, so that a statement can be undone. */
export interface OrgState {
  readonly orgId: string;
  readonly schema: Schema;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly overlay: Overlay;
  readonly rules: Map<string, ValidationRule[]>;
  readonly duplicateRules: DuplicateRule[];
  readonly assignmentRules: Map<string, AssignmentRule>;
  /** Soft deletes in their order, for emptying the bin after 15 days. */
  readonly bin: Array<{ object: ObjectMeta; id: string; at: number }>;
  /** Lookups that the delete of a record cleared, by its id: they come back with it. */
  readonly clearedLookups: Map<string, Array<{ object: ObjectMeta; id: string; field: string }>>;
  /** Rows that are gone for good: id to the time of their deletion, per object. */
  readonly goneRows: Map<string, Map<string, number>>;
  readonly formulas: Map<string, Map<string, Formula>>;
  /** Explicit shares: record id to user id to access. */
  readonly shares: Map<string, Map<string, 'read' | 'edit'>>;
  readonly sideEffects: SideEffect[];
  /** Rises whenever permissions or users change. */
  accessVersion: number;
  table(object: ObjectMeta): Table;
  /** Puts a row, or removes it for good when it is undefined. */
  write(object: ObjectMeta, id: string, row: Row | undefined): void;
  newId(object: ObjectMeta): string;
  /** The next number of an auto-number field. */
  nextNumber(object: ObjectMeta): number;
  /** Where to come back to with `rollback`. */
  savepoint(): Savepoint;
  rollback(savepoint: Savepoint): void;
  /** Gives a savepoint up; with the last one the writes are final. */
  release(): void;
}

const ACCESS_OBJECTS = new Set([
  'User',
  'Profile',
  'PermissionSet',
  'PermissionSetAssignment',
  'ObjectPermissions',
  'FieldPermissions',
]);

export interface StateParts {
  orgId: string;
  schema: Schema;
  clock: Clock;
  faults: Faults;
}

/** An org without records. */
export function createState(parts: StateParts): OrgState {
  const tables = new Map<string, Table>();
  const numbers = new Map<string, number>();
  const journal: Undo[] = [];
  const newId = createIdFactory();
  let savepoints = 0;
  const table = (object: ObjectMeta): Table => {
    let found = tables.get(object.name);
    if (found === undefined) {
      found = createTable();
      tables.set(object.name, found);
    }
    return found;
  };
  const put = (object: ObjectMeta, id: string, row: Row | undefined): void => {
    if (row === undefined) table(object).remove(id);
    else table(object).put(id, row);
    if (ACCESS_OBJECTS.has(object.name)) state.accessVersion += 1;
  };
  const state: OrgState = {
    ...parts,
    overlay: createOverlay(parts.clock),
    rules: new Map(),
    duplicateRules: [],
    assignmentRules: new Map(),
    bin: [],
    clearedLookups: new Map(),
    goneRows: new Map(),
    formulas: new Map(),
    shares: new Map(),
    sideEffects: [],
    accessVersion: 0,
    table,
    write: (object, id, row) => {
      const before = table(object).get(id);
      if (savepoints > 0) journal.push({ object, id, before });
      const [late] = parts.faults.active('delayed-visibility', { object: object.name });
      if (late !== undefined) state.overlay.hide(object.name, id, { before, ms: late.ms ?? 1000 });
      put(object, id, row);
    },
    newId: (object) => {
      // Rows that were loaded with ids of their own may stand in the way.
      for (;;) {
        const id = newId(object.keyPrefix ?? 'a00');
        if (table(object).get(id) === undefined) return id;
      }
    },
    nextNumber: (object) => {
      const next = (numbers.get(object.name) ?? 0) + 1;
      numbers.set(object.name, next);
      return next;
    },
    savepoint: () => {
      savepoints += 1;
      return { writes: journal.length, effects: state.sideEffects.length };
    },
    rollback: (savepoint) => {
      for (const undo of journal.splice(savepoint.writes).reverse()) {
        put(undo.object, undo.id, undo.before);
        state.overlay.forget(undo.object.name, undo.id);
      }
      state.sideEffects.length = savepoint.effects;
      savepoints -= 1;
    },
    release: () => {
      savepoints -= 1;
      if (savepoints === 0) journal.length = 0;
    },
  };
  return state;
}
