import type { Filter } from './odata/ast.ts';
import { type FilterScope, known } from './odata/filter.ts';
import { resolvePath } from './odata/scope.ts';
import { literalFor } from './odata/values.ts';
import type { Row } from './types.ts';

/**
 * Rows among which those of a query are, in the order of their ids: with a condition of many values on a text or an id,
 * those that the index of the column has for them; with one on a time that leaves out most rows, those of that time; else all
 * behind `afterId`. A query of a thousand ids would otherwise look at each row of the table a thousand times, and a count in
 * parts at each row for every part.
 */
export function candidateRows(
  scope: FilterScope,
  filter: Filter | undefined,
  afterId: string | undefined,
): Iterable<Row> {
  const rows = scope.state.rows(scope.table);
  const named = filter === undefined ? undefined : namedValues(scope, filter);
  if (named !== undefined) {
    const found = new Set(named.values.flatMap((value) => rows.where(named.column, value)));
    return byId(scope, [...found]);
  }
  const period = filter === undefined ? undefined : periodOf(scope, filter);
  if (period !== undefined) {
    const timed = rows.byTime(period.column);
    const isFew = timed.count(period.from, period.to) * 4 <= rows.all.size;
    if (isFew)
      return byId(scope, [...(period.blanks ? timed.blanks : []), ...timed.rows(period.from, period.to)]);
  }
  return rows.from(afterId);
}

function byId({ table }: FilterScope, rows: Row[]): Row[] {
  const idOf = (row: Row): string => String(row[table.primaryId]);
  return rows.sort((left, right) => (idOf(left) < idOf(right) ? -1 : 1));
}

/** Times, in milliseconds and both included, between which a column of every row of an answer lies. */
interface Period {
  column: string;
  from: number;
  to: number;
  /** Rows without a time may be in the answer too. */
  blanks: boolean;
}

/** The period that a condition confines its rows to; undefined where it does not. */
function periodOf(scope: FilterScope, filter: Filter): Period | undefined {
  if (filter.kind === 'and' || filter.kind === 'or') {
    const [left, right] = [periodOf(scope, filter.left), periodOf(scope, filter.right)];
    if (left === undefined || right === undefined || left.column !== right.column)
      return filter.kind === 'and' ? (left ?? right) : undefined;
    const isBoth = filter.kind === 'and';
    return {
      column: left.column,
      from: isBoth ? Math.max(left.from, right.from) : Math.min(left.from, right.from),
      to: isBoth ? Math.min(left.to, right.to) : Math.max(left.to, right.to),
      blanks: isBoth ? left.blanks && right.blanks : left.blanks || right.blanks,
    };
  }
  if (filter.kind !== 'compare') return undefined;
  const [first, second] = [known(scope, filter.left), known(scope, filter.right)];
  if (first.kind !== 'path') return undefined;
  const { via, variable, column } = resolvePath(scope, first.steps);
  if (via.length > 0 || variable !== null || column.type !== 'DateTime') return undefined;
  // What is hidden reads as blank, whatever is stored.
  if (!scope.caller.mayRead(scope.table, column)) return undefined;
  const place = { column: column.logicalName, from: -Infinity, to: Infinity, blanks: false };
  if (second.kind === 'null')
    return filter.operator === 'eq' ? { ...place, from: Infinity, to: -Infinity, blanks: true } : undefined;
  if (second.kind === 'path') return undefined;
  const time = Date.parse(String(literalFor(column, second)));
  const { operator } = filter;
  if (operator === 'ne') return undefined;
  return {
    ...place,
    from: operator === 'lt' || operator === 'le' ? -Infinity : time,
    to: operator === 'gt' || operator === 'ge' ? Infinity : time,
  };
}

/** A condition of In() that holds for every row of the answer; undefined where there is none. */
function namedValues(
  scope: FilterScope,
  filter: Filter,
): { column: string; values: readonly string[] } | undefined {
  if (filter.kind === 'and') return namedValues(scope, filter.left) ?? namedValues(scope, filter.right);
  if (filter.kind !== 'function' || !/(^|\.)In$/.test(filter.name)) return undefined;
  const { PropertyName: name, PropertyValues: list } = filter.parameters;
  if (name?.kind !== 'string' || list?.kind !== 'list') return undefined;
  const { via, variable, column } = resolvePath(scope, name.value.split('/'));
  if (via.length > 0 || variable !== null || !indexed.has(column.type)) return undefined;
  const values = list.items.flatMap((item) =>
    item.kind === 'string' || item.kind === 'guid' ? [item.value] : [],
  );
  return values.length === list.items.length ? { column: column.logicalName, values } : undefined;
}

/** Types whose stored form is the text of a condition, but for its case. */
const indexed: ReadonlySet<string> = new Set(['String', 'Uniqueidentifier']);
