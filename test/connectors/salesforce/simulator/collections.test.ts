import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let call: ReturnType<typeof clientOf>['call'];
const URL_ = `${BASE}/composite/sobjects`;
const account = (Name?: string) => ({
  attributes: { type: 'Account' },
  ...(Name === undefined ? {} : { Name }),
});
const contact = (LastName: string) => ({ attributes: { type: 'Contact' }, LastName });

beforeAll(async () => {
  simulator = await startSalesforceSimulator({});
  ({ call } = clientOf(simulator));
});

afterAll(async () => {
  await simulator.close();
});

describe('sObject collections', () => {
  it('create in order, with the errors of each record, one API call', async () => {
    const before = simulator.calls.total;
    const answer = await call(URL_, {
      method: 'POST',
      body: { records: [account('A'), account(), contact('C')] },
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual([
      { id: expect.stringMatching(/^001/), success: true, errors: [] },
      {
        success: false,
        errors: [
          {
            statusCode: 'REQUIRED_FIELD_MISSING',
            message: 'Required fields are missing: [Name]',
            fields: ['Name'],
          },
        ],
      },
      { id: expect.stringMatching(/^003/), success: true, errors: [] },
    ]);
    expect(simulator.calls.total - before).toBe(1);
  });

  it('give all rows of a type one stamp', async () => {
    const { json } = await call(URL_, {
      method: 'POST',
      body: { records: [account('A'), account('B'), account('C')] },
    });
    const stamps = new Set(
      json.map((each: { id: string }) => simulator.org.find(each.id)?.row.SystemModstamp),
    );
    expect(stamps.size).toBe(1);
  });

  it('roll back across types with allOrNone, still answering 200', async () => {
    const before = simulator.org.dump('Account').length;
    const answer = await call(URL_, {
      method: 'POST',
      body: { allOrNone: true, records: [account('A'), contact('C'), account()] },
    });
    expect(answer.status).toBe(200);
    expect(
      answer.json.map((each: { errors: Array<{ statusCode: string }> }) => each.errors[0]?.statusCode),
    ).toEqual([
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      'REQUIRED_FIELD_MISSING',
    ]);
    expect(simulator.org.dump('Account')).toHaveLength(before);
  });

  it('update with 200 and the ids', async () => {
    const [first] = simulator.org.dump('Account');
    const answer = await call(URL_, {
      method: 'PATCH',
      body: {
        records: [
          { ...account(), id: first?.Id, Phone: '9' },
          { ...account('x'), id: '001000000000001AAA' },
        ],
      },
    });
    expect(answer.json).toEqual([
      { id: first?.Id, success: true, errors: [] },
      {
        success: false,
        errors: [
          { statusCode: 'INVALID_CROSS_REFERENCE_KEY', message: 'invalid cross reference id', fields: [] },
        ],
      },
    ]);
  });

  it('upsert with `created` on every item', async () => {
    const record = (key: string, more = {}) => ({
      attributes: { type: 'Partner_Certification__c' },
      External_Id__c: key,
      ...more,
    });
    const url = `${URL_}/Partner_Certification__c/External_Id__c`;
    const body = { records: [record('new'), record('cert-0001'), record('bad', { Issued_On__c: 'never' })] };
    const { json } = await call(url, { method: 'PATCH', body });
    expect(
      json.map(({ success, created }: { success: boolean; created: boolean }) => [success, created]),
    ).toEqual([
      [true, true],
      [true, false],
      [false, false],
    ]);
    expect((await call(`${URL_}/Partner_Certification__c/Code__c`, { method: 'PATCH', body })).status).toBe(
      404,
    );
  });

  it('delete and retrieve', async () => {
    const { json } = await call(URL_, { method: 'POST', body: { records: [account('X'), account('Y')] } });
    const [x, y] = json.map((each: { id: string }) => each.id);
    const read = await call(`${URL_}/Account`, {
      method: 'POST',
      body: { ids: [y, '001000000000001AAA', x], fields: ['Name'] },
    });
    expect(read.json.map((each: { Name: string } | null) => each?.Name ?? null)).toEqual(['Y', null, 'X']);
    const gone = await call(`${URL_}?ids=${x},001000000000001AAA&allOrNone=false`, { method: 'DELETE' });
    expect(gone.json.map((each: { success: boolean }) => each.success)).toEqual([true, false]);
    expect(
      (await call(`${URL_}/Account?ids=${x},${y}&fields=Name`)).json.map((each: unknown) => each === null),
    ).toEqual([true, false]);
  });

  it.each([
    ['no records', { records: [] }, 'REQUIRED_FIELD_MISSING', 'At least 1 record is required'],
    [
      'more than 200',
      { records: Array.from({ length: 201 }, () => account('A')) },
      'EXCEEDED_ID_LIMIT',
      'record limit reached. cannot submit more than 200 records into this call',
    ],
    [
      'more than ten chunks',
      { records: Array.from({ length: 11 }, (_, n) => (n % 2 === 0 ? account('A') : contact('C'))) },
      'LIMIT_EXCEEDED',
      'Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce chunking.',
    ],
    [
      'an unknown type',
      { records: [{ attributes: { type: 'Nope' } }] },
      'INVALID_TYPE',
      "sObject type 'Nope' is not supported.",
    ],
    [
      'a record without a type',
      { records: [{ Name: 'A' }] },
      'INVALID_FIELD',
      'Include an attributes type for each record',
    ],
    [
      'setup objects among others',
      { records: [account('A'), { attributes: { type: 'Group' }, Name: 'G', Type: 'Queue' }] },
      'MIXED_DML_OPERATION',
      'DML operation on setup object is not permitted with other objects in one request',
    ],
  ])('refuse %s', async (_what, body, errorCode, message) => {
    const answer = await call(URL_, { method: 'POST', body });
    expect([answer.status, answer.json[0]]).toEqual([400, expect.objectContaining({ errorCode, message })]);
  });
});
