import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { type Answer, BASE, type Call, clientOf, until } from './http-client.ts';

let simulator: Simulator;
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true });
  client = clientOf(simulator);
});
afterAll(() => simulator.close());

const JOBS = '/services/async/67.0/job';
const json = { 'content-type': 'application/json' };
const xml = { 'content-type': 'application/xml; charset=UTF-8' };
const jobInfo = (fields: string) =>
  `<?xml version="1.0"?><jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload">${fields}</jobInfo>`;
const tag = (name: string, { text }: Answer) =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
const has = (state: string) => (answer: Answer) => answer.text.includes(state);

async function jsonJob(fields: Record<string, unknown>, body: unknown, headers: Record<string, string> = {}) {
  const given = { contentType: 'JSON', ...fields };
  const job = await client.call(JOBS, { method: 'POST', body: given, headers: { ...json, ...headers } });
  const batch = await client.call(`${JOBS}/${job.json.id}/batch`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: json,
  });
  const url = `${JOBS}/${job.json.id}/batch/${batch.json.id}`;
  return { job, batch, url, done: () => until(() => client.call(url), has('"Completed"')) };
}

describe('a JSON job', () => {
  it('is described with every counter, and its batch waits in a queue', async () => {
    const { job, batch } = await jsonJob({ operation: 'insert', object: 'Account' }, [{ Name: 'One' }]);
    expect([job.status, batch.status, job.headers.get('content-type')]).toEqual([
      201,
      201,
      'application/json',
    ]);
    expect(job.json).toMatchObject({
      id: expect.stringMatching(/^750/),
      state: 'Open',
      operation: 'insert',
      object: 'Account',
      concurrencyMode: 'Parallel',
      contentType: 'JSON',
      apiVersion: 67,
      numberBatchesTotal: 0,
    });
    expect(batch.json).toMatchObject({
      id: expect.stringMatching(/^751/),
      jobId: job.json.id,
      state: 'Queued',
    });
  });

  it('answers each record in its order, with ids and reasons', async () => {
    const records = [{ Name: 'Good' }, { Name: null }];
    const { url, done } = await jsonJob({ operation: 'insert', object: 'Account' }, records);
    expect((await done()).json).toMatchObject({ numberRecordsProcessed: 2, numberRecordsFailed: 1 });
    expect((await client.call(`${url}/result`)).json).toEqual([
      { success: true, created: true, id: expect.stringMatching(/^001/), errors: [] },
      {
        success: false,
        created: false,
        id: null,
        errors: [
          {
            statusCode: 'REQUIRED_FIELD_MISSING',
            message: 'Required fields are missing: [Name]',
            fields: ['Name'],
            extendedErrorDetails: null,
          },
        ],
      },
    ]);
    expect(JSON.parse((await client.call(`${url}/request`)).text)).toEqual(records);
  });

  it('names parents by a key', async () => {
    const [owner = ''] = simulator.users.sales;
    const { Username } = simulator.org.find(owner)?.row ?? {};
    const records = [{ Name: 'Owned', Owner: { Username } }];
    const { url, done } = await jsonJob({ operation: 'insert', object: 'Account' }, records);
    await done();
    const [{ id }] = (await client.call(`${url}/result`)).json;
    expect(simulator.org.find(id)?.row.OwnerId).toBe(owner);
  });

  // https://github.com/simple-salesforce/simple-salesforce/issues/290
  it('reads instants and dates as epoch milliseconds', async () => {
    const [account] = simulator.org.insert('Account', [{ Name: 'Parent' }]);
    const deal = { Name: 'D', StageName: 'Prospecting', CloseDate: '2026-12-01', AccountId: account?.id };
    simulator.org.insert('Opportunity', [deal]);
    const soql = 'SELECT Id, CloseDate, Account.CreatedDate, Account.Name FROM Opportunity';
    const { url, done } = await jsonJob({ operation: 'query', object: 'Opportunity' }, soql);
    await done();
    const [file] = (await client.call(`${url}/result`)).json;
    expect((await client.call(`${url}/result/${file}`)).json).toEqual([
      {
        attributes: { type: 'Opportunity', url: expect.any(String) },
        Id: expect.stringMatching(/^006/),
        CloseDate: Date.parse('2026-12-01'),
        Account: {
          attributes: { type: 'Account', url: expect.any(String) },
          CreatedDate: expect.any(Number),
          Name: 'Parent',
        },
      },
    ]);
  });

  it('takes the place of a concurrency mode in its list', async () => {
    const body = { operation: 'insert', object: 'Account', contentType: 'JSON', concurrencyMode: 1 };
    expect((await client.call(JOBS, { method: 'POST', body })).json).toMatchObject({
      concurrencyMode: 'Serial',
    });
  });

  it('fails a batch of unknown columns as a whole', async () => {
    const { url } = await jsonJob({ operation: 'insert', object: 'Account' }, [{ Name: 'x', Nope: 1 }]);
    const failed = await until(() => client.call(url), has('"Failed"'));
    expect(failed.json.stateMessage).toBe('InvalidBatch : Field name not found : Nope');
    const early = await client.call(`${url}/result`, { headers: json });
    expect([early.status, early.json.exceptionCode]).toEqual([400, 'InvalidBatch']);
  });
});

