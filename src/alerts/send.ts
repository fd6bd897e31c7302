import { TierlinkError } from '../errors.ts';
import type { Notice } from './notice.ts';
import { sendMail } from './send-mail.ts';
import { safeUrl, sendWebhook } from './send-webhook.ts';
import type { Channel } from './settings.ts';

export interface SendOptions {
  signal?: AbortSignal | undefined;
  /** How long a channel may take to answer. (Default: 10 s) */
  timeoutMs?: number;
}

/** Gives a notice to a channel. Returns what it answered, without secrets. Throws ALERT_*, which name none either. */
export async function send(channel: Channel, notice: Notice, options: SendOptions = {}): Promise<string> {
  const { signal, timeoutMs = 10_000 } = options;
  if (signal?.aborted === true) throw new TierlinkError('INTERRUPTED');
  return channel.kind === 'webhook'
    ? await sendWebhook(channel, notice, { signal, timeoutMs })
    : await sendMail(channel, notice, { timeoutMs });
}

/** Throws ALERT_SECRET_MISSING or ALERT_URL_UNSAFE where a channel could not even try to send. */
export function requireSound(channel: Channel): void {
  if (channel.kind === 'webhook') safeUrl(channel);
  else if (channel.user !== null) channel.password();
}
