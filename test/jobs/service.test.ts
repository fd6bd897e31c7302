import { describe, expect, it } from '@jest/globals';
import { storeChecks } from '../../src/app/doctor/local-checks.ts';
import { readStatus } from '../../src/app/status.ts';
import { readUnmappedWrites } from '../../src/app/unmapped-writes.ts';
import type { App } from '../../src/app.ts';
import { projectSchema } from '../../src/project.ts';
import { loadJobs } from '../../src/queue/load-jobs.ts';
import { projectSchedules, startService } from '../../src/service.ts';
import { dueJobs } from '../../src/service-wake-ups.ts';
import { acquireLease, releaseLease } from '../../src/store/leases.ts';
import { markOutbox } from '../../src/store/mark-outbox.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { runKpis, runPull, runPush, runTiers } from '../../src/sync/pass/steps.ts';
import { setConnectionState } from '../../src/sync/records/connections.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openEmbeddedTestStore } from '../services/test-store.ts';
import { until } from '../services/until.ts';
import { openPassHouse, type PassHouse } from '../sync/pass-house.ts';
import { appOf } from './job-world.ts';

let store: Store;
let house: PassHouse;
storeForEach(async (opened) => {
  store = opened;
  house = await openPassHouse(store);
  // The project of these tests names no server.
}, openEmbeddedTestStore);

function withSchedules(app: App, schedules: Record<string, string>): App {
  return { ...app, project: { ...app.project, schedules } };
}

const off = {
  'recompute-kpis': 'off',
  'evaluate-tiers': 'off',
  'push-changes': 'off',
  'refresh-metadata': 'off',
  'prune-history': 'off',
  'send-alerts': 'off',
  'verify-completeness': 'off',
};

describe('the service', () => {
  it('follows one scheduled pull through to the CRM, and stops', async () => {
    const partner = house.addPartner('Northwind');
    await house.pass();
    await house.turnOn();
    const app = withSchedules(appOf(store, house), { ...off, 'pull-changes': 'every 1 seconds' });
    const service = await startService(app, 'start');
    try {
      await until(async () => house.account(partner).Tier === 'Bronze');
      house.clock.time += 60_000;
      house.addDeal(partner, '7000.00');
      await until(async () => house.account(partner).Tier === 'Gold');
      expect(service.schedules.map(({ id }) => id)).toEqual(['pull-changes-north']);
    } finally {
      await service.stop();
    }
    const open = await store.query(`select id from tierlink.run where state = 'running'`);
    expect(open).toEqual([]);
  });

  it('expects what its connections bring in, and tells of one that the project has no longer', async () => {
    const gone = await openPassHouse(store, { alias: 'gone' });
    gone.addPartner('Contoso');
    await gone.pass();
    const told: unknown[] = [];
    const app = withSchedules(appOf(store, house), { ...off, 'pull-changes': 'off' });
    const warn = (said: unknown) => told.push(said);
    const service = await startService({ ...app, logger: { ...app.logger, warn } }, 'start');
    await service.stop();
    expect(told).toContainEqual({ connection: 'gone', code: 'SYNC_CONNECTION_REMOVED' });
    const feeds = await store.query(
      'select connection, object, frozen_reason as why from tierlink.feed order by connection, object',
    );
    expect(feeds).toEqual([
      { connection: 'gone', object: 'Account', why: 'unmapped' },
      { connection: 'north', object: 'Account', why: null },
      { connection: 'north', object: 'Deal', why: null },
    ]);
  });

  it('closes the runs of a process that died before it', async () => {
    await store.query(
      `insert into tierlink.run (id, kind, state, started_at) values ('r-000999', 'pull', 'running', '2026-03-01T00:00:00Z')`,
    );
    const service = await startService(
      withSchedules(appOf(store, house), { ...off, 'pull-changes': 'off' }),
      'start',
    );
    await service.stop();
    const [run] = await store.query<{ state: string }>(
      `select state from tierlink.run where id = 'r-000999'`,
    );
    expect(run).toEqual({ state: 'cancelled' });
  });
});

describe('what is due by the rows', () => {
  const names = async () => (await dueJobs(appOf(store, house))).map(({ job }) => job);

  it('is nothing once everything was done', async () => {
    house.addPartner('Northwind');
    await house.pass();
    await house.turnOn();
    await house.pass();
    await house.pass();
    expect(await names()).toEqual([]);
  });

  it('goes from step to step of a pass', async () => {
    const partner = house.addPartner('Northwind');
    await house.pass();
    await house.turnOn();
    await house.pass();
    house.addDeal(partner, '7000.00');
    house.clock.time += 60_000;
    await runPull(house.engine, house.connection);
    expect(await names()).toEqual(['recompute-kpis']);
    await runKpis(house.engine);
    expect(await names()).toEqual(['evaluate-tiers', 'push-changes']);
    await runTiers(house.engine, [house.connection]);
    expect(await names()).toEqual(['push-changes']);
    await runPush(house.engine, house.connection);
    expect(await names()).toEqual([]);
  });

  it('is a pull when a waiting connection has waited long enough, and nothing for one that needs a person', async () => {
    await house.pass();
    const wait = { id: 'north', state: 'waiting' as const, until: house.clock.time + 5_000 };
    await setConnectionState(store.db, wait);
    expect(await names()).not.toContain('pull-changes');
    house.clock.time += 5_000;
    expect(await names()).toContain('pull-changes');
    await setConnectionState(store.db, { id: 'north', state: 'action_required' });
    expect(await names()).not.toContain('pull-changes');
  });
});

