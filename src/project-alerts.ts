import { z } from 'zod';
import type { AlertSettings, Channel, MailChannel, Thresholds, WebhookChannel } from './alerts/settings.ts';
import { type Environment, readSecret } from './config.ts';
import { TierlinkError } from './errors.ts';
import { readTiming } from './queue/timing-text.ts';
import { optionVariable } from './sync/option-variable.ts';

/** The alerts block of tierlink.yaml: who is told, from when on, and when the digest goes out. Secrets are not in it. */

const name = z.string().min(1);

/** One object for both kinds, so that a key of the wrong kind is named instead of the whole channel. */
const channelSchema = z
  .strictObject({
    webhook: z.literal(true).optional().describe('It is a webhook; its address is a secret.'),
    format: z
      .enum(['json', 'slack', 'teams'])
      .optional()
      .describe('Of a webhook: what its receiver reads. (Default: json)'),
    smtp: name.optional().describe('It is mail; the host of the mail server.'),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('Of the mail server. (Default: 587, with tls: tls 465)'),
    from: name.optional().describe('Sender.'),
    to: z
      .union([name, z.array(name).min(1)])
      .optional()
      .describe('Receiver, or a list of them.'),
    user: name.optional().describe('Who signs in; the password is a secret. (Default: nobody signs in)'),
    tls: z
      .enum(['starttls', 'tls', 'none'])
      .optional()
      .describe('How the way to the mail server is kept secret. (Default: starttls)'),
  })
  .check(({ value, issues }) => {
    for (const { path, message } of channelProblems(value))
      issues.push({ code: 'custom', input: value, path, message });
  });

type WrittenChannel = {
  [Key in 'webhook' | 'format' | 'smtp' | 'port' | 'from' | 'to' | 'user' | 'tls']?: unknown;
};

const mailKeys = ['port', 'from', 'to', 'user', 'tls'] as const;

function channelProblems(channel: WrittenChannel): { path: string[]; message: string }[] {
  const isWebhook = channel.webhook !== undefined;
  const isMail = channel.smtp !== undefined;
  if (isWebhook === isMail)
    return [{ path: [], message: 'is either a webhook (webhook: true) or mail (smtp: <host>)' }];
  const misplaced = isWebhook
    ? mailKeys.filter((key) => channel[key] !== undefined)
    : channel.format === undefined
      ? []
      : ['format'];
  const missing = isMail ? (['from', 'to'] as const).filter((key) => channel[key] === undefined) : [];
  const open =
    isMail && channel.tls === 'none' && channel.user !== undefined && !isLocal(String(channel.smtp))
      ? [{ path: ['tls'], message: 'none would send the password as it is; use starttls or tls' }]
      : [];
  return [
    ...misplaced.map((key) => ({ path: [key], message: `belongs to ${isWebhook ? 'mail' : 'a webhook'}` })),
    ...missing.map((key) => ({ path: [key], message: 'is missing' })),
    ...open,
  ];
}

function isLocal(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1'].includes(host);
}

/** A whole number, or off. */
function limit(usual: number, max: number, what: string) {
  const error = `must be a whole number from 1 to ${max}, or off`;
  const number = z.int({ error }).min(1, { error }).max(max, { error });
  return z
    .union([number, z.literal('off')], { error })
    .default(usual)
    .describe(what);
}

export const thresholdsSchema = z.strictObject({
  waitingMinutes: limit(60, 100_000, 'Minutes that a connection may wait, or a feed be partial by itself.'),
  failedRuns: limit(3, 50, 'Runs of one kind that failed in a row.'),
  invalidPercent: limit(5, 100, 'Share of the records of a feed that are invalid or rejected, in percent.'),
  countPercent: limit(
    20,
    100_000,
    'How far the count of a feed may be from that of the day before, in percent.',
  ),
  dataAgeHours: limit(24, 100_000, 'Age of the data of a connection, in hours.'),
});

export const alertsSchema = z
  .strictObject({
    channels: z
      .record(z.string(), channelSchema)
      .default({})
      .describe('Where notices go, by a name of yours.'),
    thresholds: thresholdsSchema.default(thresholdsSchema.parse({})),
    digest: z
      .string()
      .optional()
      .describe(
        'When the list of those who are about to lose a tier goes out, such as "0 8 * * 1 Europe/Stockholm". (Default: never)',
      ),
  })
  .describe('Who is told when something is wrong, and when it is over.');

