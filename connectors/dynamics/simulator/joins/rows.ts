import { requireRead } from '../access.ts';
import { type At, compileFilter, type FilterScope } from '../odata/filter.ts';
import { valueAt } from '../odata/scope.ts';
import { candidateRows } from '../query-candidates.ts';
import type { Row, Table } from '../types.ts';
import type { Join, JoinPlan } from './plan.ts';

/** Rows as they are joined, in the order of the first table's ids. The caller sees only what its roles reach. */
export function joinedRows(scope: FilterScope, { joins, filter }: JoinPlan): Iterable<At> {
  const test = filter === undefined ? () => true : compileFilter(scope, filter);
  const steps = joins.map((join) => stepOf(scope, join));
  return {
    *[Symbol.iterator]() {
      for (const row of candidateRows(scope, filter, undefined)) {
        if (!isReached(scope, scope.table, row)) continue;
        let joined: At[] = [{ row, bound: new Map() }];
        for (const step of steps) joined = joined.flatMap(step);
        for (const at of joined) if (test(at) === true) yield at;
      }
    },
  };
}

/** Rows of a table between two others belong to nobody: whoever reads both sides reads them. */
export function requireReadable({ caller }: FilterScope, table: Table): void {
  if (table.intersect !== true) requireRead(caller, table);
}

export function isReached({ caller }: FilterScope, table: Table, row: Row): boolean {
  return table.intersect === true || caller.reaches('Read', table, row);
}

function stepOf(scope: FilterScope, join: Join): (at: At) => At[] {
  const { table, from, to, kind, alias } = join;
  requireReadable(scope, table);
  const test = join.filter === undefined ? () => true : compileFilter(scope, join.filter);
  const rows = scope.state.rows(table);
  return (at) => {
    const value = valueAt(scope, to, at);
    const found = (value === null ? [] : rows.where(from.logicalName, value))
      .filter((row) => isReached(scope, table, row))
      .map((row): At => ({ row: at.row, bound: new Map(at.bound).set(alias, row) }))
      .filter((each) => test(each) === true);
    if (kind === 'first') return found.slice(0, 1);
    return found.length === 0 && kind === 'outer' ? [at] : found;
  };
}