describe('writes that are due', () => {
  const mark = (entity: string) =>
    store.query(
      `insert into tierlink.outbox (entity, record_id, since) values ($1, 'x_1', '2026-03-01T00:00:00Z')`,
      [entity],
    );
  const names = async () => (await dueJobs(appOf(store, house))).map(({ job }) => job);
  const settled = async () => {
    await house.pass();
    await house.turnOn();
    await house.pass();
    await house.pass();
  };

  it('wait with a connection that waits', async () => {
    await settled();
    await mark('partner');
    expect(await names()).toContain('push-changes');
    const wait = { id: 'north', state: 'waiting' as const, until: house.clock.time + 5_000 };
    await setConnectionState(store.db, wait);
    expect(await names()).not.toContain('push-changes');
    house.clock.time += 5_000;
    expect(await names()).toContain('push-changes');
  });

  it('are not those of records that no mapping of the connection writes', async () => {
    await settled();
    await mark('deal');
    expect(await names()).not.toContain('push-changes');
  });
});

describe('writes whose mapping was removed', () => {
  const names = async (app: App) => (await dueJobs(app)).map(({ job }) => job);
  const tierOf = (partner: string) => house.account(partner).Tier;
  const withMappings = (keep: (mapping: ObjectMapping) => boolean) => {
    const [whole] = appOf(store, house).connections;
    const connection = { ...whole!, mappings: () => whole!.mappings().filter(keep) };
    return { connection, app: appOf(store, house, connection) };
  };

  it('wake nobody, are named with the next step, and go out once it is back, with what was decided meanwhile', async () => {
    const partner = house.addPartner('Northwind');
    const other = house.addPartner('Fabrikam');
    await house.pass();
    await house.turnOn();
    await house.pass();
    await house.pass();
    house.addDeal(partner, '7000.00');
    house.clock.time += 60_000;
    const lease = await acquireLease(store, { key: 'push:north:Account', holder: 'another', ttlMs: 60_000 });
    await house.pass();
    await releaseLease(store, lease!);
    const without = withMappings(({ entity }) => entity !== 'partner');
    const all = withMappings(() => true);
    expect(await names(all.app)).toEqual(['push-changes']);
    expect(await names(without.app)).toEqual([]);
    const unmapped = [
      { connection: 'north', object: 'Account', entity: 'partner', writes: 1, isConfigured: true },
    ];
    expect(await readUnmappedWrites(without.app)).toEqual(unmapped);
    expect(await readUnmappedWrites(all.app)).toEqual([]);
    expect((await readStatus(without.app)).waiting).toMatchObject({ pendingWrites: 0, unmappedWrites: 1 });
    const check = storeChecks.find(({ name }) => name === 'pending writes')!;
    expect(await check.look(without.app)).toEqual([
      {
        status: 'warn',
        code: 'DOC-S05',
        message: expect.stringContaining('1 write to Account (partner) of north cannot be sent'),
        fix: expect.stringContaining('Put the mapping back'),
      },
    ]);
    // What is decided while the mapping is away leaves no pending write.
    await runPush(house.engine, without.connection);
    const [link] = await store.query<{ id: string }>(
      'select record_id as id from tierlink.link where crm_id = $1',
      [other],
    );
    await store.query(`update tierlink.tier_state set tier = 'silver' where partner_id = $1`, [link!.id]);
    const mark = { entity: 'partner', recordIds: [link!.id], now: '2026-03-02T10:00:00.000Z' } as const;
    await store.transaction((tx) => markOutbox(tx, mark));
    await runPush(house.engine, without.connection);
    expect([tierOf(partner), tierOf(other)]).toEqual(['Bronze', 'Bronze']);
    await runPush(house.engine, all.connection);
    expect([tierOf(partner), tierOf(other)]).toEqual(['Gold', 'Silver']);
    expect(await names(all.app)).toEqual([]);
    expect(await readUnmappedWrites(all.app)).toEqual([]);
  });
});

describe('schedules of a project', () => {
  const project = (schedules: Record<string, string>) => ({
    ...projectSchema.parse({
      program: 'p',
      connections: { a: { crm: 'x', mappings: 'm' }, b: { crm: 'x', mappings: 'm' } },
      schedules,
    }),
    folder: '/',
    file: '/tierlink.yaml',
  });

  it('are one for each connection where a job works on one, over the defaults', async () => {
    const schedules = projectSchedules(
      project({ 'prune-history': 'off', 'push-changes': '0 6 * * * Europe/Stockholm' }),
      await loadJobs<App>(),
    );
    expect(schedules.map(({ id }) => id)).toEqual([
      'pull-changes-a',
      'pull-changes-b',
      'recompute-kpis',
      'evaluate-tiers',
      'push-changes-a',
      'push-changes-b',
      'send-alerts',
      'refresh-metadata-a',
      'refresh-metadata-b',
      'verify-completeness-a',
      'verify-completeness-b',
    ]);
    expect(schedules.find(({ id }) => id === 'push-changes-b')?.timing).toEqual({
      cron: '0 6 * * *',
      timeZone: 'Europe/Stockholm',
    });
  });

  it('are refused by name when the job or the time does not exist', async () => {
    const jobs = await loadJobs<App>();
    expect(() => projectSchedules(project({ 'pull-everything': 'off' }), jobs)).toThrow(/pull-everything/);
    expect(() => projectSchedules(project({ 'pull-changes': 'hourly' }), jobs)).toThrow(/pull-changes/);
    expect(() => projectSchedules(project({ 'pull-changes': '0 6 * * * Mars/Base' }), jobs)).toThrow(
      /pull-changes/,
    );
  });
});
