import type { ApiRequest } from './api.ts';
import { refusals } from './errors.ts';
import { type Aggregate, type JoinPlan, type Output, pathTo } from './joins/plan.ts';
import type { AppliedAggregate, Path } from './odata/ast.ts';
import { joined } from './odata/conditions.ts';
import { resolvePath, type Scope } from './odata/scope.ts';
import { jsonName } from './row-json.ts';
import type { Table } from './types.ts';

const methods: Readonly<Record<AppliedAggregate['method'], Aggregate>> = {
  count: 'count',
  sum: 'sum',
  average: 'avg',
  min: 'min',
  max: 'max',
  countdistinct: 'countcolumn',
};

/**
 * What $apply asks for. Groups that lookups lead to are named for their table and column: contact_fullname.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/aggregate-data
 */
export function readApply({ org, caller, query }: ApiRequest, table: Table): JoinPlan {
  const { filter, groupBy, aggregates } = query.apply!;
  const scope: Scope = { state: org.state, caller, table, variables: new Map() };
  const outputs = [
    ...groupBy.map((each) => groupOutput(scope, each)),
    ...aggregates.map((each) => aggregateOutput(scope, each)),
  ];
  return {
    table,
    joins: [],
    filter: joined(
      'and',
      [query.filter, filter].filter((each) => each != null),
    ),
    outputs,
    isAggregate: true,
    isDistinct: false,
    omitsBlanks: true,
    orders: (query.orderBy ?? []).map(({ path, descending }) => ({
      by: orderedBy(outputs, path),
      descending,
    })),
    skip: 0,
    top: query.top ?? null,
  };
}

function groupOutput(scope: Scope, { steps }: Path): Output {
  const path = resolvePath(scope, steps);
  if (path.column.type === 'DateTime')
    throw refusals.badQuery('Grouping by a date and time is not supported.');
  const name =
    path.via.length === 0 ? jsonName(path.column) : `${path.table.logicalName}_${path.column.logicalName}`;
  return { name, path, isNamed: true };
}

function aggregateOutput(scope: Scope, { of, method, name }: AppliedAggregate): Output {
  const path =
    of === null
      ? pathTo(scope.table, scope.table.columns.get(scope.table.primaryId)!)
      : resolvePath(scope, of.steps);
  return { name, path, isNamed: true, aggregate: methods[method], isDistinct: method === 'countdistinct' };
}

/** Ordering by an aggregate is refused in these words, the page says. */
function orderedBy(outputs: readonly Output[], { steps }: Path): Output {
  const found = outputs.find(({ name, aggregate }) => name === steps.join('_') && aggregate === undefined);
  if (found === undefined)
    throw refusals.badQuery('The query node SingleValueOpenPropertyAccess is not supported');
  return found;
}
