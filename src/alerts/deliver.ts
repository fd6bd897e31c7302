import { isTierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import type { Logger } from '../model/logger.ts';
import { backoffMs } from '../queue/retry.ts';
import type { Store } from '../store/store.ts';
import type { Notice } from './notice.ts';
import { type SendOptions, send } from './send.ts';
import type { Channel } from './settings.ts';

/** A channel that fails is tried again after a while, up to an hour. */
const again = {
  class: 'backoff',
  attempts: Number.POSITIVE_INFINITY,
  baseMs: 60_000,
  maxMs: 3_600_000,
} as const;

/** What a channel could not be given for so long is no news any more. */
const keptMs = 7 * 86_400_000;

export interface Delivery {
  store: Store;
  /** Epoch ms. */
  now: number;
  channels: readonly Channel[];
  logger: Logger;
  signal?: AbortSignal | undefined;
  /** Numbers in [0, 1) for jitter. */
  random?: () => number;
  timeoutMs?: number;
}

interface WaitingNotice {
  number: string;
  message: Notice;
  attempts: number;
  due: boolean;
}

/** Whether a channel has a notice to send now, or there are some of channels that are gone. */
export async function hasDueNotices(
  store: Store,
  { now, channels }: Pick<Delivery, 'now' | 'channels'>,
): Promise<boolean> {
  const rows = await store.query(
    `select 1 from (select distinct on (channel) channel, not_before from tierlink.notice order by channel, number) n
     where coalesce(not_before <= $1, true) or not (channel = any($2)) limit 1`,
    [instantOf(now), channels.map(({ name }) => name)],
  );
  return rows.length > 0;
}

/**
 * Sends what is in line, in its order in each channel and to all channels at once, so that one that does not answer holds
 * up no other. A notice leaves the line once it was taken: a process that ends in between sends it again, with the same
 * id. Returns how many were taken and in how many channels one failed.
 */
export async function deliverNotices(delivery: Delivery): Promise<{ sent: number; failed: number }> {
  const { store, now, channels } = delivery;
  await store.query('delete from tierlink.notice where not (channel = any($1)) or since < $2', [
    channels.map(({ name }) => name),
    instantOf(now - keptMs),
  ]);
  const results = await Promise.all(channels.map((channel) => deliverTo(channel, delivery)));
  return {
    sent: results.reduce((sum, { sent }) => sum + sent, 0),
    failed: results.filter(({ failed }) => failed).length,
  };
}

async function deliverTo(channel: Channel, delivery: Delivery): Promise<{ sent: number; failed: boolean }> {
  const { store, signal } = delivery;
  let sent = 0;
  for (;;) {
    const notice = await nextNotice(channel, delivery);
    if (notice === undefined || !notice.due || signal?.aborted === true) return { sent, failed: false };
    if (!(await tryToSend(channel, notice, delivery))) return { sent, failed: true };
    await store.query('delete from tierlink.notice where number = $1', [notice.number]);
    sent += 1;
  }
}

async function nextNotice({ name }: Channel, { store, now }: Delivery): Promise<WaitingNotice | undefined> {
  const [row] = await store.query<WaitingNotice & Record<string, unknown>>(
    `select number, message, attempts, coalesce(not_before <= $2, true) as due from tierlink.notice
     where channel = $1 order by number limit 1`,
    [name, instantOf(now)],
  );
  return row;
}

/** Whether the channel took it; if not, when it is tried again is noted with the reason. An interruption is no attempt. */
async function tryToSend(channel: Channel, notice: WaitingNotice, delivery: Delivery): Promise<boolean> {
  const { store, now, logger, signal, timeoutMs, random = Math.random } = delivery;
  const options: SendOptions = { signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  try {
    const answer = await send(channel, notice.message, options);
    logger.info({ channel: channel.name, notice: notice.message.id, answer }, 'notice sent');
    return true;
  } catch (error) {
    if (!isTierlinkError(error)) throw error;
    if (error.code === 'INTERRUPTED') return false;
    const attempts = notice.attempts + 1;
    await store.query(
      'update tierlink.notice set attempts = $2, not_before = $3, error = $4 where number = $1',
      [
        notice.number,
        attempts,
        instantOf(now + backoffMs(again, attempts, random)),
        `${error.code}: ${error.message}`,
      ],
    );
    logger.warn({ channel: channel.name, code: error.code, reason: error.message }, 'notice not sent');
    return false;
  }
}
