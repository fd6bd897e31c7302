import { TierlinkError } from '../errors.ts';
import { systemReason } from '../system-errors.ts';
import type { Notice } from './notice.ts';
import { secretsOfUrl, withoutSecrets } from './secret-text.ts';
import type { WebhookChannel } from './settings.ts';
import { webhookBody } from './shapes.ts';

/** As much of an answer is read: it is shown in a line. */
const answerBytes = 2_048;

/**
 * Posts a notice. Returns the status and what was said with it. A redirect is not followed: it would take the address, and
 * with it the right to write, to somebody else. Throws ALERT_*.
 */
export async function sendWebhook(
  channel: WebhookChannel,
  notice: Notice,
  { signal, timeoutMs }: { signal: AbortSignal | undefined; timeoutMs: number },
): Promise<string> {
  const url = safeUrl(channel);
  const secrets = secretsOfUrl(url);
  const late = AbortSignal.timeout(timeoutMs);
  let answer: { status: number; text: string };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'tierlink-notice-id': notice.id },
      body: JSON.stringify(webhookBody(notice, channel.format)),
      redirect: 'manual',
      signal: signal === undefined ? late : AbortSignal.any([late, signal]),
    });
    answer = { status: response.status, text: await beginningOf(response) };
  } catch (error) {
    if (signal?.aborted === true) throw new TierlinkError('INTERRUPTED');
    const of = { channel: channel.name, host: url.host };
    // No cause: its message and stack may hold the address.
    if (late.aborted) throw new TierlinkError('ALERT_TIMED_OUT', { ...of, seconds: timeoutMs / 1000 });
    throw new TierlinkError('ALERT_UNREACHABLE', { ...of, reason: withoutSecrets(reasonOf(error), secrets) });
  }
  const said = withoutSecrets(`HTTP ${answer.status} ${answer.text}`, secrets);
  if (answer.status >= 200 && answer.status < 300) return said;
  throw new TierlinkError('ALERT_REFUSED', { channel: channel.name, answer: said });
}

/** The address of a channel: https, or any port of this machine. Throws ALERT_URL_UNSAFE, naming the setting alone. */
export function safeUrl(channel: WebhookChannel): URL {
  const unsafe = (reason: string) =>
    new TierlinkError('ALERT_URL_UNSAFE', { name: channel.urlName, channel: channel.name, reason });
  const text = channel.url();
  if (!URL.canParse(text)) throw unsafe('it is no address');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') throw unsafe('it has a user or password in it');
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) return url;
  throw unsafe('it does not begin with https://, so that others could read it on the way');
}

async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  while (text.length < answerBytes) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

/** fetch itself says only that it failed. */
function reasonOf(error: unknown): string {
  const { cause } = error as Error;
  if (!(cause instanceof Error)) return (error as Error).message;
  return (cause as NodeJS.ErrnoException).code === undefined ? cause.message : systemReason(cause);
}
