import type { DynamicsWebApi } from 'dynamics-web-api';
import { TierlinkError } from '../../../src/errors.ts';
import type { Context } from '../context.ts';
import { serverNow } from '../cursor.ts';
import type { Table } from '../metadata.ts';
import { queryPath } from '../odata.ts';
import { type Counted, conditionsOf, countTogether } from '../row-count.ts';
import { createdCondition } from '../scope.ts';
import { batchOutcomes } from '../together.ts';

type Months = { month: string | null; records: number }[];
type Asked = { table: Table; counted: Counted };

/**
 * Counts by the month in which rows were made, in UTC. $apply does not group by a date and time, and FetchXML, which does,
 * cannot say the filter of a scope: so each month is a count of its own, and all of them travel in one call, after one
 * that asks where each scope begins. Months of more rows than one aggregation takes are counted in parts, as ever.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/aggregate-data
 */
export async function countMonths(
  context: Context,
  asked: readonly Asked[],
): Promise<(Months | TierlinkError)[]> {
  if (asked.length === 0) return [];
  const firsts = await firstMonths(context, asked);
  const parts = asked.map((each, index) => partsOf(each, firsts[index]!, serverNow(context).slice(0, 7)));
  const counts = (await countTogether(context, parts.flat())).values();
  return parts.map((own, index) => {
    const told = own.map(({ month }) => ({ month, records: counts.next().value! }));
    const refused = [firsts[index], ...told.map(({ records }) => records)].find(isRefusal);
    return refused ?? told.filter((each): each is Months[number] => Number(each.records) > 0);
  });
}

function isRefusal(outcome: unknown): outcome is TierlinkError {
  return outcome instanceof TierlinkError;
}

/** The month of the oldest row of each scope; null where none tells. */
async function firstMonths(
  context: Context,
  asked: readonly Asked[],
): Promise<(string | null | TierlinkError)[]> {
  const dated = asked.filter(({ table }) => table.columns.has('createdon'));
  const asks = dated.map(({ table, counted }) => {
    const filter = [...conditionsOf(table, counted, spanOf(counted)), 'createdon ne null'];
    const path = queryPath(table.entitySet, {
      filter,
      select: ['createdon'],
      orderBy: 'createdon asc',
      top: 1,
    });
    const queryParams = [path.slice(path.indexOf('?') + 1)];
    return (api: DynamicsWebApi) => api.retrieveMultiple({ collection: table.entitySet, queryParams });
  });
  const outcomes = await batchOutcomes(context, { name: 'first months', kind: 'count' }, asks);
  const firsts = new Map(dated.map((each, index) => [each, outcomes[index]]));
  return asked.map((each) => {
    const outcome = firsts.get(each);
    if (isRefusal(outcome)) return outcome;
    const [row] = (outcome as { value: { createdon: string }[] } | undefined)?.value ?? [];
    return row === undefined ? null : new Date(row.createdon).toISOString().slice(0, 7);
  });
}

function spanOf({ createdFrom, createdBefore }: Counted): { from?: string; before?: string } {
  return {
    ...(createdFrom === undefined ? {} : { from: createdFrom }),
    ...(createdBefore === undefined ? {} : { before: createdBefore }),
  };
}

type Part = Asked & { month: string | null };

/** From the first month to this one; the platform gives no row a time of creation that is still to come. */
function partsOf({ table, counted }: Asked, first: string | null | TierlinkError, last: string): Part[] {
  if (isRefusal(first)) return [];
  const conditions = [
    ...counted.conditions,
    ...(counted.createdFrom === undefined ? [] : [createdCondition('ge', counted.createdFrom)]),
    ...(counted.createdBefore === undefined ? [] : [createdCondition('lt', counted.createdBefore)]),
  ];
  const untold = {
    table,
    counted: { signal: counted.signal, conditions: [...conditions, 'createdon eq null'] },
  };
  if (!table.columns.has('createdon')) return [{ table, counted, month: null }];
  const parts: Part[] = [{ ...untold, month: null }];
  for (let month = first ?? monthAfter(last); month <= last; month = monthAfter(month)) {
    const within = { createdFrom: startOf(month), createdBefore: startOf(monthAfter(month)) };
    parts.push({ table, counted: { ...counted, conditions, ...within }, month });
  }
  return parts;
}

function startOf(month: string): string {
  return `${month}-01T00:00:00.000Z`;
}

function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}
