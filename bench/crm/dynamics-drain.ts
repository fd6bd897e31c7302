import { DynamicsWebApi, type RetrieveMultipleResponse } from 'dynamics-web-api';
import { createSignIn } from '../../connectors/dynamics/auth.ts';
import { rootOf } from '../../connectors/dynamics/client.ts';
import { type Context, createContext } from '../../connectors/dynamics/context.ts';
import { queryPath } from '../../connectors/dynamics/odata.ts';
import { readOptions } from '../../connectors/dynamics/options.ts';
import { planRows } from '../../connectors/dynamics/rows.ts';
import { liveConditions, scopeConditions } from '../../connectors/dynamics/scope.ts';
import type { MappingPlan } from '../../src/sync/mapping/plan.ts';
import type { Library } from './crm.ts';

/** The same queries through dynamics-web-api's own paging. */
export const drainDynamicsWebApi: Library['drain'] = async ({ options: given, host, plans, begin }) => {
  const options = readOptions(given, host.connection);
  const token = await createSignIn(options, host).token();
  const context = createContext(options, host);
  const queries = [];
  for (const plan of plans) queries.push(await queryOf(context, plan));
  const api = new DynamicsWebApi({
    serverUrl: options.url,
    dataApi: { version: options.apiVersion },
    onTokenRefresh: async () => token,
  });
  begin();
  let rows = 0;
  for (const query of queries) rows += await drainQuery(api, query, options.pageSize);
  return rows;
};

interface TableQuery {
  collection: string;
  address: string;
}

async function queryOf(context: Context, { object, fields, scope }: MappingPlan): Promise<TableQuery> {
  const { table, select, expand } = await planRows(context, object, fields);
  const path = queryPath(table.entitySet, {
    select,
    filter: [...liveConditions(table), ...(await scopeConditions(context, table, scope))],
    orderBy: table.primaryId,
    ...(expand === undefined ? {} : { expand }),
  });
  return { collection: table.entitySet, address: `${rootOf(context.options)}/${path}` };
}

async function drainQuery(
  api: DynamicsWebApi,
  { collection, address }: TableQuery,
  maxPageSize: number,
): Promise<number> {
  let rows = 0;
  for (let next: string | undefined = address; next !== undefined; ) {
    const page: RetrieveMultipleResponse<unknown> = await api.retrieveMultiple(
      { collection, maxPageSize },
      next,
    );
    rows += page.value.length;
    next = page.oDataNextLink;
  }
  return rows;
}
