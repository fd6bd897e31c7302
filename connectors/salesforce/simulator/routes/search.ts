/** /search (SOSL) and /parameterizedSearch, which says the same in parameters. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest } from '../api-errors.ts';
import type { SimulatorContext } from '../context.ts';
import { expressionOf } from '../sosl/expression.ts';
import { runSearch } from '../sosl/run.ts';
import { groupOf, limitOf, MOST_RESULTS, parseSearch, type Search, type Wanted } from '../sosl/statement.ts';
import { versionOf } from '../versions.ts';

interface SearchRoute {
  Params: { version: string };
  Querystring: Record<string, string | undefined>;
}

/** Before this version an answer was the bare list. */
const FIRST_WITH_OBJECT = 37;

interface ObjectParameters {
  name?: unknown;
  fields?: unknown;
  where?: unknown;
  orderBy?: unknown;
  limit?: unknown;
}

interface Parameters {
  q?: unknown;
  in?: unknown;
  fields?: unknown;
  sobjects?: ObjectParameters[];
  overallLimit?: unknown;
  defaultLimit?: unknown;
}

function answer(search: Search, request: FastifyRequest<SearchRoute>, context: SimulatorContext): unknown {
  const version = versionOf(request.params.version);
  const found = runSearch(search, { caller: context.callerOf(request), context, version });
  const searchRecords = found.flatMap(({ records }) => records);
  return Number(version) < FIRST_WITH_OBJECT ? searchRecords : { searchRecords };
}

function listed(fields: unknown): string | undefined {
  const names = Array.isArray(fields) ? fields.join(',') : fields;
  return typeof names === 'string' && names !== '' ? names : undefined;
}

function wantedOf(object: ObjectParameters, { fields, defaultLimit }: Parameters): Wanted {
  const limit = object.limit ?? defaultLimit;
  const order = object.orderBy === undefined ? '' : `ORDER BY ${String(object.orderBy)} `;
  return {
    object: String(object.name ?? ''),
    fields: listed(object.fields) ?? listed(fields) ?? 'Id',
    where: typeof object.where === 'string' ? object.where : undefined,
    tail: `${order}${limit === undefined ? '' : `LIMIT ${Number(limit)}`}`,
  };
}

function searchOf(parameters: Parameters): Search {
  const { q, sobjects = [], overallLimit } = parameters;
  if (typeof q !== 'string' || q.trim() === '') throw badRequest('MISSING_ARGUMENT', 'q is required');
  return {
    expression: expressionOf(q),
    group: groupOf(String(parameters.in ?? 'ALL')),
    wanted: sobjects.map((object) => wantedOf(object, parameters)),
    limit: overallLimit === undefined ? MOST_RESULTS : limitOf(Number(overallLimit)),
  };
}

/** `sobject=Account&Account.fields=id,name&Account.limit=10` */
function fromQuery(query: SearchRoute['Querystring']): Parameters {
  const names = query.sobject?.split(',').map((name) => name.trim()) ?? [];
  const sobjects = names.map((name) => ({
    name,
    fields: query[`${name}.fields`],
    where: query[`${name}.where`],
    orderBy: query[`${name}.orderBy`],
    limit: query[`${name}.limit`],
  }));
  return { ...query, sobjects };
}

/** Registers the search resources. */
export function registerSearchRoutes(app: FastifyInstance, context: SimulatorContext): void {
  app.get<SearchRoute>('/services/data/:version/search', async (request) => {
    const { q } = request.query;
    if (q === undefined) throw badRequest('MALFORMED_SEARCH', 'A search string has to be specified');
    return answer(parseSearch(q), request, context);
  });
  const url = '/services/data/:version/parameterizedSearch';
  app.get<SearchRoute>(url, async (request) => answer(searchOf(fromQuery(request.query)), request, context));
  app.post<SearchRoute>(url, async (request) =>
    answer(searchOf((request.body ?? {}) as Parameters), request, context),
  );
}
