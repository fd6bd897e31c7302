import { BulkV2 } from 'jsforce/lib/api/bulk2.js';
import { Connection } from 'jsforce/lib/connection.js';
import { OAuth2 } from 'jsforce/lib/oauth2.js';
import type { Schema } from 'jsforce/lib/types/schema.js';
import { type MappingPlan, planMapping } from '../src/sync/mapping-plan.ts';
import { benchClock } from './clock.ts';
import { connectTo, type ProjectStart, shippedMappings } from './project.ts';

export interface Drained extends Taken {
  rows: number;
}

/** What something took. */
export interface Taken {
  seconds: number;
  /** Time of processors that this process used, all threads together: steadier than the clock on a busy machine. */
  cpuSeconds: number;
}

/** Starts a measurement; the answer ends it. */
export function measure(): () => Taken {
  const from = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return { seconds: secondsSince(from), cpuSeconds: (user + system) / 1e6 };
  };
}

/** The mappings whose records are loaded and drained; each is one query. */
const drained = ['partner', 'customer', 'deal'];

function plans(): MappingPlan[] {
  return shippedMappings()
    .filter((mapping) => drained.includes(mapping.name))
    .map((mapping) => planMapping(mapping));
}

/** Reads with the connector what the first load reads, and keeps nothing. */
export async function drainConnector({ options, startedAt }: ProjectStart): Promise<Drained> {
  const connector = connectTo(options, benchClock(startedAt));
  await connector.describe(['Account', 'Opportunity']);
  const taken = measure();
  let rows = 0;
  for (const { object, fields, scope } of plans()) {
    for await (const page of connector.read({ object, fields, scope })) rows += page.records.length;
  }
  return { rows, ...taken() };
}

/** The same queries through jsforce's own bulk query. */
export async function drainJsforce({ options }: ProjectStart): Promise<Drained> {
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
  const taken = measure();
  let rows = 0;
  for (const plan of plans()) rows += await drainQuery(bulk, statementOf(plan));
  return { rows, ...taken() };
}

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

export function secondsSince(from: number): number {
  return (performance.now() - from) / 1000;
}
