import type { Clock } from '../../simulation/clock.ts';
import type { Faults } from './faults.ts';
import { createFiles, type Files } from './files.ts';
import { createIds } from './ids.ts';
import { createRows, type Rows } from './rows.ts';
import type { Schema } from './schema.ts';
import { createShares, type Shares } from './shares.ts';
import type { Row, Table } from './types.ts';

/** A row that is gone, for those who follow the changes of its table. */
export interface Deletion {
  id: string;
  /** The version at which it went. */
  version: number;
  /** Epoch milliseconds. */
  at: number;
}

/** What the environment holds. Every write passes here, gets a version number and can be undone. */
export interface State {
  readonly schema: Schema;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly files: Files;
  readonly shares: Pick<Shares, 'of'>;
  /** The last version number given out; they rise over all tables. */
  version(): number;
  rows(table: Table): Rows;
  deletions(table: Table): readonly Deletion[];
  newId(): string;
  /** Stores the row with the next version number and returns it. */
  put(table: Table, row: Row): Row;
  remove(table: Table, id: string): void;
  /** Gives a user rights to a row, or takes them away with null. */
  share: (...given: Parameters<Shares['put']>) => void;
  /** Runs the work; when it throws, everything that it stored is undone. Inner ones are part of the outer one. */
  transaction<T>(work: () => T): T;
}

export interface StateOptions {
  schema: Schema;
  clock: Clock;
  faults: Faults;
  /** Where ids come from: the same seed gives the same ids. */
  seed: string;
}

export function createState({ schema, clock, faults, seed }: StateOptions): State {
  const tables = new Map<string, Rows>();
  const shares = createShares();
  const gone = new Map<string, Deletion[]>();
  const undo: (() => void)[] = [];
  // The first rows of a real environment have version numbers in the millions.
  let version = 1_000_000;
  const rowsOf = (table: Table): Rows => {
    const known = tables.get(table.logicalName);
    if (known !== undefined) return known;
    const rows = createRows();
    tables.set(table.logicalName, rows);
    return rows;
  };
  const restore = (rows: Rows, id: string, before: Row | undefined) => () => {
    if (before === undefined) rows.remove(id);
    else rows.put(id, before);
  };
  const deletionsOf = (table: Table): Deletion[] => {
    const known = gone.get(table.logicalName) ?? [];
    gone.set(table.logicalName, known);
    return known;
  };
  let depth = 0;
  return {
    schema,
    clock,
    faults,
    files: createFiles(),
    shares,
    share: (at, rights) => {
      const back = shares.put(at, rights);
      if (depth > 0) undo.push(back);
    },
    version: () => version,
    rows: rowsOf,
    deletions: deletionsOf,
    newId: createIds(seed),
    put: (table, row) => {
      version += 1;
      const stored = { ...row, versionnumber: version };
      const id = String(row[table.primaryId]);
      const rows = rowsOf(table);
      if (depth > 0) undo.push(restore(rows, id, rows.get(id)));
      rows.put(id, stored);
      return stored;
    },
    remove: (table, id) => {
      version += 1;
      const rows = rowsOf(table);
      const deletions = deletionsOf(table);
      if (depth > 0) {
        undo.push(restore(rows, id, rows.get(id)), () => void deletions.pop());
      }
      rows.remove(id);
      deletions.push({ id, version, at: clock.now() });
    },
    transaction: (work) => {
      const mark = undo.length;
      depth += 1;
      try {
        return work();
      } catch (error) {
        while (undo.length > mark) undo.pop()!();
        throw error;
      } finally {
        depth -= 1;
        if (depth === 0) undo.length = 0;
      }
    },
  };
}
