import { isTierlinkError, TierlinkError } from '../../src/errors.ts';
import type { Counted as CountedRecords, CountRequest } from '../../src/sync/connector.ts';
import type { Context } from './context.ts';
import { countMonths } from './count/months.ts';
import type { Table } from './metadata.ts';
import { type Counted, countTogether } from './row-count.ts';
import { scopeConditions } from './scope.ts';

type Prepared = { table: Table; counted: Counted };

/** Live records in each scope that the user sees; all counts in one call, those by month in two. */
export async function count(context: Context, requests: readonly CountRequest[]): Promise<CountedRecords[]> {
  await context.metadata.learn(requests.map(({ object }) => object));
  const prepared: (Prepared | TierlinkError)[] = [];
  for (const request of requests) prepared.push(await prepare(context, request));
  const isAsked = (by: CountRequest['by']) => (each: Prepared | TierlinkError, index: number) =>
    !(each instanceof TierlinkError) && requests[index]!.by === by;
  const inAll = (await countTogether(context, prepared.filter(isAsked(undefined)) as Prepared[])).values();
  const byMonth = (await countMonths(context, prepared.filter(isAsked('month')) as Prepared[])).values();
  return prepared.map((each, index) => {
    if (each instanceof TierlinkError) return each;
    return (requests[index]!.by === undefined ? inAll : byMonth).next().value!;
  });
}

/** What to ask, or why that is not possible: the object is not there, or the scope does not fit it. */
async function prepare(context: Context, request: CountRequest): Promise<Prepared | TierlinkError> {
  const { created, ...scope } = request.scope;
  try {
    const table = await context.metadata.table(request.object);
    const conditions = await scopeConditions(context, table, scope);
    return { table, counted: { conditions, createdFrom: created?.from, createdBefore: created?.before } };
  } catch (error) {
    const isOwn = ['CRM_OBJECT_MISSING', 'CRM_FIELD_MISSING', 'CRM_QUERY'] as const;
    if (isOwn.some((code) => isTierlinkError(error, code))) return error as TierlinkError;
    throw error;
  }
}
