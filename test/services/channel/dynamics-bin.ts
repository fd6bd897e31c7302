import { instantText } from '../../../connectors/dynamics/simulator/dml/value.ts';
import { DataverseError } from '../../../connectors/dynamics/simulator/errors.ts';
import type { Org } from '../../../connectors/dynamics/simulator/org.ts';
import { lookupTable, type Row, type Table } from '../../../connectors/dynamics/simulator/types.ts';

/**
 * What an environment keeps of deleted rows where an admin has turned that on, which the simulator does not do by itself:
 * a row comes back under its id, with the rows that went with it.
 * https://learn.microsoft.com/power-apps/developer/data-platform/restore-deleted-records
 */
export interface RecycleBin {
  /** Does the removal and keeps what is gone after it. */
  keep(id: string, remove: () => void): void;
  /** Throws DataverseError where nothing is kept of the row. */
  restore(id: string): void;
  purge(id: string): void;
  /** Remembers what it holds; the result puts that back. */
  snapshot(): () => void;
}

interface Gone {
  table: Table;
  row: Row;
}

const notKept = () => new DataverseError(404, '0x80040217', 'Nothing is kept of this row.');

export function recycleBin(org: Org): RecycleBin {
  const kept = new Map<string, readonly Gone[]>();
  return {
    keep: (id, remove) => {
      const before = allRows(org);
      remove();
      kept.set(
        id,
        before.filter(({ table, row }) => !isThere(org, table, row)),
      );
    },
    restore: (id) => {
      const gone = kept.get(id);
      if (gone === undefined) throw notKept();
      kept.delete(id);
      // All of them first: one may point to another.
      for (const { table, row } of gone) org.state.put(table, row);
      for (const { table, row } of gone) org.state.put(table, withoutDangling(org, table, row));
    },
    purge: (id) => {
      if (!kept.delete(id)) throw notKept();
    },
    snapshot: () => {
      const then = [...kept];
      return () => {
        kept.clear();
        for (const [id, gone] of then) kept.set(id, gone);
      };
    },
  };
}

function allRows(org: Org): Gone[] {
  return [...org.schema.tables()].flatMap((table) =>
    [...org.state.rows(table).all.values()].map((row) => ({ table, row })),
  );
}

function isThere(org: Org, table: Table, row: Row): boolean {
  return org.state.rows(table).get(String(row[table.primaryId])) !== undefined;
}

/** The row as changed now, with blanks where it pointed to what is gone by now. */
function withoutDangling(org: Org, table: Table, row: Row): Row {
  const restored: Row = { ...row, modifiedon: instantText(org.clock.now()) };
  for (const { logicalName, targets } of table.columns.values()) {
    const id = restored[logicalName] ?? null;
    if (targets === undefined || id === null) continue;
    const target = String(restored[lookupTable(logicalName)] ?? targets[0]);
    if (org.schema.table(target) === undefined || org.get(target, String(id)) !== undefined) continue;
    restored[logicalName] = null;
    if (targets.length > 1) restored[lookupTable(logicalName)] = null;
  }
  return restored;
}
