import { isTierlinkError, TierlinkError } from '../../src/errors.ts';
import type { CountRequest } from '../../src/sync/connector.ts';
import type { Call } from './client.ts';
import type { Context } from './context.ts';
import { conditionsOf, type QueryAnswer, queryCall } from './query.ts';
import { instant } from './soql.ts';
import { togetherOrAlone } from './together.ts';

/** Live records in each scope that the user sees, created in [createdFrom, createdBefore); five counts to a call. */
export async function count(
  context: Context,
  requests: readonly CountRequest[],
): Promise<(number | TierlinkError)[]> {
  const filtered = requests.filter(({ scope }) => scope.where !== undefined);
  await context.metadata.learn(filtered.map(({ object }) => object));
  const prepared: (Call | TierlinkError)[] = [];
  for (const request of requests) prepared.push(await countCall(context, request));
  const calls = prepared.filter((each): each is Call => !(each instanceof TierlinkError));
  const answers = (await togetherOrAlone<QueryAnswer>(context, calls)).values();
  return prepared.map((each) => {
    if (each instanceof TierlinkError) return each;
    const answer = answers.next().value!;
    return answer.fault ?? answer.body.totalSize;
  });
}

/** The call, or the error of an object that is not there any more. */
async function countCall(context: Context, request: CountRequest): Promise<Call | TierlinkError> {
  const { object, scope, createdFrom, createdBefore } = request;
  try {
    const conditions = await conditionsOf(context, object, scope);
    if (createdFrom !== undefined) conditions.push(`CreatedDate >= ${instant(createdFrom)}`);
    if (createdBefore !== undefined) conditions.push(`CreatedDate < ${instant(createdBefore)}`);
    return queryCall({ object, fields: ['COUNT()'], conditions });
  } catch (error) {
    if (isTierlinkError(error, 'CRM_OBJECT_MISSING')) return error;
    throw error;
  }
}
