import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { connectDemoProject, makeDemoProject } from '../../src/demo/demo-project.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { connectors } from '../../src/registry.ts';
import type { RunningSimulator } from '../../src/sync/connector-manifest.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms, startPostgres, type TestPostgres } from '../services/postgres.ts';
import { redisPrograms, startRedis, type TestRedis } from '../services/redis.ts';
import { untilItWorks } from '../services/server-process.ts';

const limitMs = 240_000;

interface Ended {
  code: number | null;
  text: string;
}

/** A command line as a process of its own. */
interface Running {
  child: ChildProcess;
  text(): string;
  ended: Promise<Ended>;
}

describeWith({ ...postgresPrograms, ...redisPrograms })('processes on PostgreSQL and Redis', () => {
  let postgres: TestPostgres;
  let redis: TestRedis;
  let simulator: RunningSimulator;
  let folder: string;
  let databaseUrl: string;
  const running: Running[] = [];

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    databaseUrl = await postgres.createDatabase();
    const manifest = connectors[0]!;
    folder = mkdtempSync(join(tmpdir(), 'tierlink-service-'));
    simulator = await manifest.startSimulator({ source: await makeDemoProject(folder, manifest) });
    connectDemoProject(folder, manifest, simulator);
  }, limitMs);

  afterAll(async () => {
    for (const { child, ended } of running) {
      child.kill('SIGKILL');
      await ended;
    }
    await simulator.close();
    await redis.stop();
    await postgres.stop();
  });

  function tierlink(...argv: string[]): Running {
    const main = fromPackageRoot('src/cli/main.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...argv], {
      cwd: fromPackageRoot(),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        TIERLINK_PROJECT: folder,
        DATABASE_URL: databaseUrl,
        REDIS_URL: redis.url,
      },
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const ended = new Promise<Ended>((done) => {
      child.once('close', (code) => done({ code, text }));
    });
    const one = { child, text: () => text, ended };
    running.push(one);
    return one;
  }

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

  async function said(one: Running, words: string): Promise<void> {
    await untilItWorks(async () => expect(one.text()).toContain(words), limitMs);
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
    'start and two workers carry changes to tiers written back, and end cleanly when they are told to',
    async () => {
      const turnOn = ['connect', '--connection', 'demo', '--tiers', 'owned', '--write-back', 'on'];
      expect((await tierlink(...turnOn, '--confirm', 'demo').ended).code).toBe(0);
      const services = [tierlink('start'), tierlink('worker'), tierlink('worker')];
      for (const service of services) await said(service, 'is running (queue: redis)');
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
