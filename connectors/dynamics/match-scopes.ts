import type { DynamicsWebApi } from 'dynamics-web-api';
import type { Scope } from '../../src/sync/connector.ts';
import type { JsonRow } from '../shared/neutral-values.ts';
import type { Context } from './context.ts';
import type { Table } from './metadata.ts';
import { isOneOf, queryPath } from './odata.ts';
import { chunkForAddress } from './read/rows.ts';
import { isOpen, scopeConditions } from './scope.ts';
import { batchAnswers } from './together.ts';

/**
 * Which of the scopes hold for each changed row, as the platform itself decides it now: links to changes know no filter.
 * Asking only for the rows that changed makes leaving a scope visible. All questions travel in one call.
 */
export async function matchScopes(
  context: Context,
  table: Table,
  { scopes, ids }: { scopes: readonly Scope[]; ids: readonly string[] },
): Promise<(id: string) => string[]> {
  const holds = new Map<string, Set<string>>();
  const asked: { scope: string; query: string }[] = [];
  for (const scope of scopes) {
    holds.set(scope.name, new Set(isOpen(scope) ? ids : []));
    if (isOpen(scope)) continue;
    const conditions = await scopeConditions(context, table, scope);
    for (const chunk of chunkForAddress(ids)) {
      const filter = [...conditions, isOneOf(table.primaryId, chunk)];
      const [, query = ''] = queryPath(table.entitySet, { select: [table.primaryId], filter }).split('?');
      asked.push({ scope: scope.name, query });
    }
  }
  const call = { name: 'scopes', kind: 'query', table: table.name };
  const asks = asked.map(
    ({ query }) =>
      (api: DynamicsWebApi) =>
        api.retrieveMultiple({ collection: table.entitySet, queryParams: [query] }),
  );
  const answers = asks.length === 0 ? [] : await batchAnswers(context, call, asks);
  for (const [index, answer] of answers.entries()) {
    const found = holds.get(asked[index]?.scope ?? '');
    for (const row of (answer as { value: JsonRow[] }).value) found?.add(String(row[table.primaryId]));
  }
  return (id) => scopes.filter(({ name }) => holds.get(name)?.has(id) === true).map(({ name }) => name);
}
