import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { connectDemoProject, makeDemoProject } from '../../src/demo/demo-project.ts';
import { connectors } from '../../src/registry.ts';
import type { RunningSimulator } from '../../src/sync/connector-manifest.ts';
import { type CommandLines, commandLines, said } from '../services/command-line.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms, startPostgres, type TestPostgres } from '../services/postgres.ts';
import { redisPrograms, startRedis, type TestRedis } from '../services/redis.ts';
import { untilItWorks } from '../services/server-process.ts';

const limitMs = 240_000;

describeWith({ ...postgresPrograms, ...redisPrograms })('processes on PostgreSQL and Redis', () => {
  let postgres: TestPostgres;
  let redis: TestRedis;
  let simulator: RunningSimulator;
  let folder: string;
  let databaseUrl: string;
  let lines: CommandLines;
  const tierlink = (...argv: string[]) => lines.start(...argv);

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    databaseUrl = await postgres.createDatabase();
    const manifest = connectors[0]!;
    folder = mkdtempSync(join(tmpdir(), 'tierlink-service-'));
    simulator = await manifest.startSimulator({ source: await makeDemoProject(folder, manifest) });
    connectDemoProject(folder, manifest, simulator);
    lines = commandLines({ TIERLINK_PROJECT: folder, DATABASE_URL: databaseUrl, REDIS_URL: redis.url });
  }, limitMs);

  afterAll(async () => {
    await lines.stop();
    await simulator.close();
    await redis.stop();
    await postgres.stop();
  });

  async function count(sql: string): Promise<number> {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query<{ count: string }>(sql);
      return Number(rows[0]?.count ?? 0);
    } finally {
      await client.end();
    }
  }

  it(
    'an interrupted sync keeps its finished pages, and the next one finishes',
    async () => {
      const sync = tierlink('sync');
      await untilItWorks(
        async () => expect(await count('select count(*) from tierlink.link')).toBeGreaterThan(0),
        limitMs,
      );
      sync.child.kill('SIGINT');
      const { code, text } = await sync.ended;
      expect(text).toContain('INTERRUPTED');
      expect(code).toBe(130);
      const kept = await count('select count(*) from tierlink.link');
      expect(kept).toBeGreaterThan(0);
      const next = await tierlink('sync').ended;
      expect([0, 68]).toContain(next.code);
      expect(await count('select count(*) from tierlink.link')).toBeGreaterThan(kept);
    },
    limitMs,
  );

  it(
    'a killed sync is a run that is closed once it shows no sign of life, by whoever looks',
    async () => {
      const open = "select count(*) from tierlink.run where kind = 'pass' and state = 'running'";
      const sync = tierlink('sync', '--full');
      await untilItWorks(async () => expect(await count(open)).toBe(1), limitMs);
      sync.child.kill('SIGKILL');
      await sync.ended;
      await tierlink('status').ended;
      expect(await count(open)).toBe(1);
      await count(
        'with dead as (update tierlink.run set alive_until = now() returning 1) select count(*) from dead',
      );
      expect((await tierlink('status').ended).text).toContain('process ended before the run did');
      expect(await count(open)).toBe(0);
    },
    limitMs,
  );

  it(
    'start and two workers carry changes to tiers written back, and end cleanly when they are told to',
    async () => {
      const turnOn = ['connect', '--connection', 'demo', '--tiers', 'owned', '--write-back', 'on'];
      expect((await tierlink(...turnOn, '--confirm', 'demo').ended).code).toBe(0);
      const services = [tierlink('start'), tierlink('worker'), tierlink('worker')];
      for (const service of services) await said(service, 'is running (queue: redis)', limitMs);
      await untilItWorks(
        async () =>
          expect(
            await count(
              "select count(*) from tierlink.link where entity = 'partner' and base ? 'tier' and base ->> 'tier' <> ''",
            ),
          ).toBeGreaterThan(0),
        limitMs,
      );
      for (const { child } of services) child.kill('SIGTERM');
      for (const { ended } of services) {
        const { code, text } = await ended;
        expect({ code, text }).toMatchObject({ code: 0 });
      }
    },
    limitMs,
  );
});
