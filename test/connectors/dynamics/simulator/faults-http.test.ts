import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ProtectionLimits } from '../../../../connectors/dynamics/simulator/protection.ts';
import { startDynamicsSimulator } from '../../../../connectors/dynamics/simulator/server.ts';
import { SimulatorInputError } from '../../../../src/sync/connector-manifest.ts';
import { type SignedIn, startSignedIn } from './client.ts';

let at: SignedIn;
afterEach(async () => await at.close());

const codeOf = ({ status, body }: { status: number; body: { error: { code: string } } }) => [
  status,
  body.error.code,
];

describe('service protection', () => {
  let clock = 0;
  const start = async (limits: Partial<ProtectionLimits>) => {
    clock = Date.parse('2026-03-02T10:00:00Z');
    at = await startSignedIn({ limits: { now: () => clock, ...limits } });
  };

  it('tells with each answer what is left', async () => {
    await start({ requests: 10 });
    const { headers } = await at.send('GET', 'WhoAmI');
    expect(headers.get('x-ms-ratelimit-burst-remaining-xrm-requests')).toBe('9');
    expect(headers.get('x-ms-ratelimit-time-remaining-xrm-requests')).toMatch(/^1,1\d\d\.\d\d$|^1,200\.00$/);
  });

  it('refuses what is too many, until the oldest have left the window', async () => {
    await start({ requests: 2 });
    await at.send('GET', 'WhoAmI');
    clock += 100_000;
    await at.send('GET', 'WhoAmI');
    clock += 100_000;
    const refused = await at.send('POST', 'accounts', { name: 'Litware' });
    expect(codeOf(refused)).toEqual([429, '0x80072322']);
    expect(refused.body.error.message).toBe(
      'Number of requests exceeded the limit of 2 over time window of 300 seconds.',
    );
    expect(at.simulator.org.dump('account')).toEqual([]);
    // The refused one counts: two have to leave.
    expect(refused.headers.get('retry-after')).toBe('200');
    clock += 200_000;
    expect((await at.send('GET', 'WhoAmI')).status).toBe(200);
  });

  it('refuses by execution time', async () => {
    await start({ executionMs: 0.000_001 });
    await at.send('GET', 'WhoAmI');
    const refused = await at.send('GET', 'WhoAmI');
    expect(codeOf(refused)).toEqual([429, '0x80072321']);
    expect(refused.headers.get('retry-after')).toBe('300');
  });
});

describe('requests under way at once', () => {
  /** A create whose body has begun to come: the answer once the rest is sent. */
  async function begin(name: string): Promise<() => Promise<number | undefined>> {
    const token = at.simulator.tokens.issue(at.simulator.org.admin.userId);
    const sent = request(`${at.simulator.url}/api/data/v9.2/accounts`, {
      method: 'POST',
      agent: false,
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        Expect: '100-continue',
      },
    });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.flushHeaders();
    await once(sent, 'continue');
    return async () => {
      sent.end(JSON.stringify({ name }));
      const [answer] = await answered;
      answer.resume();
      await once(answer, 'close');
      return answer.statusCode;
    };
  }

  it('are refused beyond the limit, each user for itself, until one has its answer', async () => {
    at = await startSignedIn({ limits: { concurrency: 2 } });
    const [finish, finishOther] = [await begin('A'), await begin('B')];
    const refused = await at.send('POST', 'accounts', { name: 'C' });
    expect(codeOf(refused)).toEqual([429, '0x80072326']);
    expect(refused.body.error.message).toBe('Number of concurrent requests exceeded the limit of 2.');
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    const other = at.simulator.tokens.issue(at.simulator.org.addUser({ fullName: 'Sam Seller' }));
    const { status } = await at.send('GET', 'WhoAmI', undefined, { Authorization: `Bearer ${other}` });
    expect(status).toBe(200);
    expect(await finish()).toBe(204);
    expect((await at.send('POST', 'accounts', { name: 'D' })).status).toBe(204);
    expect(await finishOther()).toBe(204);
    expect(
      at.simulator.org
        .dump('account')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['A', 'B', 'D']);
  });

  it('take as long as a fault says, which counts as time of the user', async () => {
    at = await startSignedIn({ limits: { executionMs: 40 } });
    at.simulator.faults.add({ kind: 'slow', ms: 45, times: 1 });
    expect((await at.send('POST', 'accounts', { name: 'A' })).status).toBe(204);
    expect(codeOf(await at.send('GET', 'WhoAmI'))).toEqual([429, '0x80072321']);
  });
});

