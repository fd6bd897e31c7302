import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let call: ReturnType<typeof clientOf>['call'];
const ACCOUNT = `${BASE}/sobjects/Account`;
const json = { 'content-type': 'application/json' };

beforeAll(async () => {
  simulator = await startSalesforceSimulator();
  ({ call } = clientOf(simulator));
});
afterAll(() => simulator.close());

/** Sends what no HTTP client would, and answers what comes back. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (part) => {
      answer += String(part);
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });

describe('addresses', () => {
  it.each([
    [`${BASE.toUpperCase().replace('/SERVICES/DATA', '/services/data')}/LIMITS`, 200],
    [`${BASE}/queryall?q=SELECT+Id+FROM+Account+LIMIT+1`, 200],
    [`${BASE}/sobjects/account/DESCRIBE`, 200],
  ])('are read without regard to case: %s', async (path, status) => {
    expect((await call(path)).status).toBe(status);
  });

  it('still want a token when written in capitals', async () => {
    expect((await call('/SERVICES/DATA/V67.0/LIMITS', { headers: { authorization: '' } })).status).toBe(401);
  });

  it('that cannot be decoded are refused in the shape of all errors', async () => {
    const answer = await call(`${BASE}/sobjects/Contact/Email/%E0%A4%A`);
    expect([answer.status, answer.json]).toEqual([
      400,
      [{ errorCode: 'INVALID_REQUEST', message: 'The address is not encoded properly' }],
    ]);
  });

  it('longer than 16,384 characters are refused by the web server, in HTML', async () => {
    const answer = await call(`${BASE}/query?q=${'x'.repeat(16_400)}`);
    expect([answer.status, answer.text]).toEqual([
      414,
      '<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>',
    ]);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
  });

  it('and headers together have the same limit', async () => {
    const answer = await call(`${BASE}/limits`, { headers: { 'x-long': 'x'.repeat(16_400) } });
    expect([answer.status, answer.text]).toEqual([
      431,
      '<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>',
    ]);
  });

  it('just below the limit are answered', async () => {
    const keys = Array.from({ length: 1200 }, (_, index) => `'key${index}'`).join(',');
    const soql = encodeURIComponent(`SELECT Id FROM Account WHERE Name IN (${keys})`).replaceAll('%2C', ',');
    expect((await call(`${BASE}/query?q=${soql}`)).status).toBe(200);
  });

  it('of no HTTP request at all, and of an endless one, get an answer too', async () => {
    expect(await raw('HELLO\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(await raw(`GET /${'x'.repeat(300_000)} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('bodies', () => {
  it('that are no JSON say where', async () => {
    const answer = await call(ACCOUNT, { method: 'POST', body: '{\n"Name" 5}', headers: json });
    expect([answer.status, answer.json[0].errorCode]).toEqual([400, 'JSON_PARSER_ERROR']);
    expect(answer.json[0].message).toMatch(/at \[line:2, column:8\]$/);
  });

  it.each(['"Acme"', '7', 'true'])('of JSON %s are no record', async (body) => {
    const answer = await call(ACCOUNT, { method: 'POST', body, headers: json });
    expect([answer.status, answer.json[0].errorCode]).toEqual([400, 'JSON_PARSER_ERROR']);
  });

  it('may be gzip and nothing else', async () => {
    const send = (encoding: string, body: Buffer) =>
      fetch(simulator.url + ACCOUNT, {
        method: 'POST',
        headers: {
          ...json,
          'content-encoding': encoding,
          authorization: `Bearer ${simulator.tokens.issue(simulator.users.admin)}`,
        },
        body: new Uint8Array(body),
      });
    expect((await send('gzip', gzipSync('{"Name":"Zipped"}'))).status).toBe(201);
    const refused = await send('br', Buffer.from('{}'));
    expect([refused.status, await refused.json()]).toEqual([
      415,
      [expect.objectContaining({ errorCode: 'UNSUPPORTED_MEDIA_TYPE' })],
    ]);
  });

  it('that break off in the middle of their gzip are refused, and the server lives on', async () => {
    const send = (method: string, body: Buffer | null) =>
      fetch(simulator.url + (method === 'GET' ? `${BASE}/limits` : ACCOUNT), {
        method,
        headers: {
          ...json,
          'content-encoding': 'gzip',
          authorization: `Bearer ${simulator.tokens.issue(simulator.users.admin)}`,
        },
        body: body === null ? null : new Uint8Array(body),
      });
    expect((await send('POST', gzipSync('{"Name":"Half"}').subarray(0, 12))).status).toBe(400);
    // the Java connector names the encoding of requests without a body, too
    expect((await send('GET', null)).status).toBe(200);
  });

  it.each([
    ['numbers for text', { Name: 5 }, 'string from VALUE_NUMBER_INT value 5'],
    ['fractions for text', { Name: 1.5 }, 'string from VALUE_NUMBER_FLOAT value 1.5'],
    [
      'an empty text for a number',
      { Name: 'n', NumberOfEmployees: '' },
      'int from VALUE_STRING value  or request',
    ],
  ])('with %s name what they hold, and no fields', async (_what, body, said) => {
    const answer = await call(ACCOUNT, { method: 'POST', body });
    expect(answer.status).toBe(400);
    expect(Object.keys(answer.json[0]).sort()).toEqual(['errorCode', 'message']);
    expect(answer.json[0].message).toContain(`Cannot deserialize instance of ${said}`);
  });

  it.each([
    ['/composite/sobjects', { records: [null] }, 'INVALID_FIELD'],
    ['/composite/sobjects/Account', { ids: 'x', fields: 'y' }, 'REQUIRED_FIELD_MISSING'],
    ['/composite/batch', { batchRequests: ['x'] }, 'INVALID_INPUT'],
    ['/composite', { compositeRequest: [null] }, 'INVALID_INPUT'],
    [
      '/composite',
      {
        allOrNone: true,
        compositeRequest: [{ method: 'POST', url: `${BASE}/composite/graph`, referenceId: 'a', body: {} }],
      },
      'INVALID_INPUT',
    ],
    [
      '/composite',
      { compositeRequest: [{ method: 'BREW', url: `${BASE}/limits`, referenceId: 'a' }] },
      'INVALID_INPUT',
    ],
  ])('of the wrong shape are refused by %s', async (path, body, code) => {
    const answer = await call(BASE + path, { method: 'POST', body });
    expect([answer.status, answer.json[0].errorCode]).toEqual([400, code]);
  });
});

describe('answers', () => {
  const token = () => simulator.tokens.issue(simulator.users.admin);
  const head = (lines: string) =>
    raw(`${lines}\r\nHost: x\r\nAuthorization: Bearer ${token()}\r\nConnection: close\r\n\r\n`);

  it('name their headers with capitals, which some clients look for', async () => {
    expect(await head(`GET ${BASE}/limits HTTP/1.1`)).toMatch(
      /\r\nSforce-Limit-Info: api-usage=\d+\/15000\r\n(?:.*\r\n)*Content-Type: application\/json;charset=UTF-8\r\n/,
    );
    const [id] = simulator.org.insert('Account', [{ Name: 'Tagged' }]);
    expect(await head(`GET ${ACCOUNT}/${id?.id} HTTP/1.1`)).toMatch(/\r\nETag: "/);
  });

  it('that are streamed do so too', async () => {
    const job = await call(`${BASE}/jobs/ingest`, {
      method: 'POST',
      body: { object: 'Account', operation: 'insert' },
    });
    await call(`${BASE}/jobs/ingest/${job.json.id}`, { method: 'PATCH', body: { state: 'Aborted' } });
    expect(await head(`GET ${BASE}/jobs/ingest/${job.json.id}/failedResults HTTP/1.1`)).toMatch(
      /\r\nContent-Type: text\/csv/,
    );
  });
});

describe('what clients ask beside records', () => {
  it('the columns of a Tooling query, as the Salesforce CLI does', async () => {
    const answer = await call(
      `${BASE}/tooling/query?q=SELECT+DurableId,QualifiedApiName+FROM+EntityDefinition+LIMIT+1&columns=true`,
    );
    expect(answer.json.columnMetadata).toMatchObject([
      { columnName: 'DurableId' },
      { columnName: 'QualifiedApiName' },
    ]);
  });

  it('counts of every object, with an empty list', async () => {
    const { json: counts } = await call(`${BASE}/limits/recordCount?sObjects=`);
    expect(counts).toEqual((await call(`${BASE}/limits/recordCount`)).json);
    expect(counts.sObjects).toContainEqual({ name: 'Account', count: expect.any(Number) });
  });

  it('the records that the caller changed last', async () => {
    const { id } = (await call(ACCOUNT, { method: 'POST', body: { Name: 'Latest' } })).json;
    simulator.org.clock.advance(60_000);
    await call(`${ACCOUNT}/${id}`, { method: 'PATCH', body: { Name: 'Newest' } });
    expect((await call(`${BASE}/recent?limit=1`)).json).toEqual([
      { attributes: { type: 'Account', url: `${ACCOUNT}/${id}` }, Id: id, Name: 'Newest' },
    ]);
  });

  it('a way into the browser', async () => {
    const { json: access } = await call('/services/oauth2/singleaccess');
    expect(access.frontdoor_uri).toMatch(new RegExp(`^${simulator.url}/secur/frontdoor.jsp\\?otp=`));
  });

  it('APIs that are not here, which refuse in their own shape', async () => {
    const soap = await call('/services/Soap/T/67.0', { method: 'POST', body: '<x/>' });
    expect([soap.status, soap.text]).toEqual([
      500,
      expect.stringContaining('<faultcode>sf:API_DISABLED_FOR_ORG</faultcode>'),
    ]);
  });
});
