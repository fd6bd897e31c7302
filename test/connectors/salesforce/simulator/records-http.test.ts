import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { START } from './fresh-org.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let call: ReturnType<typeof clientOf>['call'];
const ACCOUNT = `${BASE}/sobjects/Account`;
const CERTIFICATE = `${BASE}/sobjects/Partner_Certification__c`;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ now: () => START });
  ({ call } = clientOf(simulator));
});

afterAll(async () => {
  await simulator.close();
});

describe('one record', () => {
  it('is created with 201 and its address, also behind a trailing slash', async () => {
    const answer = await call(`${ACCOUNT}/`, { method: 'POST', body: { Name: 'Acme' } });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({ id: expect.stringMatching(/^001/), success: true, errors: [] });
    expect(answer.headers.get('location')).toBe(`/services/data/v67.0/sobjects/Account/${answer.json.id}`);
    const read = await call(`${ACCOUNT}/${answer.json.id.slice(0, 15)}?fields=name,SystemModstamp`);
    expect(read.json).toEqual({
      attributes: { type: 'Account', url: `/services/data/v67.0/sobjects/Account/${answer.json.id}` },
      Name: 'Acme',
      SystemModstamp: '2026-11-23T09:00:00.000+0000',
      Id: answer.json.id,
    });
  });

  it('is changed with 204, by PATCH or by POST that says PATCH', async () => {
    const { id } = (await call(ACCOUNT, { method: 'POST', body: { Name: 'A' } })).json;
    const patched = await call(`${ACCOUNT}/${id}`, { method: 'PATCH', body: { Name: 'B' } });
    expect([patched.status, patched.text]).toEqual([204, '']);
    expect(
      (await call(`${ACCOUNT}/${id}?_HttpMethod=PATCH`, { method: 'POST', body: { Phone: '1' } })).status,
    ).toBe(204);
    expect(simulator.org.find(id)?.row).toMatchObject({ Name: 'B', Phone: '1' });
  });

  it('is refused as an array with errorCode', async () => {
    const answer = await call(ACCOUNT, { method: 'POST', body: {} });
    expect([answer.status, answer.json]).toEqual([
      400,
      [
        {
          message: 'Required fields are missing: [Name]',
          errorCode: 'REQUIRED_FIELD_MISSING',
          fields: ['Name'],
        },
      ],
    ]);
  });

  it.each([
    ['GET', '001000000000001AAA', 404, 'NOT_FOUND'],
    ['GET', 'abc', 404, 'NOT_FOUND'],
    ['PATCH', '001000000000001AAA', 404, 'INVALID_CROSS_REFERENCE_KEY'],
    ['DELETE', '001000000000001AAA', 404, 'INVALID_CROSS_REFERENCE_KEY'],
  ])('answers %s of %s with %i %s', async (method, id, status, code) => {
    const answer = await call(`${ACCOUNT}/${id}`, {
      method,
      ...(method === 'PATCH' ? { body: { Name: 'x' } } : {}),
    });
    expect([answer.status, answer.json[0].errorCode]).toEqual([status, code]);
  });

  it('is gone after a delete: 204, then 404 ENTITY_IS_DELETED', async () => {
    const { id } = (await call(ACCOUNT, { method: 'POST', body: { Name: 'A' } })).json;
    const statuses = [];
    for (const method of ['DELETE', 'DELETE', 'GET']) {
      const answer = await call(`${ACCOUNT}/${id}`, { method });
      statuses.push([answer.status, answer.json?.[0].errorCode]);
    }
    expect(statuses).toEqual([
      [204, undefined],
      [404, 'ENTITY_IS_DELETED'],
      [404, 'ENTITY_IS_DELETED'],
    ]);
  });

  it('is not there for a user who may not see it', async () => {
    const { id } = (await call(ACCOUNT, { method: 'POST', body: { Name: 'A' } })).json;
    expect((await call(`${ACCOUNT}/${id}`, { userId: String(simulator.users.sales[0]) })).status).toBe(404);
    expect((await call(`${ACCOUNT}/${id}`, { userId: simulator.users.integration })).json[0].errorCode).toBe(
      'NOT_FOUND',
    );
  });

  it('honours entity tags for accounts and dates for all', async () => {
    const { id } = (await call(ACCOUNT, { method: 'POST', body: { Name: 'A' } })).json;
    const tag = String((await call(`${ACCOUNT}/${id}`)).headers.get('etag'));
    expect((await call(`${ACCOUNT}/${id}`, { headers: { 'if-none-match': tag } })).status).toBe(304);
    const stale = await call(`${ACCOUNT}/${id}`, {
      method: 'PATCH',
      body: { Name: 'B' },
      headers: { 'if-match': '"other"' },
    });
    expect(stale.status).toBe(412);
    const since = new Date(START).toUTCString();
    expect((await call(`${ACCOUNT}/${id}`, { headers: { 'if-modified-since': since } })).status).toBe(304);
    const before = new Date(START - 1000).toUTCString();
    const write = await call(`${ACCOUNT}/${id}`, {
      method: 'PATCH',
      body: { Name: 'B' },
      headers: { 'if-unmodified-since': before },
    });
    expect(write.status).toBe(412);
  });

  it('answers 405 to a method that the resource does not have, 404 to no resource', async () => {
    const put = await call(`${ACCOUNT}/001000000000001AAA`, { method: 'PUT', body: {} });
    expect([put.status, put.json]).toEqual([
      405,
      [
        {
          errorCode: 'METHOD_NOT_ALLOWED',
          message: "HTTP Method 'PUT' not allowed. Allowed are HEAD,GET,PATCH,DELETE",
        },
      ],
    ]);
    expect((await call(`${BASE}/nothing/here`)).status).toBe(404);
  });

  it('refuses a body that is no JSON', async () => {
    const answer = await call(ACCOUNT, {
      method: 'POST',
      body: '{"Name":',
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, answer.json[0].errorCode]).toEqual([400, 'JSON_PARSER_ERROR']);
  });
});

