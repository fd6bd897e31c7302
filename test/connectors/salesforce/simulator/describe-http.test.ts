import { request as httpRequest } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { START } from './fresh-org.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let call: ReturnType<typeof clientOf>['call'];

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ now: () => START });
  ({ call } = clientOf(simulator));
});

afterAll(async () => {
  await simulator.close();
});

interface Raw {
  status: number;
  headers: Record<string, unknown>;
  body: Buffer;
}

/** A request that no client library touches: paths and bodies go out as they are. */
function raw(
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: Buffer } = {},
): Promise<Raw> {
  const { hostname, port } = new URL(simulator.url);
  const authorization = `Bearer ${simulator.tokens.issue(simulator.users.admin)}`;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, path, method, headers: { authorization, ...headers } },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts),
          }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

describe('entry points', () => {
  it('list the versions to everybody, oldest first', async () => {
    const versions = (await (await fetch(`${simulator.url}/services/data/`)).json()) as Array<{
      version: string;
    }>;
    expect(versions[0]).toEqual({ label: "Summer '14", url: '/services/data/v31.0', version: '31.0' });
    expect(versions.at(-2)).toEqual({ label: "Summer '26", url: '/services/data/v67.0', version: '67.0' });
    expect(versions.at(-1)).toEqual({ label: "Winter '27", url: '/services/data/v68.0', version: '68.0' });
  });

  it('name the resources of a version and the identity of the caller', async () => {
    expect((await call(BASE)).json).toMatchObject({
      sobjects: `${BASE}/sobjects`,
      query: `${BASE}/query`,
      identity: `${simulator.url}/id/${simulator.org.id}/${simulator.users.admin}`,
    });
  });

  it.each([
    ['v30.0', 410, 'UNSUPPORTED_API_VERSION'],
    ['v99.0', 404, 'NOT_FOUND'],
    ['v67', 404, 'NOT_FOUND'],
  ])('answer %s with %i', async (version, status, code) => {
    const answer = await call(`/services/data/${version}/sobjects`);
    expect([answer.status, answer.json[0].errorCode]).toEqual([status, code]);
  });

  it('collapse doubled slashes', async () => {
    expect((await raw('//services//data/v67.0//limits')).status).toBe(200);
  });

  it('ask for a token', async () => {
    const none = await fetch(`${simulator.url}${BASE}/limits`);
    expect([none.status, await none.json()]).toEqual([
      401,
      [expect.objectContaining({ errorCode: 'INVALID_AUTH_HEADER' })],
    ]);
    const unknown = await fetch(`${simulator.url}${BASE}/limits`, {
      headers: { authorization: 'Bearer 00DSm0000000001!no' },
    });
    expect(unknown.headers.get('www-authenticate')).toBe('Token');
    expect([unknown.status, await unknown.json()]).toEqual([
      401,
      [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }],
    ]);
  });

  it('answer gzip when it is accepted and read it when it is sent', async () => {
    const described = await raw(`${BASE}/sobjects/Account/describe`, {
      headers: { 'accept-encoding': 'gzip, deflate' },
    });
    expect(described.headers['content-encoding']).toBe('gzip');
    expect(JSON.parse(gunzipSync(described.body).toString())).toMatchObject({ name: 'Account' });
    const created = await raw(`${BASE}/sobjects/Account`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify({ Name: 'Zipped' })),
    });
    expect(created.status).toBe(201);
  });

  it('carry the time of the org, which need not be the time of this machine', async () => {
    expect((await call(`${BASE}/limits`)).headers.get('date')).toBe(new Date(START).toUTCString());
  });
});

describe('billing', () => {
  it('counts each request once and tells so', async () => {
    const before = simulator.calls.total;
    const answer = await call(`${BASE}/limits`);
    expect(answer.headers.get('sforce-limit-info')).toBe(`api-usage=${before + 1}/15000`);
    expect(answer.json.DailyApiRequests).toEqual({ Max: 15000, Remaining: 15000 - before - 1 });
    expect(simulator.calls.log.at(-1)).toBe(`GET ${BASE}/limits`);
  });

  it('refuses what goes beyond the allowance', async () => {
    const max = simulator.calls.max;
    simulator.calls.max = simulator.calls.total;
    const answer = await call(`${BASE}/limits`);
    simulator.calls.max = max;
    expect([answer.status, answer.json]).toEqual([
      403,
      [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
    ]);
  });

  it('counts records per object, leaving empty ones out', async () => {
    const answer = await call(`${BASE}/limits/recordCount?sObjects=Account,Campaign`);
    expect(answer.json.sObjects).toEqual([{ count: simulator.org.dump('Account').length, name: 'Account' }]);
  });
});

describe('describe', () => {
  it('lists the objects that the caller can see', async () => {
    const names = (answer: { json: { sobjects: Array<{ name: string }> } }) =>
      answer.json.sobjects.map((each) => each.name);
    expect(names(await call(`${BASE}/sobjects`))).toEqual(
      expect.arrayContaining(['Account', 'Partner_Certification__c', 'ChannelProgramMember']),
    );
    expect(names(await call(`${BASE}/sobjects`, { userId: simulator.users.integration }))).not.toContain(
      'Account',
    );
  });

  it('answers 304 while metadata stays as the client knows it', async () => {
    const url = `${BASE}/sobjects/Account/describe`;
    const first = await call(url);
    const since = String(first.headers.get('last-modified'));
    expect(first.headers.get('etag')).toMatch(/^"[0-9a-f]+"$/);
    expect((await call(url, { headers: { 'if-modified-since': since } })).status).toBe(304);
    simulator.org.clock.advance(2000);
    simulator.org.schema.removeField('Account', 'Partner_Region__c');
    const changed = await call(url, { headers: { 'if-modified-since': since } });
    expect(changed.status).toBe(200);
    expect(changed.json.fields.map((field: { name: string }) => field.name)).not.toContain(
      'Partner_Region__c',
    );
  });

  it('shows the basics of an object with its address', async () => {
    const answer = await call(`${BASE}/sobjects/account`);
    expect(answer.json.objectDescribe).toMatchObject({
      name: 'Account',
      urls: { rowTemplate: `${BASE}/sobjects/Account/{ID}` },
    });
    expect((await call(`${BASE}/sobjects/Nope/describe`)).json).toEqual([
      { message: 'The requested resource does not exist', errorCode: 'NOT_FOUND' },
    ]);
  });
});

describe('identity', () => {
  it('names the user to a header or, as jsforce asks, to a token in the address', async () => {
    const claims = await call('/services/oauth2/userinfo');
    expect(claims.json).toMatchObject({
      user_id: simulator.users.admin,
      organization_id: simulator.org.id,
      preferred_username: 'admin@sim.example',
    });
    const token = simulator.tokens.issue(simulator.users.integration);
    const url = `${simulator.url}/id/${simulator.org.id}/${simulator.users.integration}?format=json&oauth_token=${encodeURIComponent(token)}`;
    expect(await (await fetch(url)).json()).toMatchObject({
      username: 'integration@sim.example',
      urls: { rest: `${simulator.url}/services/data/v{version}/` },
    });
    expect((await call(`/id/${simulator.org.id}/${simulator.users.integration}`)).status).toBe(404);
  });
});
