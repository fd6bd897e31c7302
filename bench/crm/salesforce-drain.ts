import { BulkV2 } from 'jsforce/lib/api/bulk2.js';
import { Connection } from 'jsforce/lib/connection.js';
import { OAuth2 } from 'jsforce/lib/oauth2.js';
import type { Schema } from 'jsforce/lib/types/schema.js';
import type { MappingPlan } from '../../src/sync/mapping/plan.ts';
import type { Library } from './crm.ts';

/** The same queries through jsforce's own bulk query. */
export const drainJsforce: Library['drain'] = async ({ options, plans, begin }) => {
  const oauth2 = new OAuth2({
    loginUrl: options.loginUrl ?? '',
    clientId: options.clientId ?? '',
    clientSecret: options.clientSecret ?? '',
  });
  const token = await oauth2.requestToken({ grant_type: 'client_credentials' });
  const connection = new Connection({
    instanceUrl: token.instance_url,
    accessToken: token.access_token,
    version: '67.0',
  });
  const bulk = new BulkV2(connection);
  begin();
  let rows = 0;
  for (const plan of plans) rows += await drainQuery(bulk, statementOf(plan));
  return rows;
};

function statementOf({ object, fields, scope }: MappingPlan): string {
  const selected = [...new Set(['Id', 'SystemModstamp', 'LastModifiedById', ...fields])].join(', ');
  const [recordType] = scope.recordTypes ?? [];
  const where = recordType === undefined ? '' : ` WHERE RecordType.DeveloperName = '${recordType}'`;
  return `SELECT ${selected} FROM ${object}${where}`;
}

/** jsforce polls far apart by itself; as close as the connector's first poll, so that waiting decides nothing. */
const pollIntervalMs = 400;

async function drainQuery(bulk: BulkV2<Schema>, statement: string): Promise<number> {
  const records = await bulk.query(statement, { pollInterval: pollIntervalMs, pollTimeout: 120_000 });
  return await new Promise((resolve, reject) => {
    let rows = 0;
    records.on('record', () => {
      rows += 1;
    });
    records.on('end', () => resolve(rows));
    records.on('error', reject);
  });
}