describe('an XML job', () => {
  const create = (fields: string, call: Call = {}) =>
    client.call(JOBS, { method: 'POST', body: jobInfo(fields), headers: xml, ...call });

  it('writes sObjects and answers results', async () => {
    const job = await create(
      '<operation>insert</operation><object>Account</object><contentType>XML</contentType>',
    );
    expect([job.status, tag('state', job), tag('apiVersion', job)]).toEqual([201, 'Open', '67.0']);
    expect(tag('createdDate', job)).toMatch(/\.000Z$/);
    const body =
      '<sObjects><sObject><Name>A &amp; B</Name></sObject><sObject><Phone>1</Phone></sObject></sObjects>';
    const batches = `${JOBS}/${tag('id', job)}/batch`;
    const batch = await client.call(batches, { method: 'POST', body, headers: xml });
    const url = `${batches}/${tag('id', batch)}`;
    await until(() => client.call(url), has('<state>Completed<'));
    const { text } = await client.call(`${url}/result`);
    expect(text).toMatch(
      /<result><id>001\w{15}<\/id><success>true<\/success><created>true<\/created><\/result>/,
    );
    expect(text).toContain(
      '<statusCode>REQUIRED_FIELD_MISSING</statusCode></errors><success>false</success>',
    );
    expect((await client.call(batches)).text).toMatch(/<batchInfoList [^>]*><batchInfo><id>751/);
  });

  it('of CSV is spoken about in XML and holds CSV', async () => {
    const job = await create(
      '<operation>upsert</operation><object>Lead</object><externalIdFieldName>Email</externalIdFieldName><contentType>CSV</contentType>',
    );
    const batches = `${JOBS}/${tag('id', job)}/batch`;
    const body = 'Email,LastName,Company\r\nk@x.example,K,"C, Ltd"\r\n';
    const batch = await client.call(batches, {
      method: 'POST',
      body,
      headers: { 'content-type': 'text/csv' },
    });
    const url = `${batches}/${tag('id', batch)}`;
    await until(() => client.call(url), has('<state>Completed<'));
    const result = await client.call(`${url}/result`);
    expect(result.headers.get('content-type')).toBe('text/csv');
    expect(result.text).toMatch(/^"Id","Success","Created","Error"\n"00Q\w{15}","true","true",""\n$/);
  });

  it('hands query results out as files behind a list', async () => {
    simulator.org.insert('Contact', [{ LastName: 'Q' }]);
    const job = await create(
      '<operation>query</operation><object>Contact</object><contentType>CSV</contentType>',
    );
    const batches = `${JOBS}/${tag('id', job)}/batch`;
    const csv = { 'content-type': 'text/csv' };
    const open = async (body: string) => {
      const batch = await client.call(batches, { method: 'POST', body, headers: csv });
      const url = `${batches}/${tag('id', batch)}`;
      await until(() => client.call(url), has('<state>Completed<'));
      return (await client.call(`${url}/result/${tag('result', await client.call(`${url}/result`))}`)).text;
    };
    expect(await open("SELECT LastName FROM Contact WHERE LastName = 'Q'")).toBe('"LastName"\n"Q"\n');
    expect(await open("SELECT Id FROM Contact WHERE LastName = 'None'")).toBe(
      'Records not found for this query',
    );
  });

  it('takes nothing more once it is closed, and cannot be opened again', async () => {
    const job = await create(
      '<operation>insert</operation><object>Account</object><contentType>CSV</contentType>',
    );
    const url = `${JOBS}/${tag('id', job)}`;
    const set = (state: string) =>
      client.call(url, { method: 'POST', body: jobInfo(`<state>${state}</state>`), headers: xml });
    expect(tag('state', await set('Closed'))).toBe('Closed');
    const late = await client.call(`${url}/batch`, {
      method: 'POST',
      body: 'Name\nx\n',
      headers: { 'content-type': 'text/csv' },
    });
    expect([late.status, tag('exceptionCode', late)]).toEqual([400, 'InvalidJobState']);
    expect(tag('exceptionCode', await set('Open'))).toBe('InvalidJobState');
    expect(tag('state', await set('Aborted'))).toBe('Aborted');
  });

  it('leaves waiting batches alone when it is aborted', async () => {
    const release = simulator.bulk.hold();
    const job = await create(
      '<operation>insert</operation><object>Account</object><contentType>CSV</contentType>',
    );
    const url = `${JOBS}/${tag('id', job)}`;
    const batch = await client.call(`${url}/batch`, {
      method: 'POST',
      body: 'Name\nNever\n',
      headers: { 'content-type': 'text/csv' },
    });
    await client.call(url, { method: 'POST', body: jobInfo('<state>Aborted</state>'), headers: xml });
    release();
    expect(tag('state', await client.call(`${url}/batch/${tag('id', batch)}`))).toBe('NotProcessed');
    expect((await client.query("SELECT Id FROM Account WHERE Name = 'Never'")).json.totalSize).toBe(0);
  });
});