describe('a record by its key', () => {
  it('is created with 201, changed with 200, and before version 46 with 204', async () => {
    const key = `External_Id__c/${encodeURIComponent('a/b?c #1')}`;
    const first = await call(`${CERTIFICATE}/${key}`, { method: 'PATCH', body: { Code__c: 'A' } });
    expect([first.status, first.json.created]).toEqual([201, true]);
    const second = await call(`${CERTIFICATE}/${key}`, { method: 'PATCH', body: { Code__c: 'B' } });
    expect([second.status, second.json]).toEqual([
      200,
      { id: first.json.id, success: true, errors: [], created: false },
    ]);
    const old = await call(`${CERTIFICATE.replace('67.0', '45.0')}/${key}`, {
      method: 'PATCH',
      body: { Code__c: 'C' },
    });
    expect([old.status, old.text]).toEqual([204, '']);
    expect((await call(`${CERTIFICATE}/${key}`)).json).toMatchObject({
      Id: first.json.id,
      External_Id__c: 'a/b?c #1',
      Code__c: 'C',
    });
    expect((await call(`${CERTIFICATE}/${key}`, { method: 'DELETE' })).status).toBe(204);
    expect((await call(`${CERTIFICATE}/${key}`)).status).toBe(404);
  });

  it('answers 300 with the addresses when several carry it', async () => {
    simulator.org.insert(
      'Lead',
      ['A', 'B'].map((LastName) => ({ LastName, Company: 'C', Email: 'two@x.example' })),
    );
    const answer = await call(`${BASE}/sobjects/Lead/Email/two@x.example`, {
      method: 'PATCH',
      body: { Company: 'D' },
    });
    expect(answer.status).toBe(300);
    expect(answer.json).toEqual([
      expect.stringMatching(/^\/services\/data\/v67\.0\/sobjects\/Lead\/00Q/),
      expect.any(String),
    ]);
  });

  it.each([
    ['creates nothing with updateOnly', 'External_Id__c/none?updateOnly=true', {}, 404, 'NOT_FOUND'],
    ['refuses a field that is no key', 'Code__c/x', {}, 404, 'NOT_FOUND'],
    ['refuses the key in the body', 'External_Id__c/x', { External_Id__c: 'x' }, 400, 'INVALID_FIELD'],
    ['refuses an Id in the body', 'External_Id__c/x', { Id: 'x' }, 400, 'INVALID_FIELD'],
  ])('%s', async (_what, path, body, status, code) => {
    const answer = await call(`${CERTIFICATE}/${path}`, { method: 'PATCH', body });
    expect([answer.status, answer.json[0].errorCode]).toEqual([status, code]);
    expect(
      simulator.org.rowsWhere('Partner_Certification__c', 'External_Id__c', ['none', 'x']),
    ).toBeDefined();
  });
});

describe('records around a record', () => {
  it('are its parents and pages of its children', async () => {
    const contact = simulator.org.dump('Contact')[0];
    const owner = await call(`${BASE}/sobjects/Contact/${contact?.Id}/Account?fields=Name`);
    expect(owner.json).toMatchObject({ Id: contact?.AccountId });
    const children = await call(`${ACCOUNT}/${contact?.AccountId}/Contacts`);
    expect(children.json.records.map((each: { Id: string }) => each.Id)).toContain(contact?.Id);
    expect((await call(`${ACCOUNT}/${contact?.AccountId}/Nothing`)).status).toBe(404);
  });
});

describe('the headers of a write', () => {
  it('switch assignment off and let duplicates pass', async () => {
    simulator.org.addDuplicateRule({
      name: 'R',
      object: 'Lead',
      fields: ['Company', 'LastName'],
      action: 'alert',
      message: 'Use one of these records?',
    });
    const lead = { method: 'POST', body: { LastName: 'Dup', Company: 'Dup' } };
    const before = simulator.org.sideEffects.length;
    const quiet = { 'sforce-auto-assign': 'FALSE' };
    expect((await call(`${BASE}/sobjects/Lead`, { ...lead, headers: quiet })).status).toBe(201);
    expect(simulator.org.sideEffects).toHaveLength(before);
    const refused = await call(`${BASE}/sobjects/Lead`, { ...lead, headers: quiet });
    expect([refused.status, refused.json[0]]).toEqual([
      400,
      expect.objectContaining({
        errorCode: 'DUPLICATES_DETECTED',
        duplicateResult: expect.objectContaining({ allowSave: true }),
      }),
    ]);
    const passed = await call(`${BASE}/sobjects/Lead`, {
      ...lead,
      headers: {
        'sforce-duplicate-rule-header': 'allowSave=true; includeRecordDetails=false; runAsCurrentUser=true',
      },
    });
    expect(passed.status).toBe(201);
    expect(simulator.org.sideEffects).toHaveLength(before + 1);
  });
});
