import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createFaults } from '../../../../connectors/salesforce/simulator/faults.ts';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { freshOrg, insertOne, outcomeOf } from './fresh-org.ts';
import { BASE, clientOf } from './http-client.ts';

describe('a fault', () => {
  it('strikes as often as it says, after what it lets pass, where it fits', () => {
    const faults = createFaults();
    faults.add({ kind: 'status', status: 503, times: 2, after: 1, path: '/query', method: 'GET' });
    const take = (path: string, method = 'GET') => faults.take('status', { path, method }) !== undefined;
    expect([take('/services/data/v67.0/limits'), take('/x/query', 'POST')]).toEqual([false, false]);
    expect([1, 2, 3, 4].map(() => take('/x/query'))).toEqual([false, true, true, false]);
    expect(faults.struck).toEqual({ status: 2 });
  });

  it('can name its paths by a pattern, and can be switched off', () => {
    const faults = createFaults();
    const off = faults.add({ kind: 'status', path: '/\\/sobjects\\/(Account|Lead)$/' });
    expect(faults.active('status', { path: '/x/sobjects/Lead' })).toHaveLength(1);
    expect(faults.active('status', { path: '/x/sobjects/Case' })).toHaveLength(0);
    off();
    expect(faults.active('status', { path: '/x/sobjects/Lead' })).toHaveLength(0);
  });

  it('can come from a file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'faults-')), 'faults.json');
    writeFileSync(file, JSON.stringify({ faults: [{ kind: 'request-limit', limit: 'total', times: 1 }] }));
    const faults = createFaults();
    faults.load(file);
    expect(faults.take('request-limit')?.limit).toBe('total');
    writeFileSync(file, JSON.stringify({ faults: [{ kind: 'earthquake' }] }));
    expect(() => faults.load(file)).toThrow(/earthquake/);
  });
});

describe('faults of rows', () => {
  const contacts = (accountIds: string[]) =>
    accountIds.map((AccountId, n) => ({ LastName: `C${n}`, AccountId }));

  it('lock the children of one parent for some attempts', () => {
    const { org } = freshOrg();
    const [a = '', b = ''] = org
      .insert('Account', [{ Name: 'A' }, { Name: 'B' }])
      .map((each) => String(each.id));
    org.faults.add({ kind: 'row-lock', object: 'Contact', parentId: a, times: 2 });
    const attempt = () => org.insert('Contact', contacts([a, b, a])).map(outcomeOf);
    const locked = `UNABLE_TO_LOCK_ROW: unable to obtain exclusive access to this record or 1 records: ${a}`;
    expect(attempt()).toEqual([locked, 'ok', locked]);
    expect(attempt()).toEqual([locked, 'ok', locked]);
    expect(attempt()).toEqual(['ok', 'ok', 'ok']);
  });

  it('can lock only statements that mix parents', () => {
    const { org } = freshOrg();
    const [a = '', b = ''] = org
      .insert('Account', [{ Name: 'A' }, { Name: 'B' }])
      .map((each) => String(each.id));
    org.faults.add({ kind: 'row-lock', object: 'Contact', whenMixed: true });
    expect(org.insert('Contact', contacts([a, a])).map(outcomeOf)).toEqual(['ok', 'ok']);
    expect(org.insert('Contact', contacts([a, b])).map((each) => each.errors[0]?.statusCode)).toEqual([
      'UNABLE_TO_LOCK_ROW',
      'UNABLE_TO_LOCK_ROW',
    ]);
    const ids = org.dump('Contact').map((row) => ({ Id: row.Id, Title: 'x' }));
    expect(org.update('Contact', ids).every((each) => each.success)).toBe(true);
  });

  it('refuse rows that match', () => {
    const { org } = freshOrg();
    org.faults.add({
      kind: 'row-error',
      object: 'Account',
      matching: { Name: 'B' },
      statusCode: 'STORAGE_LIMIT_EXCEEDED',
      message: 'storage limit exceeded',
      times: 1,
    });
    const attempt = () => org.insert('Account', [{ Name: 'A' }, { Name: 'B' }, { Name: 'B' }]).map(outcomeOf);
    expect(attempt()).toEqual(['ok', 'STORAGE_LIMIT_EXCEEDED: storage limit exceeded', 'ok']);
  });

  it('hide a field from all but administrators, or drop it for everybody', () => {
    const { org, users } = freshOrg();
    const sales = { as: org.as(String(users.sales[0])) };
    const write = (options = {}) => outcomeOf(org.insert('Account', [{ Name: 'A', Phone: '1' }], options)[0]);
    const unhide = org.faults.add({ kind: 'hidden-field', object: 'Account', field: 'Phone' });
    expect([write(), write(sales)]).toEqual([
      'ok',
      "INVALID_FIELD: No such column 'Phone' on sobject of type Account",
    ]);
    unhide();
    expect(write(sales)).toBe('ok');
    org.faults.add({ kind: 'dropped-field', object: 'Account', field: 'Phone' });
    expect(write()).toBe("INVALID_FIELD: No such column 'Phone' on sobject of type Account");
  });

  it('make writes visible late to queries, not to reads by id', () => {
    const { org } = freshOrg();
    const id = insertOne(org, 'Account', { Name: 'Before' });
    org.faults.add({ kind: 'delayed-visibility', ms: 3000 });
    org.update('Account', [{ Id: id, Name: 'After' }]);
    const fresh = insertOne(org, 'Account', { Name: 'New' });
    const names = () => [...org.rows('Account')].map((row) => row.Name);
    expect(names()).toEqual(['Before']);
    expect(org.find(id)?.row.Name).toBe('After');
    expect(org.rowById('Account', fresh)).toBeUndefined();
    org.clock.advance(3000);
    expect(names()).toEqual(['After', 'New']);
  });
});

