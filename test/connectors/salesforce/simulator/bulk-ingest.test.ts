import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { type Answer, BASE, clientOf, until } from './http-client.ts';

const ROOT = `${BASE}/jobs/ingest`;
const DONE = ['JobComplete', 'Failed', 'Aborted'];

let simulator: Simulator;
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true });
  client = clientOf(simulator);
});
afterAll(() => simulator.close());

const create = (body: Record<string, unknown>) =>
  client.call(ROOT, { method: 'POST', body: { object: 'Account', operation: 'insert', ...body } });
const upload = (id: string, body: string) =>
  client.call(`${ROOT}/${id}/batches`, { method: 'PUT', body, headers: { 'content-type': 'text/csv' } });
const change = (id: string, state: string) =>
  client.call(`${ROOT}/${id}`, { method: 'PATCH', body: { state } });
const poll = (id: string) => client.call(`${ROOT}/${id}`);
const results = async (id: string, kind: string): Promise<string[][]> =>
  parse((await client.call(`${ROOT}/${id}/${kind}`)).text, { relax_column_count: true });
const finished = (id: string) =>
  until(
    () => poll(id),
    (answer) => DONE.includes(answer.json.state),
  );

/** Runs a job to its end. */
async function run(body: Record<string, unknown>, csv: string): Promise<Answer> {
  const { id } = (await create(body)).json;
  await upload(id, csv);
  await change(id, 'UploadComplete');
  return await finished(id);
}
const find = (where: string) =>
  client.query(
    `SELECT Id, Name, Phone, Parent.Name, SystemModstamp FROM Account WHERE ${where} ORDER BY Name`,
  );

