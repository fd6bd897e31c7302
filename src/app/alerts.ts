import { randomUUID } from 'node:crypto';
import { deliverNotices, hasDueNotices } from '../alerts/deliver.ts';
import { digestWork, workOffDigest } from '../alerts/digest.ts';
import { type Evaluation, evaluateAlerts, lookForTransitions } from '../alerts/evaluate.ts';
import { testNotice } from '../alerts/notice.ts';
import { noteFeedSizes } from '../alerts/read-rows.ts';
import { send } from '../alerts/send.ts';
import type { AlertSettings, Channel } from '../alerts/settings.ts';
import type { App } from '../app.ts';
import { type ErrorCode, isTierlinkError, TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { alertSettings } from '../project-alerts.ts';
import { type Engine, unlessAtWork } from '../sync/engine.ts';
import { type RunResult, recordRun } from '../sync/records/runs.ts';

export interface AlertCounts extends Record<string, number> {
  opened: number;
  closed: number;
  sent: number;
  /** Channels that did not take what they were sent; they are tried again. */
  failedChannels: number;
}

/**
 * Opens and closes alerts by what the rows say now, and sends what is in line. null: there was nothing to do, which leaves
 * no run behind. What cannot be sent waits in its line.
 */
export async function runAlerts(
  app: App,
  engine: Engine,
): Promise<RunResult<AlertCounts | undefined> | null> {
  const { store, clock } = app;
  const settings = settingsOf(app);
  await noteFeedSizes(store, clock.now());
  if (!(await isSomethingDue(app, settings))) return null;
  const spec = { kind: 'alerts', actor: engine.actor };
  return await recordRun({ db: store.db, clock, logger: engine.logger, spec }, async () => {
    const value = await unlessAtWork(engine, 'alerts', ({ signal }) =>
      work(app, settings, { engine, signal }),
    );
    if (value === undefined)
      return { value, state: 'skipped', reason: 'Another process sends what is in line.' };
    return { value, counts: value, state: value.failedChannels === 0 ? 'succeeded' : 'partial' };
  });
}

/**
 * The same at the end of a command, where channels are set up. What goes wrong with it is returned in words: it does not
 * undo what the command has done.
 */
export async function tellAlerts(app: App, engine: Engine): Promise<string[]> {
  if (Object.keys(app.project.alerts.channels).length === 0 || engine.signal?.aborted === true) return [];
  try {
    const run = await runAlerts(app, engine);
    const failed = run?.value?.failedChannels ?? 0;
    return failed === 0 ? [] : [`Alerts wait for ${failed} of the channels: tierlink alerts list`];
  } catch (error) {
    return [`Alerts were not looked at: ${(error as Error).message}`];
  }
}

async function work(
  app: App,
  settings: AlertSettings,
  { engine, signal }: { engine: Engine; signal: AbortSignal },
): Promise<AlertCounts> {
  const { store, clock } = app;
  const { opened, closed } = await evaluateAlerts(evaluationOf(app, settings));
  await workOffDigest(digestOf(app, settings));
  const now = clock.now();
  const { channels } = settings;
  const { sent, failed } = await deliverNotices({ store, now, channels, logger: engine.logger, signal });
  return { opened, closed, sent, failedChannels: failed };
}

async function isSomethingDue(app: App, settings: AlertSettings): Promise<boolean> {
  const { opened, closed } = await lookForTransitions(app.store, evaluationOf(app, settings));
  if (opened.length + closed.length > 0) return true;
  if (await hasDueNotices(app.store, { now: app.clock.now(), channels: settings.channels })) return true;
  return (await digestWork(digestOf(app, settings))) !== 'nothing';
}

function settingsOf({ project, config }: App): AlertSettings {
  return alertSettings(project, config.environment);
}

function evaluationOf({ store, clock, connections, program }: App, settings: AlertSettings): Evaluation {
  const aliases = connections.map(({ alias }) => alias);
  return { store, now: clock.now(), settings, connections: aliases, program: program.title };
}

function digestOf({ store, clock, program }: App, settings: AlertSettings) {
  return { store, now: clock.now(), settings, program };
}

export interface ListedAlert {
  key: string;
  condition: string;
  connection: string | null;
  state: string;
  what: string;
  /** ISO instants. */
  since: string;
  openedAt: string;
  closedAt: string | null;
  owner: string;
  next: string[];
  acknowledgedAt: string | null;
  acknowledgedBy: string | null;
  acknowledgedReason: string | null;
}

/** A channel and what it has not been given yet. */
export interface ListedChannel {
  channel: string;
  kind: Channel['kind'];
  waiting: number;
  /** Why the last attempt failed; null: it did not. */
  error: string | null;
  nextTry: string | null;
}

/** So many that are over are listed: the last ones. */
const closedShown = 10;

/** The open alerts, then the last ones that are over; and how the channels are doing. Judged anew before. */
export async function listAlerts(app: App): Promise<{ alerts: ListedAlert[]; channels: ListedChannel[] }> {
  const settings = settingsOf(app);
  await evaluateAlerts(evaluationOf(app, settings));
  const alerts = await app.store.query<ListedAlert & Record<string, unknown>>(
    `select key, condition, connection, state, detail ->> 'what' as what, detail ->> 'since' as since,
       opened_at as "openedAt", closed_at as "closedAt", detail ->> 'owner' as owner, detail -> 'next' as next,
       acknowledged_at as "acknowledgedAt", acknowledged_by as "acknowledgedBy",
       acknowledged_reason as "acknowledgedReason"
     from (select *, row_number() over (partition by state order by closed_at desc, key) as place from tierlink.alert) a
     where state = 'open' or place <= ${closedShown}
     order by state desc, acknowledged_at is not null, coalesce(closed_at, opened_at) desc, key`,
  );
  return { alerts, channels: await listChannels(app, settings) };
}

async function listChannels(app: App, { channels }: AlertSettings): Promise<ListedChannel[]> {
  const rows = await app.store.query<{ channel: string; waiting: number; error: string; nextTry: string }>(
    `select channel, count(*)::integer as waiting, (array_agg(error order by number))[1] as error,
       (array_agg(not_before order by number))[1] as "nextTry"
     from tierlink.notice group by channel`,
  );
  return channels.map(({ name, kind }) => {
    const row = rows.find(({ channel }) => channel === name);
    return {
      ...{ channel: name, kind, waiting: row?.waiting ?? 0 },
      ...{ error: row?.error ?? null, nextTry: row?.nextTry ?? null },
    };
  });
}

/** Notes that a person is at it. Throws ALERT_UNKNOWN for an alert that is not open. */
export async function acknowledgeAlert(
  app: App,
  { key, actor, reason }: { key: string; actor: string; reason: string },
): Promise<void> {
  const rows = await app.store.query(
    `update tierlink.alert set acknowledged_at = $2, acknowledged_by = $3, acknowledged_reason = $4
     where key = $1 and state = 'open' returning key`,
    [key, instantOf(app.clock.now()), actor, reason],
  );
  if (rows.length === 0) throw new TierlinkError('ALERT_UNKNOWN', { key });
}

/** What a channel made of a test. */
export interface TestedChannel {
  channel: string;
  kind: Channel['kind'];
  /** What it answered; null where it failed. */
  answer: string | null;
  error: { code: ErrorCode; message: string; actions: string[] } | null;
}

/** Sends a message that is marked as a test to one channel, or to all. Throws ALERT_CHANNEL_NONE, ALERT_CHANNEL_UNKNOWN. */
export async function testChannels(
  app: App,
  { channel, signal }: { channel: string | undefined; signal: AbortSignal },
): Promise<TestedChannel[]> {
  const { channels } = settingsOf(app);
  if (channels.length === 0) throw new TierlinkError('ALERT_CHANNEL_NONE');
  const chosen = channels.filter(({ name }) => channel === undefined || name === channel);
  if (chosen.length === 0)
    throw new TierlinkError('ALERT_CHANNEL_UNKNOWN', {
      channel,
      known: channels.map(({ name }) => name).join(', '),
    });
  return await Promise.all(chosen.map((each) => testChannel(app, each, signal)));
}

async function testChannel(
  { clock, program }: App,
  channel: Channel,
  signal: AbortSignal,
): Promise<TestedChannel> {
  const { name, kind } = channel;
  const head = { id: randomUUID(), at: instantOf(clock.now()), program: program.title };
  try {
    return {
      channel: name,
      kind,
      answer: await send(channel, testNotice(name, head), { signal }),
      error: null,
    };
  } catch (error) {
    if (!isTierlinkError(error) || error.code === 'INTERRUPTED') throw error;
    const { code, message, actions } = error;
    return { channel: name, kind, answer: null, error: { code, message, actions: [...actions] } };
  }
}