describe('faults', () => {
  const now = Date.parse('2026-03-02T10:00:00Z');

  it.each([
    ['requests', '0x80072322'],
    ['time', '0x80072321'],
    ['concurrency', '0x80072326'],
  ] as const)('refuse for %s as often as said', async (limit, code) => {
    at = await startSignedIn();
    at.simulator.faults.add({ kind: 'throttled', limit, retryAfterSeconds: 7, times: 1 });
    const refused = await at.send('GET', 'WhoAmI');
    expect(codeOf(refused)).toEqual([429, code]);
    expect(refused.headers.get('retry-after')).toBe('7');
    expect((await at.send('GET', 'WhoAmI')).status).toBe(200);
  });

  it('refuse with a status before anything is done, and end a token', async () => {
    at = await startSignedIn();
    at.simulator.faults.add({ kind: 'status', status: 503, method: 'POST', times: 1 });
    expect((await at.send('POST', 'accounts', { name: 'Litware' })).status).toBe(503);
    expect(at.simulator.org.dump('account')).toEqual([]);
    at.simulator.faults.add({ kind: 'expired-token', times: 1 });
    expect((await at.send('GET', 'WhoAmI')).status).toBe(401);
  });

  it('lose the answer after the work is done', async () => {
    at = await startSignedIn();
    at.simulator.faults.add({ kind: 'lost-answer', method: 'POST', times: 1 });
    await expect(at.send('POST', 'accounts', { name: 'Litware' })).rejects.toThrow();
    expect(at.simulator.org.dump('account')).toHaveLength(1);
    expect(at.simulator.faults.struck).toEqual({ 'lost-answer': 1 });
  });

  it('refuse single rows, which undoes the whole of a bulk message', async () => {
    at = await startSignedIn();
    at.simulator.faults.add({ kind: 'row-error', object: 'account', matching: { name: 'Poison' } });
    const target = (name: string) => ({ '@odata.type': 'Microsoft.Dynamics.CRM.account', name });
    const many = await at.send('POST', 'accounts/Microsoft.Dynamics.CRM.CreateMultiple', {
      Targets: [target('Good'), target('Poison')],
    });
    expect(codeOf(many)).toEqual([400, '0x80040265']);
    expect(at.simulator.org.dump('account')).toEqual([]);
    expect((await at.send('POST', 'accounts', { name: 'Good' })).status).toBe(204);
    expect((await at.send('POST', 'accounts', { name: 'Poison' })).status).toBe(400);
  });

  it('find duplicates by a rule, for requests that want to know only', async () => {
    at = await startSignedIn();
    at.simulator.faults.add({ kind: 'duplicate-rule', object: 'account', field: 'emailaddress1' });
    const body = { name: 'Litware', emailaddress1: 'info@litware.example' };
    expect((await at.send('POST', 'accounts', body)).status).toBe(204);
    expect((await at.send('POST', 'accounts', body)).status).toBe(204);
    const looking = { 'MSCRM.SuppressDuplicateDetection': 'false' };
    expect(codeOf(await at.send('POST', 'accounts', body, looking))).toEqual([412, '0x80040333']);
    expect(at.simulator.org.dump('account')).toHaveLength(2);
  });

  it('expire the delta token of one table', async () => {
    at = await startSignedIn();
    const { body } = await at.send('GET', 'accounts?$select=name', undefined, {
      Prefer: 'odata.track-changes',
    });
    at.simulator.faults.add({ kind: 'expired-delta', object: 'account', times: 1 });
    expect(codeOf(await at.send('GET', body['@odata.deltaLink']))).toEqual([410, '0x80044352']);
    expect((await at.send('GET', body['@odata.deltaLink'])).status).toBe(200);
  });

  it('hold changes back until an open transaction ends, and tell them then', async () => {
    at = await startSignedIn({ now });
    const { simulator, send } = at;
    simulator.org.clock.freeze();
    const names = async (link: string) => {
      const { body } = await send('GET', link);
      return { names: body.value.map((row: { name: string }) => row.name), next: body['@odata.deltaLink'] };
    };
    const first = await send('GET', 'accounts?$select=name', undefined, { Prefer: 'odata.track-changes' });
    simulator.org.create('account', [{ name: 'Early' }]);
    const since = new Date(simulator.org.clock.now() + 60_000).toISOString();
    const release = simulator.faults.add({ kind: 'held-changes', object: 'account', since });
    simulator.org.clock.advance(120_000);
    simulator.org.create('account', [{ name: 'Late' }]);
    const early = await names(first.body['@odata.deltaLink']);
    expect(early.names).toEqual(['Early']);
    expect((await names(early.next)).names).toEqual([]);
    release();
    expect((await names(early.next)).names).toEqual(['Late']);
  });

  it('are read from a file, which must be right', async () => {
    at = await startSignedIn();
    const folder = mkdtempSync(join(tmpdir(), 'tierlink-faults-'));
    try {
      const file = join(folder, 'faults.json');
      writeFileSync(file, JSON.stringify({ faults: [{ kind: 'status', status: 503 }] }));
      at.simulator.faults.load(file);
      expect((await at.send('GET', 'WhoAmI')).status).toBe(503);
      writeFileSync(file, JSON.stringify({ faults: [{ kind: 'earthquake' }] }));
      await expect(startDynamicsSimulator({ faults: file })).rejects.toThrow(SimulatorInputError);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('calls', () => {
  it('are counted by kind', async () => {
    at = await startSignedIn();
    const { calls } = at.simulator;
    await at.send('GET', 'WhoAmI');
    await at.send('GET', 'accounts?$select=name');
    const { headers } = await at.send('POST', 'accounts', { name: 'Litware' });
    await at.send('GET', headers.get('odata-entityid') ?? '');
    await at.send('GET', "EntityDefinitions(LogicalName='account')?$select=LogicalName");
    await at.send('POST', 'accounts/Microsoft.Dynamics.CRM.CreateMultiple', { Targets: [] });
    const tracked = await at.send('GET', 'accounts?$select=name', undefined, {
      Prefer: 'odata.track-changes',
    });
    await at.send('GET', tracked.body['@odata.deltaLink']);
    expect(calls.byKind).toEqual({ other: 1, query: 2, row: 2, metadata: 1, multiple: 1, changes: 1 });
    expect(calls.total).toBe(8);
    expect(calls.log[0]).toBe('GET /api/data/v9.2/WhoAmI');
    calls.reset();
    expect([calls.total, calls.log]).toEqual([0, []]);
  });
});