export type Alerts = z.infer<typeof alertsSchema>;

/** Names that cannot be part of a variable or mean two things, and a digest without a time of its own. */
export function checkAlerts(
  { channels, digest }: Alerts,
  aliases: readonly string[],
): { path: string[]; message: string }[] {
  return [
    ...Object.keys(channels).flatMap((each) => nameProblem(each, aliases)),
    ...(digest === undefined ? [] : digestProblem(digest)),
  ];
}

function nameProblem(channel: string, aliases: readonly string[]): { path: string[]; message: string }[] {
  const path = ['alerts', 'channels', channel];
  if (!/^[a-z][a-z0-9-]*$/.test(channel))
    return [{ path, message: 'the name of a channel is lower case letters, digits and hyphens' }];
  if (!aliases.includes(ownerOf(channel))) return [];
  return [{ path, message: `its secrets would have the names of those of connection ${ownerOf(channel)}` }];
}

function digestProblem(digest: string): { path: string[]; message: string }[] {
  const path = ['alerts', 'digest'];
  try {
    if ('cron' in readTiming(digest, 'alerts.digest')) return [];
    return [{ path, message: 'must be a cron line with a time zone' }];
  } catch (error) {
    return [{ path, message: String((error as TierlinkError).data.reason) }];
  }
}

/** As if the channel were a connection, so that names of variables are made by one rule. */
function ownerOf(channel: string): string {
  return `alert-${channel}`;
}

/** A secret of a channel. */
export interface ChannelSecret {
  channel: string;
  /** The environment variable. */
  name: string;
  /** What it is, in words. */
  label: string;
  example: string;
}

/** The secrets that the channels of a project need, by the names of their variables. */
export function channelSecrets({ alerts }: { alerts: Alerts }): ChannelSecret[] {
  return Object.entries(alerts.channels).flatMap(([channel, written]) => {
    if (written.webhook !== undefined) {
      const label = `Address of the webhook of alert channel ${channel}`;
      const address = 'https://hooks.example.com/services/T000/B000/XXXX';
      return [{ channel, name: secretName(channel, 'url'), label, example: address }];
    }
    if (written.user === undefined) return [];
    const label = `Password of ${written.user} at the mail server of alert channel ${channel}`;
    return [{ channel, name: secretName(channel, 'password'), label, example: 'correct horse battery' }];
  });
}

function secretName(channel: string, key: 'url' | 'password'): string {
  return optionVariable(ownerOf(channel), key);
}

/** What the project says about alerts, with defaults filled in. Secrets are read when something is sent. */
export function alertSettings({ alerts }: { alerts: Alerts }, environment: Environment): AlertSettings {
  const { channels, thresholds, digest = null } = alerts;
  const limits = Object.entries(thresholds).map(([key, value]) => [key, value === 'off' ? null : value]);
  return {
    channels: Object.entries(channels).map(([channel, written]) => channelOf(channel, written, environment)),
    thresholds: Object.fromEntries(limits) as unknown as Thresholds,
    digest,
  };
}

type ParsedChannel = Alerts['channels'][string];

function channelOf(channel: string, written: ParsedChannel, environment: Environment): Channel {
  const secret = (variable: string) => () => {
    const value = readSecret(environment, variable);
    if (value === undefined) throw new TierlinkError('ALERT_SECRET_MISSING', { name: variable, channel });
    return value;
  };
  return written.smtp === undefined
    ? webhookOf(channel, written, secret)
    : mailOf(channel, { ...written, smtp: written.smtp }, secret);
}

type Secret = (variable: string) => () => string;

function webhookOf(channel: string, { format = 'json' }: ParsedChannel, secret: Secret): WebhookChannel {
  const urlName = secretName(channel, 'url');
  return { kind: 'webhook', name: channel, format, urlName, url: secret(urlName) };
}

function mailOf(channel: string, written: ParsedChannel & { smtp: string }, secret: Secret): MailChannel {
  const {
    smtp,
    tls = 'starttls',
    port = tls === 'tls' ? 465 : 587,
    from = '',
    to = [],
    user = null,
  } = written;
  const passwordName = secretName(channel, 'password');
  const receivers = typeof to === 'string' ? [to] : to;
  return {
    ...{ kind: 'mail', name: channel, host: smtp, port, from, to: receivers, tls, user, passwordName },
    password: secret(passwordName),
  };
}
