import { isTierlinkError, TierlinkError } from '../../src/errors.ts';
import type { CountRequest } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import type { Table } from './metadata.ts';
import { type Counted, countTogether } from './row-count.ts';
import { scopeConditions } from './scope.ts';

type Prepared = { table: Table; counted: Counted };

/** Live records in each scope that the user sees, created in [createdFrom, createdBefore); all counts in one call. */
export async function count(
  context: Context,
  requests: readonly CountRequest[],
): Promise<(number | TierlinkError)[]> {
  await context.metadata.learn(requests.map(({ object }) => object));
  const prepared: (Prepared | TierlinkError)[] = [];
  for (const request of requests) prepared.push(await prepare(context, request));
  const asked = prepared.filter((each): each is Prepared => !(each instanceof TierlinkError));
  const counts = (await countTogether(context, asked)).values();
  return prepared.map((each) => (each instanceof TierlinkError ? each : counts.next().value!));
}

/** What to ask, or why that is not possible: the object is not there, or the scope does not fit it. */
async function prepare(context: Context, request: CountRequest): Promise<Prepared | TierlinkError> {
  try {
    const table = await context.metadata.table(request.object);
    const conditions = await scopeConditions(context, table, request.scope);
    const { createdFrom, createdBefore } = request;
    return { table, counted: { conditions, createdFrom, createdBefore } };
  } catch (error) {
    const isOwn = ['CRM_OBJECT_MISSING', 'CRM_FIELD_MISSING', 'CRM_QUERY'] as const;
    if (isOwn.some((code) => isTierlinkError(error, code))) return error as TierlinkError;
    throw error;
  }
}
