import type { Call } from '../services/channel/channel.ts';
import type { Death } from './kill-deaths.ts';
import type { Side } from './kill-sides.ts';

/** Watches the calls that reach the CRMs, and kills the process that makes them where it is told to. */
export interface CallWatch {
  counts: { calls: number; writes: number; jobs: number };
  stop(): void;
}

/** Bulk jobs that a CRM is kept from working on, beyond the death of the process that made them. */
export interface HeldJobs {
  release: (() => void) | null;
}

const jobCreation = /^POST .*\/jobs\/ingest\/?$/;
const polling = /^GET .*\/jobs\/ingest\/[^/]+$/;

export function watchCalls(
  sides: readonly Side[],
  { death, killNow, held }: { death: Death | undefined; killNow(): void; held: HeldJobs },
): CallWatch {
  const counts = { calls: 0, writes: 0, jobs: 0 };
  const watch = watcher({ death, killNow, held });
  const stops = sides.map((side) =>
    side.channel.calls.watch((call) => {
      counts.calls += 1;
      if (call.isWrite) counts.writes += 1;
      if (jobCreation.test(call.line)) counts.jobs += 1;
      watch(side, call, counts);
    }),
  );
  return {
    counts,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

interface Watched {
  death: Death | undefined;
  killNow(): void;
  held: HeldJobs;
}

/** Throws where the CRM is not to do what it was asked for. */
function watcher({ death, killNow, held }: Watched) {
  let met = 0;
  return (side: Side, call: Call, counts: CallWatch['counts']): void => {
    if (polling.test(call.line) && held.release !== null) {
      // Whoever asks learns that the job is not done; it goes on behind his back.
      const isMeant = death?.kind === 'job' && counts.jobs >= death.at;
      if (isMeant) killNow();
      if (!isMeant || death.afterMs === 0) letGo(held);
    }
    if (death?.kind === 'job' && jobCreation.test(call.line) && counts.jobs === death.at) {
      held.release ??= side.holdJobs!();
    }
    if (death === undefined || !isCounted(death, call)) return;
    met += 1;
    if (met !== death.at) return;
    killNow();
    if (death.kind === 'refusedCall') throw side.channel.unavailable();
    if (death.kind === 'brokenCall') side.breakOff();
  };
}

const atCalls: readonly Death['kind'][] = ['call', 'refusedCall', 'brokenCall'];

function isCounted({ kind, match = '', isWrite }: Death, call: Call): boolean {
  return atCalls.includes(kind) && (isWrite !== true || call.isWrite) && new RegExp(match).test(call.line);
}

/** Lets the CRM work on the jobs again. */
export function letGo(held: HeldJobs): void {
  held.release?.();
  held.release = null;
}
