import { isDeepStrictEqual } from 'node:util';
import type { JobSchedulerJson } from 'bullmq';
import type { QueueOfLane } from './backend.ts';
import { checkTiming } from './timing.ts';
import type { Timing } from './timing-text.ts';

export interface Schedule {
  /** Names the schedule; the same id replaces it. */
  id: string;
  job: string;
  payload: unknown;
  timing: Timing;
}

export interface ScheduleState extends Schedule {
  /** Epoch ms of the next run. */
  next: number | null;
}

export interface Schedules {
  /** Adds or replaces. Throws SCHEDULE_INVALID. */
  upsert(schedule: Schedule): Promise<void>;
  /** Makes these the only schedules. */
  set(schedules: readonly Schedule[]): Promise<void>;
  remove(id: string): Promise<void>;
  /** What the queue has, whoever declared it. */
  list(): Promise<ScheduleState[]>;
  /** Puts back what this process declared and the queue has lost. Returns the ids. */
  heal(): Promise<string[]>;
}

/** What a tick carries: the job to add. Adding it is all that a tick does, so dedupe and retries are the job's own. */
export interface Tick {
  job: string;
  payload: unknown;
}

/** Ticks of schedules that have run leave nothing behind. */
const TICK_OPTIONS = { removeOnComplete: true, removeOnFail: true, attempts: 3 };

/** Schedules kept in a queue of their own, so that a lane full of work never delays them. */
export function schedulesIn(queue: QueueOfLane): Schedules {
  const declared = new Map<string, Schedule>();
  const put = async (schedule: Schedule) => {
    await queue.upsertJobScheduler(schedule.id, repeatOf(schedule.timing), {
      name: 'tick',
      data: tickOf(schedule),
      opts: TICK_OPTIONS,
    });
  };
  const upsert = async (schedule: Schedule) => {
    checkTiming(schedule.timing, schedule.job);
    declared.set(schedule.id, schedule);
    // Leaving an unchanged one alone keeps a run that became due while the service was down.
    if (!(await isIntact(queue, schedule))) await put(schedule);
  };
  const remove = async (id: string) => {
    declared.delete(id);
    await queue.removeJobScheduler(id);
  };
  return {
    upsert,
    remove,
    async set(schedules) {
      const wanted = new Set(schedules.map((schedule) => schedule.id));
      for (const { key } of await queue.getJobSchedulers()) if (!wanted.has(key)) await remove(key);
      for (const schedule of schedules) await upsert(schedule);
    },
    async list() {
      return (await queue.getJobSchedulers()).map(stateOf);
    },
    async heal() {
      const healed: string[] = [];
      for (const schedule of declared.values()) {
        if (await isIntact(queue, schedule)) continue;
        await put(schedule);
        healed.push(schedule.id);
      }
      return healed;
    },
  };
}

/** Whether the queue has the schedule as declared, and the job that will be its next tick. */
async function isIntact(queue: QueueOfLane, schedule: Schedule): Promise<boolean> {
  const found = await queue.getJobScheduler(schedule.id);
  if (!found || !isDeepEqual(stateOf(found), { ...schedule, next: found.next ?? null })) return false;
  return (await queue.getJob(`repeat:${schedule.id}:${found.next}`)) !== undefined;
}

function repeatOf(timing: Timing) {
  return 'cron' in timing
    ? { pattern: timing.cron, tz: timing.timeZone }
    : { every: timing.everySeconds * 1000 };
}

function tickOf(schedule: Schedule): Tick {
  return { job: schedule.job, payload: schedule.payload };
}

function stateOf(found: JobSchedulerJson): ScheduleState {
  const { job, payload } = (found.template?.data ?? {}) as Partial<Tick>;
  const timing: Timing = found.pattern
    ? { cron: found.pattern, timeZone: found.tz ?? 'UTC' }
    : { everySeconds: (found.every ?? 0) / 1000 };
  return { id: found.key, job: job ?? '', payload, timing, next: found.next ?? null };
}

function isDeepEqual(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other)));
}
