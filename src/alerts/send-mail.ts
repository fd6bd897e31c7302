import type { SMTPTransportOptions } from 'nodemailer';
import { TierlinkError } from '../errors.ts';
import { type Notice, noticeText } from './notice.ts';
import { withoutSecrets } from './secret-text.ts';
import type { MailChannel } from './settings.ts';
import { mailHtml } from './shapes.ts';

/** Mails a notice. Returns what the server said, and which receivers it refused. Throws ALERT_*. */
export async function sendMail(
  channel: MailChannel,
  notice: Notice,
  { timeoutMs }: { timeoutMs: number },
): Promise<string> {
  const { createTransport } = await import('nodemailer');
  const password = channel.user === null ? null : channel.password();
  const transport = createTransport(transportOf(channel, { password, timeoutMs }));
  try {
    const { response, rejected } = await transport.sendMail({
      from: channel.from,
      to: [...channel.to],
      subject: notice.title,
      text: noticeText(notice),
      html: mailHtml(notice),
      messageId: `<${notice.id}@tierlink>`,
      headers: { 'Tierlink-Notice-Id': notice.id, 'Auto-Submitted': 'auto-generated' },
    });
    const said = rejected.length === 0 ? response : `${response}; refused for ${rejected.join(', ')}`;
    return withoutSecrets(said, secretsOf(channel, password));
  } catch (error) {
    throw mailError(channel, error as MailFailure, { password, timeoutMs });
  } finally {
    transport.close();
  }
}

function transportOf(
  { host, port, tls, user }: MailChannel,
  { password, timeoutMs }: { password: string | null; timeoutMs: number },
): SMTPTransportOptions {
  return {
    host,
    port,
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(user === null || password === null ? {} : { auth: { user, pass: password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface MailFailure extends Error {
  code?: string;
  response?: string;
}

/** No cause goes with it: what was sent may be in its message or stack. */
function mailError(
  channel: MailChannel,
  { code, response, message }: MailFailure,
  { password, timeoutMs }: { password: string | null; timeoutMs: number },
): TierlinkError {
  const of = { channel: channel.name, host: `${channel.host}:${channel.port}` };
  const answer = withoutSecrets(response ?? message, secretsOf(channel, password));
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return new TierlinkError('ALERT_SIGN_IN', { ...of, answer, name: channel.passwordName });
  const insecurity = whyNotSecret(code, answer);
  if (insecurity !== null) return new TierlinkError('ALERT_NOT_SECRET', { ...of, reason: insecurity });
  if (code === 'ETIMEDOUT') return new TierlinkError('ALERT_TIMED_OUT', { ...of, seconds: timeoutMs / 1000 });
  if (response !== undefined) return new TierlinkError('ALERT_REFUSED', { ...of, answer });
  return new TierlinkError('ALERT_UNREACHABLE', { ...of, reason: answer });
}

/** Why the way to the server could not be kept secret, in a line; null where that is not what failed. */
function whyNotSecret(code: string | undefined, answer: string): string | null {
  const [, routine] = /:SSL routines:[^:]*:([^:]+)/.exec(answer) ?? [];
  if (routine !== undefined) return `it does not speak TLS there (${routine})`;
  return code === 'ETLS' || /\bcertificate\b/.test(answer) ? answer : null;
}

/** A password as it is, and as the ways to sign in send it. */
function secretsOf({ user }: MailChannel, password: string | null): string[] {
  if (password === null) return [];
  const sent = [password, `\0${user}\0${password}`].map((text) => Buffer.from(text).toString('base64'));
  return [password, ...sent];
}
