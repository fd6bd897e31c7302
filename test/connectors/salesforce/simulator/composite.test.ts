import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let call: ReturnType<typeof clientOf>['call'];

beforeAll(async () => {
  simulator = await startSalesforceSimulator({});
  ({ call } = clientOf(simulator));
});

afterAll(async () => {
  await simulator.close();
});

const sub = (referenceId: string, method: string, path: string, body?: unknown) => ({
  method,
  url: `${BASE}${path}`,
  referenceId,
  body,
});
const compose = (compositeRequest: unknown[], allOrNone = false) =>
  call(`${BASE}/composite`, { method: 'POST', body: { allOrNone, compositeRequest } });
type Item = {
  body: unknown;
  httpStatusCode: number;
  referenceId: string;
  httpHeaders: Record<string, string>;
};

describe('composite', () => {
  it('lets later requests use what earlier ones answered, for one API call', async () => {
    const before = simulator.calls.total;
    const { json } = await compose([
      sub('acc', 'POST', '/sobjects/Account', { Name: 'Composite' }),
      sub('con', 'POST', '/sobjects/Contact', { LastName: 'C', AccountId: '@{acc.id}' }),
      sub('q', 'GET', "/query?q=SELECT Id, Account.Name FROM Contact WHERE AccountId = '@{acc.id}'"),
      sub('again', 'GET', '/sobjects/Contact/@{q.records[0].Id}?fields=LastName'),
    ]);
    const items = json.compositeResponse as Item[];
    expect(items.map((each) => each.httpStatusCode)).toEqual([201, 201, 200, 200]);
    expect(items[0]?.httpHeaders.Location).toMatch(/^\/services\/data\/v67\.0\/sobjects\/Account\/001/);
    expect(items[2]?.body).toMatchObject({ totalSize: 1, records: [{ Account: { Name: 'Composite' } }] });
    expect(items[3]?.body).toMatchObject({ LastName: 'C' });
    expect(simulator.calls.total - before).toBe(1);
  });

  it('takes the replication calls of many objects, for one API call', async () => {
    const before = simulator.calls.total;
    const stamp = (ms: number) => encodeURIComponent(`${new Date(ms).toISOString().slice(0, 19)}+00:00`);
    const now = simulator.org.now();
    const recent = `start=${stamp(now - 3_600_000)}&end=${stamp(now)}`;
    const { json } = await compose(
      ['Account', 'Contact', 'Lead', 'Case'].flatMap((object) => [
        sub(`u${object}`, 'GET', `/sobjects/${object}/updated?${recent}`),
        sub(`d${object}`, 'GET', `/sobjects/${object}/deleted?${recent}`),
      ]),
    );
    const items = json.compositeResponse as Item[];
    expect(items.map((each) => each.httpStatusCode)).toEqual(Array.from({ length: 8 }, () => 200));
    expect(items[1]?.body).toMatchObject({ deletedRecords: [], latestDateCovered: expect.any(String) });
    expect(simulator.calls.total - before).toBe(1);
  });

  it('goes on after a failure, and fails what depends on it', async () => {
    const { json } = await compose([
      sub('bad', 'POST', '/sobjects/Account', {}),
      sub('child', 'POST', '/sobjects/Contact', { LastName: 'C', AccountId: '@{bad.id}' }),
      sub('good', 'POST', '/sobjects/Account', { Name: 'Good' }),
    ]);
    const items = json.compositeResponse as Array<{
      httpStatusCode: number;
      body: Array<{ errorCode: string }>;
    }>;
    expect(items.map((each) => each.httpStatusCode)).toEqual([400, 400, 201]);
    expect(items[1]?.body[0]?.errorCode).toBe('PROCESSING_HALTED');
  });

  it('undoes everything with allOrNone, still answering 200', async () => {
    const before = simulator.org.dump('Account').length;
    const answer = await compose(
      [
        sub('a', 'POST', '/sobjects/Account', { Name: 'A' }),
        sub('b', 'POST', '/sobjects/Account', {}),
        sub('c', 'POST', '/sobjects/Account', { Name: 'C' }),
      ],
      true,
    );
    expect(answer.status).toBe(200);
    const items = answer.json.compositeResponse as Array<{
      httpStatusCode: number;
      body: Array<{ errorCode: string; message: string }>;
    }>;
    expect(items.map((each) => [each.httpStatusCode, each.body[0]?.errorCode])).toEqual([
      [400, 'PROCESSING_HALTED'],
      [400, 'REQUIRED_FIELD_MISSING'],
      [400, 'PROCESSING_HALTED'],
    ]);
    expect(simulator.org.dump('Account')).toHaveLength(before);
  });

  it('keeps other writers out while it may have to undo', async () => {
    const [row] = simulator.org.dump('Account');
    const other = call(`${BASE}/sobjects/Account/${row?.Id}`, { method: 'PATCH', body: { Phone: 'other' } });
    const undone = compose(
      [
        sub('a', 'PATCH', `/sobjects/Account/${row?.Id}`, { Phone: 'undone' }),
        sub('b', 'POST', '/sobjects/Account', {}),
      ],
      true,
    );
    expect((await Promise.all([other, undone])).map((answer) => answer.status)).toEqual([204, 200]);
    expect(simulator.org.find(String(row?.Id))?.row.Phone).toBe('other');
  });

  it('passes the headers of a request, and answers 304 without a body', async () => {
    const [row] = simulator.org.dump('Account');
    const request = {
      ...sub('r', 'GET', `/sobjects/Account/${row?.Id}`),
      httpHeaders: { 'If-Modified-Since': new Date(simulator.org.now() + 60_000).toUTCString() },
    };
    const { json } = await compose([request]);
    expect(json.compositeResponse[0]).toMatchObject({
      body: null,
      httpStatusCode: 304,
      httpHeaders: { ETag: expect.any(String), 'Last-Modified': expect.any(String) },
    });
  });

  it('runs collections inside', async () => {
    const { json } = await compose([
      sub('many', 'POST', '/composite/sobjects', {
        records: [{ attributes: { type: 'Account' }, Name: 'In' }],
      }),
    ]);
    expect(json.compositeResponse[0]).toMatchObject({ httpStatusCode: 200, body: [{ success: true }] });
  });

  it.each([
    ['nothing', []],
    ['more than 25', Array.from({ length: 26 }, (_, n) => sub(`r${n}`, 'GET', '/sobjects'))],
    [
      'more than five queries',
      Array.from({ length: 6 }, (_, n) => sub(`r${n}`, 'GET', '/query?q=SELECT Id FROM Account')),
    ],
    ['a repeated reference', [sub('r', 'GET', '/sobjects'), sub('r', 'GET', '/sobjects')]],
    ['a bad reference', [sub('1r', 'GET', '/sobjects')]],
    ['an address elsewhere', [{ method: 'GET', url: '/sobjects', referenceId: 'r' }]],
    ['a resource that it is not documented for', [sub('r', 'GET', '/limits')]],
    [
      'a header that is inherited',
      [{ ...sub('r', 'GET', '/sobjects'), httpHeaders: { Accept: 'text/xml' } }],
    ],
  ])('refuses %s', async (_what, requests) => {
    expect((await compose(requests)).status).toBe(400);
  });
});

