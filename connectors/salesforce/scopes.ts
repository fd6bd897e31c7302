import type { ChangesRequest, CrmRecord, Scope } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import { conditionsOf, queryTogether } from './query.ts';
import { chunkForAddress, isOpen, literalList, type Select, select } from './soql.ts';

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
  const answers = await queryTogether(
    context,
    asked.map((each) => each.wanted),
    request.signal,
  );
  for (const [index, answer] of answers.entries()) {
    if (answer.fault !== undefined) throw answer.fault;
    for (const row of answer.rows) holds.get(asked[index]?.scope ?? '')?.add(String(row.Id));
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
