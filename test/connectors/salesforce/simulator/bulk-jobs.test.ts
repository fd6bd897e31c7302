import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { BASE, clientOf, until } from './http-client.ts';

const INGEST = `${BASE}/jobs/ingest`;
const QUERY = `${BASE}/jobs/query`;

let simulator: Simulator;
let call: ReturnType<typeof clientOf>['call'];

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true, now: Date.parse('2026-11-23T09:00:00Z') });
  ({ call } = clientOf(simulator));
});
afterAll(() => simulator.close());

const csv = { 'content-type': 'text/csv' };

async function ingest(body: string, state: 'UploadComplete' | 'Aborted'): Promise<string> {
  const job = { object: 'Account', operation: 'insert' };
  const { id } = (await call(INGEST, { method: 'POST', body: job })).json;
  await call(`${INGEST}/${id}/batches`, { method: 'PUT', body, headers: csv });
  await call(`${INGEST}/${id}`, { method: 'PATCH', body: { state } });
  await until(
    () => call(`${INGEST}/${id}`),
    ({ json }) => ['JobComplete', 'Failed', 'Aborted'].includes(json.state),
  );
  return id;
}

async function query(): Promise<string> {
  const body = { operation: 'query', query: 'SELECT Name FROM Account ORDER BY Name' };
  const { id } = (await call(QUERY, { method: 'POST', body })).json;
  await until(
    () => call(`${QUERY}/${id}`),
    ({ json }) => json.state === 'JobComplete',
  );
  return id;
}

describe('rows that a job never came to', () => {
  it.each([
    ['was aborted before its start', 'Name\nA\n"B, b"\n', 'Aborted', '"Name"\n"A"\n"B, b"\n'],
    ['failed for an unknown column', 'Name,Nope\nA,1\n', 'UploadComplete', '"Name","Nope"\n"A","1"\n'],
    ['could not be read', 'Name\r\nA\r\n', 'UploadComplete', ''],
  ] as const)('are listed when it %s', async (_when, body, state, unprocessed) => {
    const id = await ingest(body, state);
    expect((await call(`${INGEST}/${id}/unprocessedrecords`)).text).toBe(unprocessed);
    expect((await call(`${INGEST}/${id}/successfulResults`)).text).toMatch(
      /^"sf__Id","sf__Created"[^\n]*\n$/,
    );
  });
});

it('refuses an upload by its type before it looks at the content', async () => {
  const { id } = (await call(INGEST, { method: 'POST', body: { object: 'Account', operation: 'insert' } }))
    .json;
  const headers = { 'content-type': 'application/json' };
  const answer = await call(`${INGEST}/${id}/batches`, { method: 'PUT', body: 'Name\nA\n', headers });
  expect(answer).toMatchObject({ status: 415, json: [{ errorCode: 'UNSUPPORTED_MEDIA_TYPE' }] });
});

