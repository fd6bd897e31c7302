import { expect, it } from '@jest/globals';
import type { App } from '../../src/app.ts';
import { silentLogger } from '../../src/model/logger.ts';
import type { AnyJob, JobResult } from '../../src/queue/define-job.ts';
import { expireLeases, Killed, Lifetime } from '../sync/dying.ts';

/** A world in which the job has something to do. */
export interface JobWorld {
  /** What the job works with; `life` is the process that it runs in. */
  app(life: Lifetime): App;
  /** Everything that must not depend on how often or how interrupted the job ran. */
  state(): Promise<unknown>;
}

export interface JobContractOptions {
  job: AnyJob<App>;
  payload: unknown;
  /** A fresh world. */
  make(): Promise<JobWorld>;
  /** How many of the moments at which the job can die are tried, spread evenly. (Default: 10) */
  moments?: number;
}

const immortal = () => new Lifetime(Number.POSITIVE_INFINITY);

/** What every job must hold: run twice equals once, killed half-way and run again equals once, odd payloads are refused. */
export function runJobContract({ job, payload, make, moments = 10 }: JobContractOptions): void {
  it('has something to do, and says what it did', async () => {
    const world = await make();
    const before = await world.state();
    const result = await runJob(job, payload, world.app(immortal()));
    expect(await world.state()).not.toEqual(before);
    expect(result).toMatchObject({ run: expect.stringMatching(/^r-/) });
    expect(['succeeded', 'partial']).toContain(result.state);
  });

  it('run twice ends as run once', async () => {
    const world = await make();
    await runJob(job, payload, world.app(immortal()));
    const once = await world.state();
    await runJob(job, payload, world.app(immortal()));
    expect(await world.state()).toEqual(once);
  });

  it('killed half-way and run again ends as run once, wherever it was killed', async () => {
    const clean = await make();
    const whole = immortal();
    await runJob(job, payload, clean.app(whole));
    const wanted = await clean.state();
    expect(whole.steps).toBeGreaterThan(1);
    for (const step of spread(whole.steps, moments)) {
      const world = await make();
      await runUntilDeath(job, payload, world.app(new Lifetime(step)));
      await restart(world);
      await runJob(job, payload, world.app(immortal()));
      expect({ step, state: await world.state() }).toEqual({ step, state: wanted });
    }
  });

  it('refuses a payload that it does not know', () => {
    for (const odd of [{ surprise: 1 }, null, 'all', [1]])
      expect(job.payload.safeParse(odd).success).toBe(false);
    expect(job.payload.safeParse(payload).success).toBe(true);
  });
}

/** Dying in the very last step, the release of a lease, is not noticed by anybody. */
async function runUntilDeath(job: AnyJob<App>, payload: unknown, app: App): Promise<void> {
  try {
    await runJob(job, payload, app);
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
}

async function restart(world: JobWorld): Promise<void> {
  await expireLeases(world.app(immortal()).store);
}

/** Steps 1 to `steps`, evenly spread, so many of them. */
function spread(steps: number, count: number): number[] {
  const all = Array.from({ length: Math.min(steps, count) }, (_unused, index) =>
    Math.max(1, Math.round(((index + 1) * steps) / Math.min(steps, count))),
  );
  return [...new Set(all)];
}

async function runJob(job: AnyJob<App>, payload: unknown, services: App): Promise<JobResult> {
  return await job.run({
    payload: job.payload.parse(payload) as never,
    signal: new AbortController().signal,
    progress: async () => {},
    log: silentLogger,
    services,
    lease: undefined,
  });
}
