import { describe, expect, it } from '@jest/globals';
import type { Context } from '../../../connectors/salesforce/context.ts';
import { parts, writeBulk } from '../../../connectors/salesforce/write/bulk.ts';
import type { WriteResult } from '../../../src/sync/connector.ts';
import { quietly, testHost } from '../../contract/connector-world.ts';

/** A platform that has done one job whose list of successes is this text. */
function platform(successes: string): Context {
  const client = {
    json: async () => ({
      id: '750',
      state: 'JobComplete',
      numberRecordsProcessed: 1,
      numberRecordsFailed: 0,
    }),
    send: async ({ path }: { path: string }) => ({
      body: path.endsWith('/successfulResults') ? successes : '',
    }),
  };
  const host = { ...testHost(), sleep: async () => {} };
  return { client, host, options: { retries: 0 } } as unknown as Context;
}

async function write(successes: string): Promise<WriteResult[]> {
  const results: WriteResult[] = [];
  const row = { ref: 'r', target: 'k', parent: '', json: {}, csv: new Map([['Name', 'N']]), fitsCsv: true };
  await writeBulk(platform(successes), {
    request: { object: 'Account', operation: 'upsert', keyField: 'Key__c', rows: [], manners: quietly },
    rows: [row],
    settle: (result) => results.push(result),
    running: () => {},
  });
  return results;
}

describe('a row among the successes of a bulk job', () => {
  it('was written to the record that the result names', async () => {
    expect(await write('sf__Id,sf__Created,Key__c\n001,true,k\n')).toEqual([
      { ref: 'r', id: '001', outcome: 'created' },
    ]);
  });

  it.each([
    ['has no column for the id', 'sf__Created,Key__c\ntrue,k\n'],
    ['leaves the id empty', 'sf__Id,sf__Created,Key__c\n"",true,k\n'],
  ])('is not known to be written when the result %s', async (_name, successes) => {
    expect(await write(successes)).toEqual([{ ref: 'r', outcome: 'unknown' }]);
  });
});

describe('the parts of a bulk upload', () => {
  const rowsOf = (name: string) =>
    ['k1', 'k2', 'k3', 'k4'].map((target) => ({
      ref: target,
      target,
      parent: '',
      json: {},
      csv: new Map([['Name', name]]),
      fitsCsv: true,
    }));

  it.each([
    ['of one byte a character', 'o'.repeat(20), 1],
    ['of two', 'ö'.repeat(20), 2],
    ['of three', '社'.repeat(20), 2],
    ['of four', '🤝'.repeat(10), 2],
  ])('are as many as their bytes take, with text %s', (_name, name, count) => {
    const rows = rowsOf(name);
    const found = parts(rows, 'Key__c', 150);
    expect(found).toHaveLength(count);
    for (const { csv } of found) expect(Buffer.byteLength(csv)).toBeLessThanOrEqual(150);
    expect(found.flatMap((part) => part.rows)).toEqual(rows);
  });

  it('are one for a row that is too long by itself: the platform says so', () => {
    expect(parts(rowsOf('ö'.repeat(100)).slice(0, 1), 'Key__c', 150)).toHaveLength(1);
  });
});