describe('the life of a job', () => {
  it('goes from Open over the upload to its results', async () => {
    const created = await create({});
    expect(created.status).toBe(200);
    const { id } = created.json;
    expect(created.json).toMatchObject({
      id: expect.stringMatching(/^750\w{15}$/),
      operation: 'insert',
      object: 'Account',
      createdById: simulator.users.admin,
      state: 'Open',
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: 67,
      contentUrl: `services/data/v67.0/jobs/ingest/${id}/batches`,
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
    });
    expect(await upload(id, 'Name\nAcme\n')).toMatchObject({ status: 201, text: '' });
    expect((await change(id, 'UploadComplete')).json.state).toBe('UploadComplete');
    const answer = await finished(id);
    expect(answer.json).toMatchObject({
      state: 'JobComplete',
      jobType: 'V2Ingest',
      numberRecordsProcessed: 1,
      numberRecordsFailed: 0,
      retries: 0,
    });
    const [header, row] = await results(id, 'successfulResults');
    expect(header).toEqual(['sf__Id', 'sf__Created', 'Name']);
    expect(row).toEqual([expect.stringMatching(/^001/), 'true', 'Acme']);
    expect((await client.call(ROOT)).json).toMatchObject({ done: true, nextRecordsUrl: null });
    expect((await client.call(`${ROOT}/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await poll(id)).status).toBe(404);
  });

  it('can be seen in progress, and aborted there', async () => {
    const release = simulator.bulk.hold();
    const { id } = (await create({})).json;
    await upload(id, 'Name\nNever\n');
    expect((await change(id, 'UploadComplete')).json.state).toBe('UploadComplete');
    release();
    const holdAgain = simulator.bulk.hold();
    await until(
      () => poll(id),
      (answer) => answer.json.state === 'InProgress',
    );
    expect((await change(id, 'Aborted')).json.state).toBe('Aborted');
    holdAgain();
    expect((await finished(id)).json).toMatchObject({ state: 'Aborted', numberRecordsProcessed: 0 });
    expect((await find("Name = 'Never'")).json.totalSize).toBe(0);
  });

  it('takes one upload only, and nothing after its end', async () => {
    const { id } = (await create({})).json;
    await upload(id, 'Name\nOnce\n');
    expect(await upload(id, 'Name\nTwice\n')).toMatchObject({
      status: 400,
      json: [{ errorCode: 'BULK_API_ERROR' }],
    });
    expect((await client.call(`${ROOT}/${id}`, { method: 'DELETE' })).json[0].errorCode).toBe(
      'INVALIDJOBSTATE',
    );
    expect((await client.call(`${ROOT}/${id}/successfulResults`)).json[0].errorCode).toBe('INVALIDJOBSTATE');
    await change(id, 'Aborted');
    for (const state of ['Aborted', 'UploadComplete'])
      expect(await change(id, state)).toMatchObject({
        status: 400,
        json: [{ errorCode: 'INVALIDJOBSTATE' }],
      });
  });

  it.each([
    [{ object: 'Foo' }, 'INVALIDJOB', 'InvalidJob : Unable to find object: Foo'],
    [{ operation: 'explode' }, 'API_ERROR', "Invalid value: 'explode' supplied for property: 'operation'"],
    [
      { columnDelimiter: 'DOT' },
      'API_ERROR',
      "Invalid value: 'DOT' supplied for property: 'columnDelimiter'",
    ],
    [{ operation: 'upsert' }, 'INVALIDJOB', 'InvalidJob : External ID was blank for Account.'],
    [
      { operation: 'upsert', externalIdFieldName: 'Phone' },
      'INVALIDJOB',
      'does not match an External ID for Account',
    ],
  ])('begins with no %j', async (body, errorCode, message) => {
    expect(await create(body)).toMatchObject({
      status: 400,
      json: [{ errorCode, message: expect.stringContaining(message) }],
    });
  });

  it('is complete with nothing in it', async () => {
    expect((await run({}, '')).json).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 0 });
    expect((await run({}, 'Name\n')).json).toMatchObject({ state: 'JobComplete', numberRecordsProcessed: 0 });
  });
});

describe('rows', () => {
  it('are written in statements of 200, each with its stamp', async () => {
    const names = Array.from({ length: 450 }, (_, i) => `Many ${String(i).padStart(3, '0')}`);
    const stop = simulator.org.addValidationRule('Account', () => {
      simulator.org.clock.advance(1000);
      return null;
    });
    expect((await run({}, `Name\n${names.join('\n')}\n`)).json.numberRecordsProcessed).toBe(450);
    stop();
    const grouped = await client.query(
      "SELECT Name, SystemModstamp FROM Account WHERE Name LIKE 'Many %' ORDER BY Name",
    );
    const stamps: string[] = grouped.json.records.map(
      (record: { SystemModstamp: string }) => record.SystemModstamp,
    );
    const [first = '', second = '', third = ''] = new Set(stamps);
    expect([first, second, third].map((stamp) => stamps.lastIndexOf(stamp))).toEqual([199, 399, 449]);
    expect(new Set(stamps).size).toBe(3);
  });

  it('fail by themselves, with code, text and field', async () => {
    const csv =
      'Name,CloseDate,StageName,Amount\nGood,2026-12-01,Prospecting,10\n,2026-12-01,Prospecting,1\nBad,12/01/2026,Prospecting,1\nWorse,2026-12-01,Prospecting,ten\n';
    const answer = await run({ object: 'Opportunity' }, csv);
    expect(answer.json).toMatchObject({
      state: 'JobComplete',
      numberRecordsProcessed: 4,
      numberRecordsFailed: 3,
    });
    const [header, ...failed] = await results(answer.json.id, 'failedResults');
    expect(header).toEqual(['sf__Id', 'sf__Error', 'Name', 'CloseDate', 'StageName', 'Amount']);
    expect(failed.map((row) => row[1])).toEqual([
      'REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --',
      "INVALID_FIELD:Failed to deserialize field at col 1. Due to, '12/01/2026' is not a valid value for the type xsd:date:CloseDate --",
      "INVALID_FIELD:Failed to deserialize field at col 3. Due to, 'ten' is not a valid value for the type xsd:double:Amount --",
    ]);
    expect(failed[0]?.slice(2)).toEqual(['', '2026-12-01', 'Prospecting', '1']);
  });

  it('clear a field by #N/A and leave it alone by an empty cell', async () => {
    const [a, b] = simulator.org.insert('Account', [
      { Name: 'Clear', Phone: '1', Website: 'a.example' },
      { Name: 'Keep', Phone: '1', Website: 'b.example' },
    ]);
    await run({ operation: 'update' }, `Id,PHONE\n${a?.id},#N/A\n${b?.id},\n`);
    expect((await find("Name IN ('Clear', 'Keep')")).json.records).toMatchObject([
      { Name: 'Clear', Phone: null },
      { Name: 'Keep', Phone: '1' },
    ]);
  });

  it('name their parent by one of its keys', async () => {
    const [parent] = simulator.org.insert('Account', [{ Name: 'Parent' }]);
    const answer = await run(
      { operation: 'insert', object: 'Contact' },
      `LastName,Account.Id,Owner.Username\nKid,${parent?.id},admin@sim.example\n`,
    );
    expect(answer.json).toMatchObject({ state: 'JobComplete', numberRecordsFailed: 0 });
    const found = await client.query("SELECT Account.Name FROM Contact WHERE LastName = 'Kid'");
    expect(found.json.records).toMatchObject([{ Account: { Name: 'Parent' } }]);
  });

  it('are updated or created by key, and deleted for now or for good', async () => {
    const upserted = await run({ operation: 'upsert', externalIdFieldName: 'Id' }, 'Id,Name\n,Fresh\n');
    const [, row] = await results(upserted.json.id, 'successfulResults');
    expect(row?.slice(1)).toEqual(['true', '', 'Fresh']);
    const id = String(row?.[0]);
    const again = await run({ operation: 'upsert', externalIdFieldName: 'Id' }, `Id,Name\n${id},Fresher\n`);
    expect((await results(again.json.id, 'successfulResults'))[1]).toEqual([id, 'false', id, 'Fresher']);
    await run({ operation: 'delete' }, `Id\n${id}\n`);
    expect(simulator.org.find(id)?.row.IsDeleted).toBe(true);
    await run({ operation: 'hardDelete' }, `Id\n${id}\n`);
    expect(simulator.org.find(id)).toBeUndefined();
  });
});

describe('dialects', () => {
  it.each([
    ['BACKQUOTE', '`'],
    ['CARET', '^'],
    ['COMMA', ','],
    ['PIPE', '|'],
    ['SEMICOLON', ';'],
    ['TAB', '\t'],
  ])('part cells by %s, in either line ending', async (columnDelimiter, mark) => {
    for (const [lineEnding, end] of [
      ['LF', '\n'],
      ['CRLF', '\r\n'],
    ]) {
      const name = `${columnDelimiter} "${lineEnding}"${mark}x`;
      const csv =
        ['Name', 'Phone'].join(mark) + end + [`"${name.replaceAll('"', '""')}"`, '12'].join(mark) + end;
      const answer = await run({ columnDelimiter, lineEnding }, csv);
      expect(answer.json).toMatchObject({
        state: 'JobComplete',
        numberRecordsFailed: 0,
        columnDelimiter,
        lineEnding,
      });
      const text = (await client.call(`${ROOT}/${answer.json.id}/successfulResults`)).text;
      expect(text.endsWith(end as string)).toBe(true);
      const [, row] = parse(text, { delimiter: mark }) as string[][];
      expect(row?.slice(2)).toEqual([name, '12']);
    }
  });
});

describe('an upload as a whole', () => {
  it.each([
    ['an unknown column', {}, 'Name,Foo\nx,y\n', 'InvalidBatch : Field name not found : Foo'],
    ['a parent that is none', {}, 'Name,Foo.Id\nx,y\n', 'InvalidBatch : Field name not found : Foo.Id'],
    [
      'another line ending',
      { lineEnding: 'CRLF' },
      'Name\nx\n',
      'ClientInputError : LineEnding is invalid on user data',
    ],
    ['a delete of more than ids', { operation: 'delete' }, 'Id,Name\n1,x\n', 'InvalidBatch : '],
    [
      'an update without ids',
      { operation: 'update' },
      'Name\nx\n',
      'InvalidBatch : Field name not found : Id',
    ],
  ])('fails the job for %s', async (_what, body, csv, message) => {
    expect((await run(body, csv)).json).toMatchObject({
      state: 'Failed',
      numberRecordsProcessed: 0,
      errorMessage: expect.stringContaining(message),
    });
  });

  it('keeps what was not processed for a later try', async () => {
    const answer = await run({ operation: 'delete' }, 'Id,Name\n1,x\n2,y\n');
    expect(await results(answer.json.id, 'unprocessedrecords')).toEqual([
      ['Id', 'Name'],
      ['1', 'x'],
      ['2', 'y'],
    ]);
  });
});

describe('jsforce', () => {
  it('loads, and reads what came of it', async () => {
    const input = [{ Name: 'By jsforce' }, { Name: null }];
    const outcome = await client.connect().bulk2.loadAndWaitForResults({
      object: 'Account',
      operation: 'insert',
      input,
      pollInterval: 20,
      pollTimeout: 20_000,
    });
    expect(outcome.successfulResults).toMatchObject([{ sf__Created: 'true', Name: 'By jsforce' }]);
    expect(outcome.failedResults).toMatchObject([
      { sf__Error: expect.stringContaining('REQUIRED_FIELD_MISSING') },
    ]);
    expect(outcome.unprocessedRecords).toEqual([]);
  });
});
