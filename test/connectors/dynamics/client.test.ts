import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sendOnce } from '../../../connectors/dynamics/transport.ts';
import { type DynamicsWorld, dynamicsWorld } from './world.ts';

let world: DynamicsWorld;

beforeEach(async () => {
  world = await dynamicsWorld();
});
afterEach(async () => await world.close());

const accounts = { method: 'GET', path: 'accounts?$select=name', kind: 'query', table: 'account' } as const;

describe('the line to an environment', () => {
  it('signs in, tells who it is, and keeps the token', async () => {
    const { client } = world.context;
    expect(await client.session()).toEqual({
      orgId: world.simulator.org.id,
      userId: world.userId,
      businessUnitId: world.simulator.org.as(world.userId).businessUnitId,
    });
    await client.send(accounts);
    await client.session();
    expect(world.host.spent).toEqual(['other', 'query']);
  });

  it('renews a token in mid-run, once', async () => {
    const { client } = world.context;
    await client.send(accounts);
    world.simulator.faults.add({ kind: 'expired-token', times: 1 });
    expect((await client.send(accounts)).status).toBe(200);
    world.simulator.faults.add({ kind: 'expired-token', times: 2 });
    await expect(client.send(accounts)).rejects.toMatchObject({ code: 'CRM_SESSION_EXPIRED' });
  });

  it('sends the token to its own environment only, whatever host a link names', async () => {
    const { client } = world.context;
    const path = 'https://contoso.api.crm4.dynamics.com/api/data/v9.2/accounts?$select=name&$top=1';
    expect((await client.send({ ...accounts, path })).status).toBe(200);
    expect(world.simulator.calls.log.at(-1)).toBe('GET /api/data/v9.2/accounts?$select=name&$top=1');
  });

  it('ends with the reason of the signal that ended it', async () => {
    const { client } = world.context;
    const stop = new AbortController();
    const sending = client.send({ ...accounts, signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(sending).rejects.toThrow('stopped');
  });

  it('says why nobody answers', async () => {
    const options = { method: 'GET', headers: {} } as const;
    const url = world.simulator.url;
    await world.simulator.close();
    await expect(sendOnce({ ...options, url })).rejects.toMatchObject({
      fault: { code: 'ECONNREFUSED', status: 0 },
    });
    world = await dynamicsWorld();
  });

  it('does not repeat a write whose answer was lost, and says so', async () => {
    const { client } = world.context;
    world.simulator.faults.add({ kind: 'lost-answer', times: 1, method: 'POST' });
    const create = { method: 'POST', path: 'accounts', kind: 'row', body: { name: 'A' } } as const;
    await expect(client.send(create)).rejects.toMatchObject({ code: 'CRM_OUTCOME_UNKNOWN' });
    expect(world.simulator.org.dump('account')).toHaveLength(1);
  });

  it('repeats what a deadlock undid, whatever it was', async () => {
    const { client } = world.context;
    const deadlock = { code: '0x80044150', message: 'Generic SQL error. Sql Number: 1205' };
    world.simulator.faults.add({ kind: 'status', status: 500, ...deadlock, times: 1, method: 'POST' });
    await client.send({ method: 'POST', path: 'accounts', kind: 'row', body: { name: 'A' } });
    expect(world.simulator.org.dump('account')).toHaveLength(1);
  });

  it('reads the metadata of several tables in one call', async () => {
    const [account, missing, contact] = await world.context.metadata.fresh(['account', 'no_such', 'contact']);
    expect(missing).toBeUndefined();
    expect(account).toMatchObject({ entitySet: 'accounts', primaryId: 'accountid', tracksChanges: true });
    expect(account?.columns.get('customertypecode')?.options).toContainEqual({ value: 5, label: 'Partner' });
    expect(account?.columns.get('revenue')).toMatchObject({ type: 'money', scale: 2 });
    expect(contact?.lookups).toContainEqual({
      column: 'parentcustomerid',
      target: 'account',
      property: 'parentcustomerid_account',
    });
    expect(world.simulator.calls.total).toBe(1);
  });
});