describe('lists of jobs', () => {
  const typesOf = async (url: string) =>
    [...new Set((await call(url)).json.records.map((job: { jobType: string }) => job.jobType))].sort();

  beforeAll(async () => {
    await ingest('Name\nA\n', 'UploadComplete');
    await query();
    const pk = { 'content-type': 'application/json', 'Sforce-Enable-PKChunking': 'true' };
    for (const headers of [pk, { 'content-type': 'application/json' }])
      await call('/services/async/67.0/job', {
        method: 'POST',
        body: { object: 'Account', operation: 'query', contentType: 'CSV' },
        headers,
      });
  });

  it('hold the jobs of Bulk API 1.0 too, and are filtered by type, mode and chunking', async () => {
    expect(await typesOf(INGEST)).toEqual(['Classic', 'V2Ingest']);
    expect(await typesOf(QUERY)).toEqual(['Classic', 'V2Query']);
    expect(await typesOf(`${INGEST}?jobType=V2Ingest`)).toEqual(['V2Ingest']);
    expect(await typesOf(`${QUERY}?jobType=Classic&concurrencyMode=parallel`)).toEqual(['Classic']);
    expect(await typesOf(`${QUERY}?concurrencyMode=serial`)).toEqual([]);
    expect((await call(`${INGEST}?isPkChunkingEnabled=true`)).json.records).toHaveLength(1);
  });

  it('come in pages of a thousand', async () => {
    for (let i = 0; i < 1000; i++)
      await call(INGEST, { method: 'POST', body: { object: 'Account', operation: 'insert' } });
    const first = (await call(`${INGEST}?jobType=V2Ingest`)).json;
    expect({ done: first.done, count: first.records.length }).toEqual({ done: false, count: 1000 });
    const last = (await call(first.nextRecordsUrl)).json;
    expect(last).toMatchObject({ done: true, nextRecordsUrl: null });
    const ids = [...first.records, ...last.records].map((job: { id: string }) => job.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(1000);
    expect((await call(`${INGEST}?queryLocator=nowhere`)).json[0].errorCode).toBe('INVALID_QUERY_LOCATOR');
  });
});

describe('result pages to be fetched side by side', () => {
  beforeAll(() => {
    const rows = Array.from({ length: 300_001 }, (_, i) => ({ Name: String(i).padStart(6, '0') }));
    simulator.org.bulkLoad(
      'Contact',
      rows.map(({ Name }) => ({ LastName: Name })),
    );
  });

  it('are named five at a time and together hold every row once', async () => {
    const body = { operation: 'query', query: 'SELECT LastName FROM Contact' };
    const { id } = (await call(QUERY, { method: 'POST', body })).json;
    await until(
      () => call(`${QUERY}/${id}`),
      ({ json }) => json.state === 'JobComplete',
    );
    const first = (await call(`${QUERY}/${id}/resultPages`)).json;
    expect({ done: first.done, pages: first.resultPages.length }).toEqual({ done: false, pages: 5 });
    const last = (await call(first.nextRecordsUrl)).json;
    expect(last).toMatchObject({ done: true, nextRecordsUrl: null });
    const pages = [...first.resultPages, ...last.resultPages] as Array<{ resultUrl: string }>;
    const counts = await Promise.all(
      pages.map(async ({ resultUrl }) =>
        Number((await call(resultUrl)).headers.get('sforce-numberofrecords')),
      ),
    );
    expect(counts).toEqual([50_000, 50_000, 50_000, 50_000, 50_000, 50_000, 1]);
  });

  it('are there from version 58.0 on; results of an unfinished job are not', async () => {
    const release = simulator.bulk.hold();
    const body = { operation: 'query', query: 'SELECT Id FROM Account' };
    const { id } = (await call(QUERY, { method: 'POST', body })).json;
    expect(await call(`${QUERY}/${id}/resultPages`)).toMatchObject({
      status: 412,
      json: [
        {
          errorCode: 'JOB_NOT_COMPLETE',
          message: expect.stringContaining('Current status: UPLOAD_COMPLETE'),
        },
      ],
    });
    release();
    const old = '/services/data/v57.0/jobs/query';
    const { id: older } = (await call(old, { method: 'POST', body })).json;
    expect((await call(`${old}/${older}/resultPages`)).status).toBe(404);
  });
});

it('knows no jobs in versions before there were any', async () => {
  expect((await call('/services/data/v40.0/jobs/ingest')).status).toBe(404);
  expect((await call('/services/data/v41.0/jobs/ingest')).status).toBe(200);
  expect((await call('/services/data/v46.0/jobs/query')).status).toBe(404);
  expect((await call('/services/data/v47.0/jobs/query')).status).toBe(200);
});

describe('a job that brings its data along', () => {
  const form = (...parts: string[]) => ({
    method: 'POST',
    body: `${parts.map((part) => `--B\r\n${part}\r\n`).join('')}--B--\r\n`,
    headers: { 'content-type': 'multipart/form-data; boundary=B' },
  });
  const job =
    'Content-Type: application/json\r\nContent-Disposition: form-data; name="job"\r\n\r\n' +
    '{"object":"Lead","contentType":"CSV","operation":"insert","lineEnding":"LF"}\r\n';
  const content =
    'Content-Type: text/csv\r\nContent-Disposition: form-data; name="content"; filename="content"\r\n\r\n' +
    'LastName,Company\nFormed,--Bold\nSecond,Co';

  it('is closed at once and runs', async () => {
    const created = await call(INGEST, form(job, content));
    expect(created).toMatchObject({ status: 200, json: { state: 'UploadComplete', object: 'Lead' } });
    const { id } = created.json;
    await until(
      () => call(`${INGEST}/${id}`),
      ({ json }) => json.state === 'JobComplete',
    );
    const { text } = await call(`${INGEST}/${id}/successfulResults`);
    expect(text).toContain('"true","Formed","--Bold"\n');
    expect(text).toContain('"true","Second","Co"\n');
  });

  it('is refused without its data, and so is a body of any other kind', async () => {
    expect((await call(INGEST, form(job))).status).toBe(400);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await call(INGEST, { method: 'POST', body: 'object=Lead', headers })).status).toBe(415);
  });
});
