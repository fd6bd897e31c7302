import { z } from 'zod';
import { type ApiRequest, contextOf, ok, type Route } from '../api.ts';
import { removeRow } from '../dml/remove.ts';
import { load, requirePrivilege } from '../dml/save.ts';
import { instantText } from '../dml/value.ts';
import { DataverseError, refusals } from '../errors.ts';
import { readMetadata } from '../metadata-body.ts';
import type { Filter } from '../odata/ast.ts';
import { condition, joined } from '../odata/conditions.ts';
import { compileFilter } from '../odata/filter.ts';
import type { Row, Table } from '../types.ts';
import { isPost } from './metadata-write.ts';
import { callOf } from './rows.ts';

/**
 * A job that deletes what a query finds. It has run when the request is answered, rows that cannot go staying behind.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/bulkdelete
 */

const filterShape = z.looseObject({
  FilterOperator: z.enum(['And', 'Or']).default('And'),
  Conditions: z
    .array(
      z.looseObject({
        AttributeName: z.string(),
        Operator: z.string(),
        Values: z.array(z.looseObject({ Value: z.union([z.string(), z.number(), z.boolean()]) })).default([]),
      }),
    )
    .default([]),
});
const body = z.looseObject({
  JobName: z.string(),
  QuerySet: z.array(z.looseObject({ EntityName: z.string(), Criteria: filterShape.nullish() })).min(1),
});

type Query = z.infer<typeof body>['QuerySet'][number];

function filterOf(table: Table, { Criteria: given }: Query): Filter | undefined {
  const conditions = (given?.Conditions ?? []).map(({ AttributeName: column, Operator: operator, Values }) =>
    condition(table, { column, operator, values: Values.map(({ Value }) => String(Value)) }),
  );
  return joined(given?.FilterOperator === 'Or' ? 'or' : 'and', conditions);
}

function matching(request: ApiRequest, table: Table, query: Query): Row[] {
  const { caller, org } = request;
  const scope = { state: org.state, caller, table, variables: new Map(), parameters: {} };
  const filter = filterOf(table, query);
  const test = filter === undefined ? () => true : compileFilter(scope, filter);
  return [...org.state.rows(table).all.values()].filter(
    (row) => caller.reaches('Read', table, row) && test({ row, bound: new Map() }) === true,
  );
}

/** Whether all of them went. */
function removeAll(request: ApiRequest, table: Table, rows: readonly Row[]): boolean {
  let isWhole = true;
  for (const row of rows) {
    try {
      removeRow(callOf(request, table), row);
    } catch (error) {
      if (!(error instanceof DataverseError)) throw error;
      isWhole = false;
    }
  }
  return isWhole;
}

const bulkDelete: Route = {
  name: 'bulk delete',
  fits: (request) => isPost(request, 'BulkDelete'),
  answer: (request) => {
    const { JobName: name, QuerySet: queries } = readMetadata(body, request.body);
    const { org } = request;
    const outcomes = queries.map((query) => {
      const table = org.schema.table(query.EntityName);
      if (table === undefined) throw refusals.invalidArgument(`There is no entity ${query.EntityName}.`);
      requirePrivilege(callOf(request, table), 'Delete');
      return removeAll(request, table, matching(request, table, query));
    });
    const now = instantText(org.clock.now());
    const job = load(callOf(request, org.table('asyncoperation')), {
      name,
      operationtype: 13,
      startedon: now,
      completedon: now,
      statecode: 3,
      statuscode: outcomes.includes(false) ? 31 : 30,
    });
    const context = contextOf(request, 'Microsoft.Dynamics.CRM.BulkDeleteResponse');
    return ok({ '@odata.context': context, JobId: job.asyncoperationid });
  },
};

export const bulkDeleteRoutes: readonly Route[] = [bulkDelete];
