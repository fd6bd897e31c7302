import { setTimeout as pause } from 'node:timers/promises';
import { TierlinkError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import type { WaitTurn } from '../sync/engine.ts';
import { listOpenRuns } from '../sync/records/run-life.ts';
import { type Again, text } from './commands/sync.messages.ts';
import { formatMany } from './format.ts';

/** Another run gives back what it holds without telling, so it is asked for. */
const pollMs = 1_000;

/** What a run was waiting for: the key of the work, and who is at it since when. */
export interface WaitedFor {
  key: string;
  holder: string;
  since: string;
}

/** The time that a command may take. */
export interface WaitLimit {
  /** Ends when the command is interrupted or its time is over. */
  signal: AbortSignal;
  waitTurn: WaitTurn | undefined;
  /** Whether the time ended the command, and not a person. */
  isOver(): boolean;
  /** What it was waiting for then; null: it was at work itself. */
  waitedFor(): WaitedFor | null;
  /** Lets the time pass without consequence. */
  end(): void;
}

/**
 * The limit of a command that was given `minutes`: until they are over it waits for other runs and works; then it stops
 * as if a person had interrupted it. With 0 it waits for nobody, and its own work has no limit. Undefined: it leaves to
 * other runs what they are at.
 * @param onWait Called when it begins to wait for something.
 */
export function startWaitLimit(
  minutes: number | undefined,
  signal: AbortSignal,
  onWait: (held: WaitedFor) => void,
): WaitLimit {
  const over = new AbortController();
  const ended = AbortSignal.any([signal, over.signal]);
  let waited: WaitedFor | null = null;
  let told: string | null = null;
  const waitTurn: WaitTurn = async ({ data }) => {
    waited = { key: String(data.key), holder: String(data.holder), since: String(data.since) };
    if (minutes === 0) over.abort();
    else if (told !== waited.key) onWait(waited);
    told = waited.key;
    await pause(pollMs, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted) throw new TierlinkError('INTERRUPTED');
    waited = null;
  };
  const timer = minutes ? setTimeout(() => over.abort(), minutes * 60_000) : undefined;
  return {
    signal: ended,
    waitTurn: minutes === undefined ? undefined : waitTurn,
    isOver: () => over.signal.aborted && !signal.aborted,
    waitedFor: () => waited,
    end: () => clearTimeout(timer),
  };
}

/** The error of a sync that was not done in its time: because of what, and how to go on. */
export async function waitOver(
  store: Store,
  of: Again & { run: string; limit: WaitLimit; wait: number | undefined },
): Promise<TierlinkError> {
  const waitedFor = of.limit.waitedFor();
  const atWork = waitedFor === null ? [] : await listOpenRuns(store.db);
  return new TierlinkError('WAIT_OVER', {
    run: of.run,
    limit: formatMany(of.wait ?? 0, 'minute'),
    reason: waitedFor === null ? text.timeIsOver : text.stillWaits(waitedFor, atWork),
    command: text.again(of),
    waitedFor,
    atWork,
  });
}