describe('composite batch', () => {
  it('refuses the requests in it that name a retired or unknown version', async () => {
    const batchRequests = ['v30.0', 'v99.0', 'v66.0'].map((version) => ({
      method: 'GET',
      url: `${version}/limits/recordCount?sObjects=Lead`,
    }));
    const { json } = await call(`${BASE}/composite/batch`, { method: 'POST', body: { batchRequests } });
    expect(json.results.map(({ statusCode }: { statusCode: number }) => statusCode)).toEqual([410, 404, 200]);
  });

  it('runs independent requests, each of them billed', async () => {
    const before = simulator.calls.total;
    const batchRequests = [
      { method: 'GET', url: 'v67.0/limits' },
      { method: 'POST', url: 'v67.0/sobjects/Account', richInput: {} },
      { method: 'POST', url: 'v67.0/sobjects/Account', richInput: { Name: 'Batch' } },
    ];
    const { json } = await call(`${BASE}/composite/batch`, { method: 'POST', body: { batchRequests } });
    expect(json.hasErrors).toBe(true);
    expect(json.results.map((each: { statusCode: number }) => each.statusCode)).toEqual([200, 400, 201]);
    expect(simulator.calls.total - before).toBe(4);
  });

  it('halts when asked to', async () => {
    const batchRequests = [
      { method: 'GET', url: 'v67.0/sobjects/Nope' },
      { method: 'GET', url: 'v67.0/limits' },
    ];
    const { json } = await call(`${BASE}/composite/batch`, {
      method: 'POST',
      body: { haltOnError: true, batchRequests },
    });
    expect(json.results.map((each: { statusCode: number }) => each.statusCode)).toEqual([404, 412]);
    expect(json.results[1].result[0].errorCode).toBe('BATCH_PROCESSING_HALTED');
  });
});
