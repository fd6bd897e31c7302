import { engineOf } from './app/engine.ts';
import type { App } from './app.ts';
import type { Config } from './config.ts';
import { TierlinkError } from './errors.ts';
import type { Project } from './project.ts';
import { defaultSchedules } from './project-init.ts';
import type { AnyJob } from './queue/define-job.ts';
import { loadJobs } from './queue/load-jobs.ts';
import { openQueue, type Queue } from './queue/open-queue.ts';
import type { Schedule } from './queue/schedules.ts';
import { parseTiming } from './queue/timing.ts';
import { dueJobs } from './service-wake-ups.ts';
import { sealAudit } from './store/audit-chain.ts';
import { expectFeeds } from './sync/pass/prepare.ts';
import { followRemovedConnections } from './sync/pass/removed.ts';
import { closeDeadRuns } from './sync/records/run-life.ts';

/** start: schedules and workers. worker: workers only, beside a process that was started with `start`. */
export type ServiceRole = 'start' | 'worker';

export interface Service {
  queue: Queue<App>;
  schedules: readonly Schedule[];
  jobs: readonly AnyJob<App>[];
  /** Takes no more jobs, lets the running ones finish their page, and closes the queue. */
  stop(): Promise<void>;
}

/** Opens the queue and begins to work. */
export async function startService(app: App, role: ServiceRole): Promise<Service> {
  const { settings } = app.config;
  const jobs = await loadJobs<App>();
  const schedules = projectSchedules(app.project, jobs);
  await noteConnections(app);
  const queue = await openQueue<App>({
    store: app.store,
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    jobs,
    services: app,
    clock: app.clock,
    logger: app.logger,
    wakeUps: (add) => wakeUp(app, add),
  });
  const stopListening = followUp(app, queue);
  const stopWatching = app.store.onGuestLeft(() => void queue.heal());
  if (role === 'start') await queue.schedules.set(schedules);
  await queue.start({ concurrency: settings.TIERLINK_WORKERS });
  return {
    queue,
    schedules,
    jobs,
    stop: async () => {
      stopListening();
      stopWatching();
      await queue.stop();
    },
  };
}

/** What connections are to bring in is expected from now on, and those that the project has no longer are told. */
async function noteConnections(app: App): Promise<void> {
  await expectFeeds(app.store, app.connections);
  const how = { configured: app.connections, mayGiveUp: false, runId: null };
  for (const { alias, error } of await followRemovedConnections(engineOf(app), how)) {
    if (error !== null) app.logger.warn({ connection: alias, code: error.code }, error.message);
  }
}

/** Throws CONFIG_MISSING: workers of several processes need a store that several processes can open. */
export function refuseEmbeddedWorker(config: Config): void {
  if (config.settings.DATABASE_URL !== undefined) return;
  throw new TierlinkError('CONFIG_MISSING', {
    name: 'DATABASE_URL',
    command: null,
    purpose:
      'a worker beside "tierlink start"; with the embedded store, "tierlink start" does all the work itself',
  });
}

/** Asked at the start and each minute, so here runs of processes that are gone are closed, and the audit is sealed, as well. */
async function wakeUp(app: App, add: Queue<App>['add']): Promise<void> {
  await closeDeadRuns({ db: app.store.db, clock: app.clock, logger: app.logger });
  await sealAudit(app.store);
  for (const { job, payload } of await dueJobs(app)) await add(job, payload, { promote: true });
}

/** What a job leaves due is looked for as soon as it has ended; a job never wakes itself up this way. */
function followUp(app: App, queue: Queue<App>): () => void {
  return queue.onEvent((event) => {
    app.logger[event.type === 'failed' ? 'warn' : 'debug']({ ...event }, `job ${event.type}`);
    if (event.type !== 'completed') return;
    void (async () => {
      for (const { job, payload } of await dueJobs(app)) {
        if (job !== event.job) await queue.add(job, payload, { promote: true });
      }
    })().catch((error: Error) =>
      app.logger.warn({ reason: error.message }, 'follow-up jobs were not queued'),
    );
  });
}

/**
 * Schedules of the project over the defaults, one for each connection where the job works on one connection.
 * Throws SCHEDULE_INVALID, and JOB_UNKNOWN for a schedule of a job that does not exist.
 */
export function projectSchedules(project: Project, jobs: readonly AnyJob<App>[]): Schedule[] {
  const known = jobs.map(({ name }) => name);
  const wanted = { ...defaultSchedules, ...project.schedules };
  return Object.entries(wanted).flatMap(([job, when]) => {
    if (!known.includes(job)) throw new TierlinkError('JOB_UNKNOWN', { job, known: known.join(', ') });
    if (when === 'off') return [];
    const timing = parseTiming(when, job);
    return payloadsOf(job, project, jobs).map((payload) => ({
      id: payload.connection === undefined ? job : `${job}-${payload.connection}`,
      job,
      payload,
      timing,
    }));
  });
}

/** A job that accepts an empty payload works on everything; the others on one connection. */
function payloadsOf(job: string, project: Project, jobs: readonly AnyJob<App>[]): { connection?: string }[] {
  const definition = jobs.find(({ name }) => name === job);
  if (definition?.payload.safeParse({}).success === true) return [{}];
  return Object.keys(project.connections).map((connection) => ({ connection }));
}
