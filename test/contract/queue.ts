import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { silentLogger } from '../../src/model/logger.ts';
import type { AnyJob } from '../../src/queue/define-job.ts';
import { type JobEvent, openQueue, type Queue, type QueueOptions } from '../../src/queue/open-queue.ts';
import { until } from '../services/until.ts';
import { testsOfAdding, testsOfJoining } from './queue/adding.ts';
import { testsOfFailing } from './queue/failing.ts';
import { testsOfLosses } from './queue/losses.ts';
import { testsOfKeeping, testsOfTimings } from './queue/schedules.ts';
import type { At, QueueSite, Recorder } from './queue/site.ts';
import { testsOfStopping, testsOfTurns } from './queue/turns.ts';

export interface QueueContract {
  name: string;
  make: () => Promise<QueueSite>;
  describe?: typeof describe | typeof describe.skip;
  /** Whether several processes may work on it. (Default: false) */
  isShared?: boolean;
}

/** What every size of the queue does alike. */
export function runQueueContract(contract: QueueContract): void {
  (contract.describe ?? describe)(`queue: ${contract.name}`, () => {
    const site: { current?: QueueSite } = {};
    const opened: Queue<Recorder>[] = [];
    const recorder: Recorder = { ran: [] };
    const events: JobEvent[] = [];

    const open = async (jobs: AnyJob<Recorder>[], options: Partial<QueueOptions<Recorder>> = {}) => {
      const { store, addresses } = site.current as QueueSite;
      const base = { store, ...addresses, jobs, services: recorder, clock: { now: () => Date.now() } };
      const queue = await openQueue<Recorder>({ ...base, logger: silentLogger, random: () => 0, ...options });
      queue.onEvent((event) => events.push(event));
      opened.push(queue);
      return queue;
    };
    const started = async (jobs: AnyJob<Recorder>[], options: Partial<QueueOptions<Recorder>> = {}) => {
      const queue = await open(jobs, options);
      await queue.start();
      return queue;
    };
    const finished = (type: JobEvent['type'], count = 1) =>
      until(() => events.filter((event) => event.type === type).length >= count);

    beforeAll(async () => {
      site.current = await contract.make();
    });
    afterEach(async () => {
      for (const queue of opened.splice(0)) await queue.stop({ graceMs: 0 });
      await site.current?.empty();
      recorder.ran.length = 0;
      events.length = 0;
    });
    afterAll(async () => {
      await site.current?.close();
    });

    const at: At = { site: () => site.current as QueueSite, open, started, finished, recorder, events };
    describe('adding', () => testsOfAdding(at));
    describe('joining', () => testsOfJoining(at));
    describe('failing', () => testsOfFailing(at));
    describe('taking turns', () => testsOfTurns(at));
    describe('stopping', () => testsOfStopping(at));
    describe('timings', () => testsOfTimings(at));
    describe('schedules', () => testsOfKeeping(at));
    if (contract.isShared) describe('lost processes', () => testsOfLosses(at));
  });
}