describe('faults of requests', () => {
  let simulator: Simulator;
  let call: ReturnType<typeof clientOf>['call'];

  beforeAll(async () => {
    simulator = await startSalesforceSimulator({});
    ({ call } = clientOf(simulator));
  });

  afterEach(() => simulator.faults.clear());

  afterAll(async () => {
    await simulator.close();
  });

  it('answer 503 or 429 with a time to wait', async () => {
    simulator.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 7, times: 1 });
    const answer = await call(`${BASE}/limits`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await call(`${BASE}/limits`)).status).toBe(200);
  });

  it.each([
    ['total' as const, 'TotalRequests Limit exceeded.'],
    ['concurrent' as const, 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.'],
  ])('refuse for the %s limit', async (limit, message) => {
    simulator.faults.add({ kind: 'request-limit', limit, times: 1 });
    const answer = await call(`${BASE}/limits`);
    expect([answer.status, answer.json]).toEqual([403, [{ message, errorCode: 'REQUEST_LIMIT_EXCEEDED' }]]);
  });

  it('lose the answer of a write that was made', async () => {
    simulator.faults.add({ kind: 'lost-answer', method: 'POST', times: 1 });
    await expect(
      call(`${BASE}/sobjects/Account`, { method: 'POST', body: { Name: 'Lost' } }),
    ).rejects.toThrow();
    expect(simulator.org.dump('Account').filter((row) => row.Name === 'Lost')).toHaveLength(1);
  });

  it('end the session of a request', async () => {
    const other = simulator.tokens.issue(simulator.users.admin);
    simulator.faults.add({ kind: 'expired-token', times: 1 });
    expect((await call(`${BASE}/limits`)).json[0].errorCode).toBe('INVALID_SESSION_ID');
    expect((await call(`${BASE}/limits`)).status).toBe(401);
    expect(
      (await fetch(`${simulator.url}${BASE}/limits`, { headers: { authorization: `Bearer ${other}` } }))
        .status,
    ).toBe(200);
  });

  it('leave sign-in alone unless they name it', async () => {
    simulator.faults.add({ kind: 'status', status: 503 });
    const claims = await fetch(`${simulator.url}/services/oauth2/userinfo`, {
      headers: { authorization: `Bearer ${simulator.tokens.issue(simulator.users.admin)}` },
    });
    expect(claims.status).toBe(200);
    simulator.faults.clear();
    simulator.faults.add({ kind: 'status', status: 503, path: '/oauth2/userinfo' });
    expect((await fetch(`${simulator.url}/services/oauth2/userinfo`)).status).toBe(503);
  });
});
