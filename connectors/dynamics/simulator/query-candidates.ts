import type { Filter } from './odata/ast.ts';
import type { FilterScope } from './odata/filter.ts';
import { resolvePath } from './odata/scope.ts';
import type { Row } from './types.ts';

/**
 * Rows among which those of a query are, in the order of their ids: with a condition of many values on a text or an id,
 * those that the index of the column has for them; else all behind `afterId`. A query of a thousand ids would otherwise
 * look at each row of the table a thousand times.
 */
export function candidateRows(
  scope: FilterScope,
  filter: Filter | undefined,
  afterId: string | undefined,
): Iterable<Row> {
  const rows = scope.state.rows(scope.table);
  const named = filter === undefined ? undefined : namedValues(scope, filter);
  if (named === undefined) return rows.from(afterId);
  const found = new Map<string, Row>();
  for (const value of named.values)
    for (const row of rows.where(named.column, value)) found.set(String(row[scope.table.primaryId]), row);
  return [...found].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
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
