import type { ChangesRequest, CrmRecord, Scope } from '../../src/sync/connector.ts';
import { queryPath } from './client.ts';
import type { Context } from './context.ts';
import { faultError, parseFault } from './errors.ts';
import { conditionsOf, type QueryAnswer, query } from './query.ts';
import type { JsonRow } from './records.ts';
import { chunkForAddress, isOpen, literalList, type Select, select } from './soql.ts';

/** A composite call takes five queries and counts as one call. */
const QUERIES_PER_CALL = 5;

/**
 * Which of the scopes hold for each changed record, as the CRM itself decides it now. Asking only for the records
 * that changed makes leaving a scope visible. Several queries travel in one composite call.
 */
export async function matchScopes(
  context: Context,
  request: ChangesRequest,
  records: readonly CrmRecord[],
): Promise<(id: string) => string[]> {
  const holds = new Map<string, Set<string>>();
  const asked: { scope: string; wanted: Select }[] = [];
  for (const scope of request.scopes) {
    holds.set(scope.name, new Set(isOpen(scope) ? records.map((record) => record.id) : []));
    if (!isOpen(scope) && records.length > 0)
      asked.push(...(await queriesOf(context, request.object, { scope, records })));
  }
  for (let from = 0; from < asked.length; from += QUERIES_PER_CALL) {
    const group = asked.slice(from, from + QUERIES_PER_CALL);
    const answers = await askTogether(
      context,
      group.map((each) => each.wanted),
      request.signal,
    );
    for (const [index, rows] of answers.entries()) {
      for (const row of rows) holds.get(group[index]?.scope ?? '')?.add(String(row.Id));
    }
  }
  return (id) =>
    request.scopes.filter((scope) => holds.get(scope.name)?.has(id) === true).map((scope) => scope.name);
}

async function queriesOf(
  context: Context,
  object: string,
  { scope, records }: { scope: Scope; records: readonly CrmRecord[] },
): Promise<{ scope: string; wanted: Select }[]> {
  const conditions = await conditionsOf(context, object, scope);
  const fixed = encodeURIComponent(select({ object, fields: ['Id'], conditions })).length + 200;
  const ids = records.map((record) => record.id);
  return chunkForAddress(ids, fixed).map((chunk) => ({
    scope: scope.name,
    wanted: { object, fields: ['Id'], conditions: [...conditions, `Id IN (${literalList(chunk)})`] },
  }));
}

async function askTogether(context: Context, wanted: Select[], signal?: AbortSignal): Promise<JsonRow[][]> {
  const [only] = wanted;
  if (only !== undefined && wanted.length === 1) return [(await query(context, only, { signal })).records];
  const prefix = `/services/data/v${context.options.apiVersion}`;
  const answer = await context.client.json<{
    compositeResponse: { body: unknown; httpStatusCode: number; referenceId: string }[];
  }>({
    method: 'POST',
    path: '/composite',
    kind: 'composite',
    object: only?.object,
    repeatable: true,
    body: {
      allOrNone: false,
      collateSubrequests: false,
      compositeRequest: wanted.map((each, index) => ({
        method: 'GET',
        url: `${prefix}${queryPath(select(each))}`,
        referenceId: `q${index}`,
      })),
    },
    signal,
  });
  return answer.compositeResponse.map(({ body, httpStatusCode }) => {
    if (httpStatusCode === 200) return (body as QueryAnswer).records;
    const fault = parseFault(httpStatusCode, JSON.stringify(body));
    throw faultError(fault, {
      connection: context.host.connection,
      now: context.host.now(),
      object: only?.object,
    });
  });
}
