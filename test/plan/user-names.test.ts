import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import { isDifference, type Plan, type PlannedLeft } from '../../src/plan/item.ts';
import type { Store } from '../../src/store/store.ts';
import { runPass } from '../../src/sync/pass/pass.ts';
import { pruneHistory } from '../../src/sync/pass/prune.ts';
import { listDifferences } from '../../src/sync/push/differences.ts';
import { nameUsersOfDifferences } from '../../src/sync/records/user-names.ts';
import { type Crm, crms } from '../services/channel/start.ts';
import { openTestStore } from '../services/test-store.ts';
import { boundTo, choose } from './plan-house.ts';
import { openDrifting, type SimulatorHouse } from './simulator-house.ts';

/** How a CRM names the one who types into it, beside the name. */
const idOf: Record<Crm, RegExp> = { salesforce: /^005\w{15}$/, dynamics: /^[0-9a-f-]{36}$/ };
const ofUsers = /\/sobjects\/User\b|\/systemusers\?/;

describe.each(crms)('people of %s in what differs', (crm) => {
  let store: Store;
  let house: SimulatorHouse;
  beforeAll(async () => {
    store = await openTestStore();
    house = await openDrifting(store, crm);
  });
  afterAll(async () => {
    await house.close();
    await store.close();
  });
  beforeEach(async () => await house.begin());

  const who = { theirUser: expect.stringMatching(idOf[crm]), theirUserName: 'Ada Admin' };
  const asked = () => house.channel.calls.made().filter(({ line }) => ofUsers.test(line)).length;

  /** Somebody types a tier into each of some records. */
  function typeTiers(tier: string, records = 3): void {
    house.clock.time += 60_000;
    for (const { id } of house.channel.rows('partner').slice(0, records)) house.channel.setTier(id, tier);
  }
  const differing = ({ items }: Plan) => items.filter(isDifference);

  it('are named with their ids, all of them in one question', async () => {
    typeTiers('Gold');
    house.channel.calls.reset();
    const found = differing(await house.plan());
    expect(found.length).toBeGreaterThan(1);
    for (const item of found) expect(item).toMatchObject(who);
    // The first question of a process is also what fields users have.
    expect(asked()).toBeLessThanOrEqual(2);
    house.channel.calls.reset();
    await house.plan();
    expect(asked()).toBe(1);
  });

  it('are asked for once: what a sync has learnt, nothing asks for again', async () => {
    typeTiers('Gold');
    await sync();
    house.channel.calls.reset();
    typeTiers('Silver');
    await sync();
    expect(differing(await house.plan())[0]).toMatchObject(who);
    expect(asked()).toBe(0);
    const [known] = await listDifferences(store);
    expect(known).toMatchObject({ their_user: who.theirUser, their_user_name: who.theirUserName });
  });

  it('are asked for again when the name has been kept for so long that it may be another one', async () => {
    typeTiers('Gold');
    await sync();
    house.clock.time += 91 * 86_400_000;
    const retention = { runs: 90, audit: 400, versions: 800, kpiPeriods: 1200 };
    expect(await pruneHistory({ store, clock: house.engine.clock, retention })).toMatchObject({ users: 1 });
    house.channel.calls.reset();
    await sync();
    expect(asked()).toBe(1);
  });

  it('stay ids while the CRM does not answer for them, and nothing else fails', async () => {
    typeTiers('Gold');
    const end = house.channel.calls.watch(({ line }) => {
      if (ofUsers.test(line)) throw house.channel.unavailable();
    });
    const found = differing(await house.plan());
    end();
    expect(found.length).toBeGreaterThan(1);
    for (const item of found) expect(item).toMatchObject({ ...who, theirUserName: null });
    expect(differing(await house.plan())[0]).toMatchObject(who);
  });

  it('are asked for again a day later where the CRM does not show them', async () => {
    typeTiers('Gold');
    await sync();
    await store.query('delete from tierlink.crm_user');
    let reads = 0;
    const connector = {
      ...boundTo(house.connection.connector()),
      read: () => {
        reads += 1;
        throw new TierlinkError('CRM_PERMISSION', { connection: 'north', reason: 'not for you' });
      },
    };
    const connection = { ...house.connection, connector: () => connector };
    for (const hours of [0, 23, 2]) {
      house.clock.time += hours * 3_600_000;
      await nameUsersOfDifferences(house.engine, connection);
    }
    expect(reads).toBe(2);
    await nameUsersOfDifferences(house.engine, house.connection);
    const names = () => store.query('select name from tierlink.crm_user');
    expect(await names()).toEqual([{ name: null }]);
    house.clock.time += 25 * 3_600_000;
    await nameUsersOfDifferences(house.engine, house.connection);
    expect(await names()).toEqual([{ name: 'Ada Admin' }]);
  });

  it('are named where a record was changed after a plan was made', async () => {
    typeTiers('Gold');
    const plan = await decidedForUs();
    typeTiers('Silver');
    const { id } = house.channel.rows('partner')[0]!;
    const moved = { record: id, user: who.theirUser, userName: who.theirUserName };
    await expect(house.apply(plan)).rejects.toMatchObject({
      ...{ code: 'PLAN_STALE', message: expect.stringContaining(`${who.theirUserName} changed it on `) },
      data: { moved: expect.arrayContaining([expect.objectContaining(moved)]) },
    });
  });

  it('are named where a run is not undone because of them', async () => {
    typeTiers('Gold');
    const { id: runId } = await house.apply(await decidedForUs());
    typeTiers('Silver');
    const left = (await house.undo(runId)).items.filter((item): item is PlannedLeft => item.kind === 'left');
    expect(left.find(({ theirUser }) => theirUser !== null)).toMatchObject(who);
  });

  /** A plan by which our tiers are written over those that were typed in. */
  async function decidedForUs(): Promise<Plan> {
    const plan = await house.plan();
    return choose(plan, (_attribute, item) => (isDifference(item) ? 'ours' : null));
  }

  async function sync(): Promise<void> {
    house.clock.time += 60_000;
    await runPass({ engine: house.engine, connections: [house.connection], configured: [house.connection] });
  }
});
