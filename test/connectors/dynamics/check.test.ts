import { afterEach, describe, expect, it } from '@jest/globals';
import { type DynamicsWorld, dynamicsWorld } from './world.ts';

let world: DynamicsWorld;
afterEach(async () => await world.close());

describe('check', () => {
  it('tells who is signed in, where, and the currency and zone there', async () => {
    world = await dynamicsWorld();
    const { org } = world.simulator;
    org.set('usersettings', world.userId, { timezonecode: 110 });
    expect(await world.connector.check([])).toMatchObject({
      orgId: org.id,
      orgName: 'contoso',
      orgKind: 'simulator',
      userId: world.userId,
      timeZone: 'Europe/Berlin',
      currency: 'USD',
      apiVersion: '9.2',
      objects: [],
    });
    expect(world.simulator.calls.total).toBe(3);
  });

  it('proves by the depth of privileges what the user sees and edits', async () => {
    world = await dynamicsWorld({
      privileges: {
        prvReadAccount: 'Global',
        prvWriteAccount: 'Local',
        prvCreateAccount: 'Basic',
        prvReadOpportunity: 'Deep',
        prvReadUser: 'Global',
      },
    });
    const { objects } = await world.connector.check(['account', 'opportunity', 'contact', 'no_such']);
    const tell = objects.map(({ object, ...rest }) => [object, Object.values(rest)]);
    expect(tell).toEqual([
      ['account', [true, true, false, true, true]],
      ['opportunity', [true, false, false, false, false]],
      ['contact', [false, false, false, false, false]],
      ['no_such', [false, null, null, false, false]],
    ]);
    expect((await world.connector.describe(['account', 'contact'])).map(({ name }) => name)).toEqual([
      'account',
    ]);
  });

  it('goes on with defaults where a narrow role cannot read the organization', async () => {
    world = await dynamicsWorld({
      privileges: { prvReadAccount: 'Global' },
      options: { currency: 'CHF' },
    });
    const facts = await world.connector.check(['account']);
    expect(facts).toMatchObject({ currency: 'CHF', userName: world.userId, timeZone: 'UTC' });
    expect(facts.objects[0]).toMatchObject({ readable: true, seesAll: true });
  });

  it('says in the log that a time zone is not known', async () => {
    world = await dynamicsWorld();
    world.simulator.org.set('usersettings', world.userId, { timezonecode: 999 });
    const said: unknown[] = [];
    world.host.log = (level, message, data) => said.push([level, message, data]);
    expect(await world.connector.check([])).toMatchObject({ timeZone: 'UTC' });
    expect(said).toContainEqual(['warn', expect.stringContaining('time zone'), { code: 999 }]);
  });

  it('takes a platform that does not tell its version at its address', async () => {
    world = await dynamicsWorld();
    const refusal = { kind: 'status', status: 404, code: '0x80060888', path: '/RetrieveVersion' } as const;
    world.simulator.faults.add({ ...refusal, message: 'Resource not found for the segment' });
    expect(await world.connector.check([])).toMatchObject({ apiVersion: '9.2', orgName: 'contoso' });
  });

  it('tells how far the clock of the platform is ahead', async () => {
    world = await dynamicsWorld();
    world.host.now = () => Date.now() - 60_000;
    const { clockSkewMs } = await world.connector.check([]);
    expect(Math.abs((clockSkewMs ?? 0) - 60_000)).toBeLessThan(2_000);
  });

  it('refuses a version that the environment does not have', async () => {
    world = await dynamicsWorld({ options: { apiVersion: '9.9' } });
    await expect(world.connector.check([])).rejects.toMatchObject({ code: 'CRM_VERSION' });
  });

  it('gives the address at which a row is opened', async () => {
    world = await dynamicsWorld();
    const id = '78914942-34cb-ed11-b596-0022481d68cd';
    expect(world.connector.recordUrl('account', id)).toBe(
      `${world.simulator.url}/main.aspx?pagetype=entityrecord&etn=account&id=${id}`,
    );
  });
});
