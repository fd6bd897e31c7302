import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresPrograms, startPostgres, type TestPostgres } from '../test/services/postgres.ts';
import { redisPrograms, startRedis, type TestRedis } from '../test/services/redis.ts';
import type { BenchCrm } from './crm/crm.ts';
import type { ProjectStart, StorePlace } from './project.ts';
import { type BenchSimulator, startSimulator } from './simulator.ts';
import type { Size } from './size.ts';
import { startTask, type Task } from './task.ts';

/** What the cases of a run share, and what has to be cleaned up after it. */
export interface Site {
  crm: BenchCrm;
  size: Size;
  /** The machine's time at which the run began. */
  startedAt: number;
  /** Says on stderr what is going on. */
  say(line: string): void;
  /** @param throttle how it turns requests away. (Default: as the CRM does by itself) */
  simulator(size: Size, throttle?: string | null): Promise<BenchSimulator>;
  /** What a process needs to connect to it. */
  startOn(simulator: BenchSimulator): ProjectStart;
  task(): Task;
  /** A new, empty place for an embedded store whose files exist already, so that making them is not measured. */
  embeddedPlace(): Promise<StorePlace>;
  /** A new database; undefined when PostgreSQL is not on this machine. */
  postgresPlace(): Promise<StorePlace | undefined>;
  redis(): Promise<TestRedis | undefined>;
  close(): Promise<void>;
}

type Stoppable = { stop(): Promise<void> };

export function openSite({ crm, size, say }: Pick<Site, 'crm' | 'size' | 'say'>): Site {
  const startedAt = Date.now();
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-bench-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const open: Stoppable[] = [];
  const keep = <T extends Stoppable>(started: T): T => {
    open.push(started);
    return started;
  };
  let postgres: TestPostgres | undefined;
  let places = 0;
  const name = crm.manifest.id;
  return {
    crm,
    size,
    startedAt,
    say,
    simulator: async (wanted, throttle = null) =>
      keep(await startSimulator({ crm: name, size: wanted, startedAt, throttle })),
    startOn: ({ options }) => ({ crm: name, options, startedAt }),
    task: () => keep(startTask()),
    embeddedPlace: async () => {
      places += 1;
      const place = { folder: join(folder, `store-${places}`) };
      const task = startTask();
      try {
        await task.open({ place, crm: name, options: crm.noOptions, startedAt });
        await task.close();
      } finally {
        await task.stop();
      }
      return place;
    },
    postgresPlace: async () => {
      if (Object.values(postgresPrograms).includes(undefined)) return undefined;
      postgres ??= keep(await startPostgres());
      return { folder: '', databaseUrl: await postgres.createDatabase() };
    },
    redis: async () =>
      Object.values(redisPrograms).includes(undefined) ? undefined : keep(await startRedis()),
    close: async () => {
      for (const each of open.reverse()) await each.stop();
      process.removeListener('exit', removeFolder);
      removeFolder();
    },
  };
}
