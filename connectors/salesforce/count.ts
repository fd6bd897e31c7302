import type { CountRequest } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import { conditionsOf, query } from './query.ts';
import { instant } from './soql.ts';

/** Live records in scope that the user sees, created in [createdFrom, createdBefore). */
export async function count(context: Context, request: CountRequest): Promise<number> {
  const conditions = await conditionsOf(context, request.object, request.scope);
  if (request.createdFrom !== undefined) conditions.push(`CreatedDate >= ${instant(request.createdFrom)}`);
  if (request.createdBefore !== undefined) conditions.push(`CreatedDate < ${instant(request.createdBefore)}`);
  const answer = await query(context, { object: request.object, fields: ['COUNT()'], conditions });
  return answer.totalSize;
}
