import type { DynamicsWebApi } from 'dynamics-web-api';
import { TierlinkError } from '../../src/errors.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { Context } from './context.ts';
import type { Table } from './metadata.ts';
import { queryPath } from './odata.ts';
import { askPage } from './pages.ts';
import { liveConditions } from './scope.ts';
import { batchOutcomes } from './together.ts';

/** What is counted: live rows for which all conditions hold, created in [createdFrom, createdBefore). */
export interface Counted {
  conditions: readonly string[];
  createdFrom?: string | undefined;
  createdBefore?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * The option that counts rows. $count stops at 5,000 and RetrieveTotalRecordCount may be a day old; an aggregation counts
 * what is there now, up to 50,000 rows.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/aggregate-data
 */
function countOption(table: Table, counted: Counted): string {
  const conditions = conditionsOf(table, counted);
  const filter = conditions.length === 0 ? '' : `filter(${conditions.join(' and ')})/`;
  return `$apply=${encodeURIComponent(`${filter}aggregate($count as rows)`)}`;
}

function conditionsOf(table: Table, { conditions, createdFrom, createdBefore }: Counted): string[] {
  const time = (operator: string, at: string): string =>
    `createdon ${operator} ${new Date(at).toISOString()}`;
  return [
    ...liveConditions(table),
    ...conditions,
    ...(createdFrom === undefined ? [] : [time('ge', createdFrom)]),
    ...(createdBefore === undefined ? [] : [time('lt', createdBefore)]),
  ];
}

/** Counts that travel in one call, in order; each is answered or refused for itself. */
export async function countTogether(
  context: Context,
  asked: readonly { table: Table; counted: Counted }[],
): Promise<(number | TierlinkError)[]> {
  const asks = asked.map(
    ({ table, counted }) =>
      (api: DynamicsWebApi) =>
        // The library would not encode $apply and changes braces in $filter, so the option is handed to it ready.
        api.retrieveMultiple({ collection: table.entitySet, queryParams: [countOption(table, counted)] }),
  );
  const outcomes = await batchOutcomes(context, { name: 'counts', kind: 'count' }, asks);
  const counts: (number | TierlinkError)[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const { table, counted } = asked[index]!;
    if (!(outcome instanceof TierlinkError)) counts.push((outcome as CountAnswer).value[0]?.rows ?? 0);
    else counts.push(isTooMany(outcome) ? await countInPages(context, table, counted) : outcome);
  }
  return counts;
}

/** Counts of one table, of which none may fail. */
export async function countRows(
  context: Context,
  table: Table,
  counted: readonly Counted[],
): Promise<number[]> {
  const asked = counted.map((each) => ({ table, counted: each }));
  return (await countTogether(context, asked)).map((outcome) => {
    if (outcome instanceof TierlinkError) throw outcome;
    return outcome;
  });
}

interface CountAnswer {
  value: { rows: number }[];
}

/** Whether a count was refused because there are too many rows for one aggregation. */
function isTooMany(error: TierlinkError): boolean {
  return faultOf(error)?.code === '0x8004e023';
}

/** What is too many for an aggregation is counted by its ids, page by page. */
async function countInPages(context: Context, table: Table, counted: Counted): Promise<number> {
  const filter = conditionsOf(table, counted);
  const query = { select: [table.primaryId], filter, orderBy: table.primaryId };
  let count = 0;
  for (let path: string | undefined = queryPath(table.entitySet, query); path !== undefined; ) {
    counted.signal?.throwIfAborted();
    const page = await askPage(context, { path, table: table.name, kind: 'count', signal: counted.signal });
    count += page.rows.length;
    path = page.next;
  }
  return count;
}
