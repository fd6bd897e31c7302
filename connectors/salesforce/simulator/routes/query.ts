/** /query, /queryAll and the pages behind a locator. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Decimal } from '../answer-json.ts';
import type { SimulatorContext } from '../context.ts';
import { withCatalogue } from '../soql/catalogue.ts';
import { type Cursors, cursorsOf, pageSizeOf } from '../soql/cursors.ts';
import { type QueryAnswer, runQuery } from '../soql/query.ts';
import type { JsonRecord } from '../soql/select.ts';
import { toolingOf } from '../tooling.ts';
import { ApiError, type Caller } from '../types.ts';

interface QueryRoute {
  Params: { version: string };
  Querystring: { q?: string; columns?: string; explain?: string };
}

/** The page size that `Sforce-Query-Options: batchSize=N` asks for. */
function batchSizeOf(request: FastifyRequest): number {
  const header = request.headers['sforce-query-options'];
  return pageSizeOf(/batchSize\s*=\s*(\d+)/i.exec(String(header ?? ''))?.[1]);
}

function columnsOf(answer: QueryAnswer) {
  return {
    columnMetadata: answer.columns,
    entityName: answer.objectName,
    groupBy: answer.grouped,
    idSelected: answer.idSelected,
    keyPrefix: answer.keyPrefix,
  };
}

function planOf(answer: QueryAnswer, soql: string, context: SimulatorContext) {
  let sobjectCardinality = 0;
  for (const _row of context.org.rows(answer.objectName)) sobjectCardinality++;
  const plan = {
    cardinality: answer.totalSize,
    fields: [],
    leadingOperationType: answer.indexed ? 'Index' : 'TableScan',
    notes: [],
    relativeCost: answer.indexed ? 0.1 : 1.0,
    sobjectCardinality,
    sobjectType: answer.objectName,
  };
  return { plans: [plan], sourceQuery: soql };
}

/** Nothing in an AggregateResult tells of which fields its values are; the columns do. */
function recordsOf(answer: QueryAnswer, offset: number, size: number): JsonRecord[] {
  const records = answer.page(offset, size);
  if (answer.notFlat !== 'aggregate') return records;
  const fractional = answer.columns.filter(({ apexType }) => apexType === 'Double');
  for (const record of records)
    for (const { columnName } of fractional) {
      const value = record[columnName];
      if (typeof value === 'number') record[columnName] = new Decimal(value);
    }
  return records;
}

interface Page {
  answer: QueryAnswer;
  offset: number;
  size: number;
  version: string;
  /** Names the cursor, opening it on first use. */
  cursorId(): string;
}

function pageOf({ answer, offset, size, version, cursorId }: Page) {
  const end = offset + size;
  const done = end >= answer.size;
  const next = done ? {} : { nextRecordsUrl: `/services/data/${version}/query/${cursorId()}-${end}` };
  return { totalSize: answer.totalSize, done, ...next, records: recordsOf(answer, offset, size) };
}

function answerQuery(
  request: FastifyRequest<QueryRoute>,
  context: SimulatorContext,
  cursors: Cursors,
  all: boolean,
) {
  const caller: Caller = context.callerOf(request);
  const { version } = request.params;
  const { q, columns, explain } = request.query;
  const soql = q ?? explain;
  if (typeof soql !== 'string')
    throw new ApiError(400, 'MALFORMED_QUERY', 'A query string has to be specified');
  const answer = runQuery({
    soql,
    source: withCatalogue(context.org, caller),
    caller,
    apiVersion: version.slice(1),
    includeDeleted: all,
  });
  if (q === undefined) return planOf(answer, soql, context);
  if (columns?.toLowerCase() === 'true') return columnsOf(answer);
  const cursorId = () => cursors.open(answer, caller.userId);
  return pageOf({ answer, offset: 0, size: batchSizeOf(request), version, cursorId });
}

/** The Tooling API knows the metadata objects only. */
function answerTooling(request: FastifyRequest<QueryRoute>, context: SimulatorContext) {
  const caller = context.callerOf(request);
  const { q, columns } = request.query;
  if (typeof q !== 'string') throw new ApiError(400, 'MALFORMED_QUERY', 'A query string has to be specified');
  const tooling = toolingOf(context.org);
  const answer = runQuery({
    soql: q,
    source: tooling.source(withCatalogue(context.org, caller)),
    caller: tooling.caller(caller),
    apiVersion: request.params.version.slice(1),
  });
  if (columns?.toLowerCase() === 'true') return columnsOf(answer);
  const { totalSize, size, objectName } = answer;
  return {
    size,
    totalSize,
    done: true,
    queryLocator: null,
    entityTypeName: objectName,
    records: answer.page(0, size),
  };
}

/** Registers the query resources. */
export function registerQueryRoutes(app: FastifyInstance, context: SimulatorContext): void {
  const cursors = cursorsOf(context);
  app.get<QueryRoute>('/services/data/:version/query', async (request) =>
    answerQuery(request, context, cursors, false),
  );
  app.get<QueryRoute>('/services/data/:version/queryAll', async (request) =>
    answerQuery(request, context, cursors, true),
  );
  app.get<QueryRoute>('/services/data/:version/tooling/query', async (request) =>
    answerTooling(request, context),
  );
  for (const resource of ['query', 'queryAll']) {
    app.get<{ Params: { version: string; locator: string } }>(
      `/services/data/:version/${resource}/:locator`,
      async (request) => {
        const { version, locator } = request.params;
        const { id, offset, answer } = cursors.find(locator, context.callerOf(request).userId);
        return pageOf({ answer, offset, size: batchSizeOf(request), version, cursorId: () => id });
      },
    );
  }
}