describe('a query cut by primary key', () => {
  // https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/async_api_headers_enable_pk_chunking.htm
  it('leaves its batch unprocessed and adds one for each range', async () => {
    simulator.org.insert(
      'Campaign',
      Array.from({ length: 5 }, (_, n) => ({ Name: `C${n}` })),
    );
    const fields = { operation: 'query', object: 'Campaign' };
    const headers = { 'sforce-enable-pkchunking': 'chunkSize=2' };
    const { url } = await jsonJob(fields, 'SELECT Id FROM Campaign', headers);
    const list = await until(() => client.call(url.replace(/\/[^/]+$/, '')), has('NotProcessed'));
    expect(
      list.json.batchInfo.map((one: Record<string, unknown>) => [one.state, one.numberRecordsProcessed]),
    ).toEqual([
      ['NotProcessed', 0],
      ['Completed', 2],
      ['Completed', 2],
      ['Completed', 1],
    ]);
  });
});

describe('refusals', () => {
  it.each([
    ['an unknown object', { operation: 'insert', object: 'Nope' }, 'InvalidJob'],
    ['an unknown operation', { operation: 'brew', object: 'Account' }, 'InvalidJob'],
    ['an upsert without a key', { operation: 'upsert', object: 'Account' }, 'InvalidJob'],
  ])('of %s', async (_what, body, code) => {
    const answer = await client.call(JOBS, { method: 'POST', body });
    expect([answer.status, answer.json.exceptionCode]).toEqual([400, code]);
  });

  it('of hard deletes by users without that right', async () => {
    const body = { operation: 'hardDelete', object: 'Account' };
    const [userId = ''] = simulator.users.sales;
    const answer = await client.call(JOBS, { method: 'POST', body, userId });
    expect([answer.status, answer.json.exceptionCode]).toEqual([400, 'FeatureNotEnabled']);
  });

  it('speak of sessions with status 400, and take them in a header of their own', async () => {
    const none = { authorization: '' };
    const bad = await client.call(`${JOBS}/x`, { headers: { ...none, 'x-sfdc-session': 'nobody' } });
    expect([bad.status, tag('exceptionCode', bad)]).toEqual([400, 'InvalidSessionId']);
    const token = simulator.tokens.issue(simulator.users.admin);
    const good = await client.call(`${JOBS}/x`, { headers: { ...none, 'x-sfdc-session': token } });
    expect(tag('exceptionCode', good)).toBe('InvalidJob');
    const rest = await client.call(`${BASE}/limits`, { headers: { ...none, 'x-sfdc-session': token } });
    expect(rest.status).toBe(401);
  });

  it('of malformed bodies, unknown addresses and retired versions', async () => {
    const code = async (path: string, call: Call) => tag('exceptionCode', await client.call(path, call));
    expect(await code(JOBS, { method: 'POST', body: '<jobInfo', headers: xml })).toBe('InvalidXML');
    expect(await code(`${JOBS}s`, { headers: xml })).toBe('InvalidUrl');
    const broken = { method: 'POST', body: 'no gzip', headers: { ...xml, 'content-encoding': 'gzip' } };
    expect(await code(JOBS, broken)).toBe('ClientInputError');
    const old = { method: 'POST', body: jobInfo(''), headers: xml };
    expect(await code('/services/async/20.0/job', old)).toBe('InvalidVersion');
  });

  it('count as calls of the day', async () => {
    const before = simulator.calls.total;
    await client.call(`${JOBS}/x`);
    expect(simulator.calls.total).toBe(before + 1);
  });
});
