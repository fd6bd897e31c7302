import type { Connector } from '../../src/sync/connector.ts';
import { changes } from './changes.ts';
import { check } from './check.ts';
import type { Context } from './context.ts';
import { count } from './count.ts';
import { describeObjects } from './describe.ts';
import { limits } from './limits.ts';
import { read } from './read.ts';

/** The members of the connector that write nothing. */
export function createDynamicsReader(context: Context): Omit<Connector, 'write'> {
  return {
    check: async (objects) => await check(context, objects),
    describe: async (objects) => await describeObjects(context, objects),
    count: async (requests) => await count(context, requests),
    read: (request) => read(context, request),
    changes: (requests) => changes(context, requests),
    recordUrl: (table, id) => recordUrl(context.options.url, table, id),
    limits: async () => await limits(context),
  };
}

/** https://learn.microsoft.com/power-apps/developer/model-driven-apps/open-forms-views-dialogs-reports-url */
function recordUrl(url: string, table: string, id: string): string {
  return `${url}/main.aspx?pagetype=entityrecord&etn=${encodeURIComponent(table)}&id=${encodeURIComponent(id)}`;
}
