import { engineOf } from '../app/engine.ts';
import type { App } from '../app.ts';
import type { RunningSimulator } from '../sync/connector-manifest.ts';
import type { PassProgress } from '../sync/engine.ts';
import { type PassResult, runPass } from '../sync/pass/pass.ts';
import type { DemoConnection } from './demo-project.ts';
import { lookNow, type Moment, writtenSince } from './observe.ts';
import type { CallsLine, PassLine } from './sections.ts';

/** A connection of the demo with its simulator. */
export interface DemoCrm extends DemoConnection {
  simulator: RunningSimulator;
}

export interface PlayedPass {
  result: PassResult;
  before: Moment;
  after: Moment;
  line: PassLine;
}

/** Runs one pass over all connections and measures it. Throws what stopped any of them. */
export async function playPass(
  { app, crms }: { app: App; crms: readonly DemoCrm[] },
  { signal, onProgress }: { signal: AbortSignal; onProgress(event: PassProgress): void },
): Promise<PlayedPass> {
  const before = await lookNow(app);
  const began = performance.now();
  const meter = meterOf(crms);
  const run = await runPass({
    engine: engineOf(app, {
      actor: 'demo',
      signal,
      onProgress: (event) => {
        meter.note(event);
        onProgress(event);
      },
    }),
    connections: app.connections,
  });
  const failure = run.value?.connections.find(({ error }) => error !== null)?.error;
  if (failure) throw failure;
  signal.throwIfAborted();
  const byConnection = meter.calls();
  return {
    result: run.value!,
    before,
    after: await lookNow(app),
    line: {
      written: await writtenSince(app, before),
      calls: sumOf(byConnection, 'calls'),
      writeCalls: sumOf(byConnection, 'writeCalls'),
      byConnection,
      tookMs: Math.round(performance.now() - began),
    },
  };
}

function sumOf(lines: readonly CallsLine[], name: 'calls' | 'writeCalls'): number {
  return lines.reduce((sum, line) => sum + line[name], 0);
}

/** Counts the calls that arrive at each simulator; those that come while its connection writes are writes, the others read. */
function meterOf(crms: readonly DemoCrm[]) {
  const meters = crms.map(({ alias, simulator }) => {
    const now = () => simulator.calls().total;
    return { alias, now, first: now(), began: null as number | null, writeCalls: 0 };
  });
  return {
    note: ({ connection, step, state }: PassProgress) => {
      const meter = meters.find(({ alias }) => alias === connection);
      if (step !== 'push' || meter === undefined) return;
      if (state === 'started') meter.began = meter.now();
      else if (state === 'done' && meter.began !== null) meter.writeCalls += meter.now() - meter.began;
    },
    calls: (): CallsLine[] =>
      meters.map(({ alias, now, first, writeCalls }) => ({
        connection: alias,
        calls: now() - first,
        writeCalls,
      })),
  };
}
