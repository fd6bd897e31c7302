import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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
