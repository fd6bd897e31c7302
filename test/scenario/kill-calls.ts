import type { Simulator } from '../../connectors/salesforce/simulator/server.ts';
import { ApiError } from '../../connectors/salesforce/simulator/types.ts';
import { type Death, jobCreation, writing } from './kill-deaths.ts';

/** Watches the calls that reach the CRM, and kills the process that makes them where it is told to. */
export interface CallWatch {
  counts: { calls: number; writes: number; jobs: number };
  stop(): void;
}

/** Bulk jobs that the CRM is kept from working on, beyond the death of the process that made them. */
export interface HeldJobs {
  release: (() => void) | null;
}

const polling = '^GET .*/jobs/ingest/[^/]+$';
const isLine = (line: string, pattern: string | undefined) => new RegExp(pattern ?? '').test(line);

export function watchCalls(
  simulator: Simulator,
  { death, killNow, held }: { death: Death | undefined; killNow(): void; held: HeldJobs },
): CallWatch {
  const { calls, bulk } = simulator;
  const { count } = calls;
  const counts = { calls: 0, writes: 0, jobs: 0 };
  const watch = watcher({ death, killNow, hold: bulk.hold, held });
  calls.count = (kind, line) => {
    count(kind, line);
    counts.calls += 1;
    if (isLine(line, writing)) counts.writes += 1;
    if (isLine(line, jobCreation)) counts.jobs += 1;
    watch(line, counts);
  };
  return { counts, stop: () => Object.assign(calls, { count }) };
}

interface Watched {
  death: Death | undefined;
  killNow(): void;
  hold(): () => void;
  held: HeldJobs;
}

/** Throws where the CRM is not to do what it was asked for. */
function watcher({ death, killNow, hold, held }: Watched) {
  let met = 0;
  return (line: string, counts: CallWatch['counts']): void => {
    if (isLine(line, polling) && held.release !== null) {
      // Whoever asks learns that the job is not done; it goes on behind his back.
      const isMeant = death?.kind === 'job' && counts.jobs >= death.at;
      if (isMeant) killNow();
      if (!isMeant || death.afterMs === 0) letGo(held);
    }
    if (death?.kind === 'job' && isLine(line, jobCreation) && counts.jobs === death.at) {
      held.release ??= hold();
    }
    if (death?.kind !== 'call' && death?.kind !== 'refusedCall') return;
    if (isLine(line, death.match)) met += 1;
    else return;
    if (met !== death.at) return;
    killNow();
    if (death.kind === 'refusedCall') throw new ApiError(503, 'SERVER_UNAVAILABLE', 'nobody hears this');
  };
}

/** Lets the CRM work on the jobs again. */
export function letGo(held: HeldJobs): void {
  held.release?.();
  held.release = null;
}
