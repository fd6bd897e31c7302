import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { digestWork, workOffDigest } from '../../src/alerts/digest.ts';
import { evaluateAlerts } from '../../src/alerts/evaluate.ts';
import type { AlertSettings } from '../../src/alerts/settings.ts';
import { acknowledgeAlert, listAlerts, runAlerts, tellAlerts, testChannels } from '../../src/app/alerts.ts';
import { engineOf } from '../../src/app/engine.ts';
import type { App } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { projectSchema } from '../../src/project.ts';
import { alertSettings } from '../../src/project-alerts.ts';
import type { Store } from '../../src/store/open-store.ts';
import { setConnectionState } from '../../src/sync/records/connections.ts';
import { finishRun, startRun } from '../../src/sync/records/runs.ts';
import { appOf } from '../jobs/job-world.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPassHouse, type PassHouse } from '../sync/pass-house.ts';
import { type MailServer, openMailServer, openWebhook, type Webhook } from './receivers.ts';

let store: Store;
let house: PassHouse;
storeForEach(async (opened) => {
  store = opened;
  house = await openPassHouse(store);
});

let hook: Webhook;
let other: Webhook;
let mail: MailServer;
let app: App;
const password = 'open-sesame-42';
beforeEach(async () => {
  [hook, other, mail] = await Promise.all([openWebhook(), openWebhook('/team'), openMailServer()]);
  app = appWith({});
});
afterEach(async () => {
  await Promise.all([hook.close(), other.close(), mail.close()]);
});

function appWith(more: Record<string, unknown>, environment: Record<string, string> = {}): App {
  const of = { smtp: '127.0.0.1', port: mail.port, tls: 'none', user: 'tierlink', from: 'a@x.example' };
  const alerts = {
    channels: {
      ops: { webhook: true, format: 'slack' },
      team: { webhook: true, format: 'teams' },
      mail: { ...of, to: ['b@x.example'] },
    },
    ...more,
  };
  const project = projectSchema.parse({
    program: 'small.yaml',
    connections: { north: { crm: 'memory', mappings: 'm' } },
    alerts,
  });
  const base = appOf(store, house);
  return {
    ...base,
    config: loadConfig({
      TIERLINK_PROJECT: '/nowhere',
      TIERLINK_ALERT_OPS_URL: hook.url,
      TIERLINK_ALERT_TEAM_URL: other.url,
      TIERLINK_ALERT_MAIL_PASSWORD: password,
      ...environment,
    }),
    project: { ...base.project, ...project },
  };
}

const look = async () => await runAlerts(app, engineOf(app));

async function ends(state: 'failed' | 'succeeded', kind = 'kpis'): Promise<void> {
  const id = await startRun(store.db, { kind, actor: 'tierlink' }, house.clock.now());
  house.clock.time += 1_000;
  await finishRun(store.db, id, { state, reason: 'The disk is full', now: house.clock.now() });
}

const settings = (): AlertSettings => alertSettings(app.project, app.config.environment);
const evaluate = async () =>
  await evaluateAlerts({
    ...{ store, now: house.clock.now(), settings: settings() },
    ...{ connections: ['north'], program: 'Small program' },
  });

describe('notices', () => {
  it('are one for many failing runs and one for the recovery, in every channel', async () => {
    for (let run = 1; run <= 8; run += 1) {
      await ends('failed');
      await look();
      expect([hook.received.length, other.received.length, mail.mails.length]).toEqual(
        run < 3 ? [0, 0, 0] : [1, 1, 1],
      );
    }
    for (let run = 0; run < 3; run += 1) {
      await ends('succeeded');
      await look();
    }
    expect([hook.received.length, other.received.length, mail.mails.length]).toEqual([2, 2, 2]);
    expect(hook.received.map(({ body }) => body.text)).toEqual([
      'Tierlink: runs keep failing',
      'Tierlink: recovered: runs keep failing',
    ]);
    expect(hook.received[0]!.id).toBe(other.received[0]!.id);
    const card = JSON.stringify(other.received[0]!.body);
    expect(card).toContain('"contentType":"application/vnd.microsoft.card.adaptive"');
    expect(card).toContain('3 runs of kind kpis have failed in a row');
    expect(mail.mails[0]).toContain(`Message-ID: <${hook.received[0]!.id}@tierlink>`);
    expect(mail.mails[0]).toContain('Whose job: who operates Tierlink');
    expect(mail.mails[0]).toContain('text/html');
  });

  it('are one for a connection that fails in many ways until it is well again', async () => {
    await house.pass();
    for (const state of ['action_required', 'waiting', 'unknown', 'action_required'] as const) {
      await setConnectionState(store.db, { id: 'north', state });
      await ends('failed', 'pass');
      await look();
    }
    await setConnectionState(store.db, { id: 'north', state: 'healthy' });
    await ends('succeeded', 'pass');
    await look();
    await look();
    expect(hook.received.map(({ body }) => body.text)).toEqual([
      'Tierlink: a connection needs attention (north)',
      'Tierlink: recovered: a connection needs attention (north)',
    ]);
  });

  it('leave no run behind when there is nothing to do', async () => {
    expect(await look()).toBeNull();
    expect(await store.query('select 1 from tierlink.run')).toEqual([]);
  });

  it('that were kept when the process ended are sent by the next one, and twice with one id at most', async () => {
    for (let run = 0; run < 3; run += 1) await ends('failed');
    // Kept, not sent: the process ends here.
    await evaluate();
    expect(hook.received).toEqual([]);
    await look();
    expect(hook.received).toHaveLength(1);
    // Sent, not noted: the receiver took it, and the answer was lost.
    hook.answers = 'drop';
    await ends('succeeded');
    await look();
    hook.answers = 200;
    house.clock.time += 60_000;
    await look();
    const ids = hook.received.map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(ids[1]).toBe(ids[2]);
    expect(await store.query('select 1 from tierlink.notice')).toEqual([]);
  });

  it('are opened once by processes that look at the same time', async () => {
    for (let run = 0; run < 3; run += 1) await ends('failed');
    await Promise.all([evaluate(), evaluate(), listAlerts(app)]);
    expect(await store.query(`select 1 from tierlink.notice where channel = 'ops'`)).toHaveLength(1);
  });

  it('wait where a channel fails, longer each time, while the others go on', async () => {
    hook.answers = 503;
    for (let run = 0; run < 3; run += 1) await ends('failed');
    await look();
    await look();
    expect([hook.received.length, other.received.length]).toEqual([1, 1]);
    house.clock.time += 60_000;
    await look();
    expect(hook.received).toHaveLength(2);
    await ends('succeeded');
    await look();
    expect([hook.received.length, other.received.length]).toEqual([2, 2]);
    const { channels } = await listAlerts(app);
    expect(channels.find(({ channel }) => channel === 'ops')).toMatchObject({
      waiting: 2,
      error: expect.stringMatching(/^ALERT_REFUSED: .*HTTP 503/),
    });
    hook.answers = 200;
    house.clock.time += 3_600_000;
    expect((await look())?.value).toMatchObject({ sent: 2, failedChannels: 0 });
    const order = hook.received.slice(-2).map(({ body }) => body.text);
    expect(order).toEqual(['Tierlink: runs keep failing', 'Tierlink: recovered: runs keep failing']);
  });

  it('of channels that are gone, and those of a week ago, are dropped', async () => {
    hook.answers = 503;
    for (let run = 0; run < 3; run += 1) await ends('failed');
    await look();
    house.clock.time += 8 * 86_400_000;
    await look();
    expect(await store.query('select 1 from tierlink.notice')).toEqual([]);
  });
});

describe('the digest', () => {
  it('goes out at its times, once, and once for all that were missed', async () => {
    app = appWith({ digest: '0 8 * * 1 UTC' });
    await look();
    expect(hook.received).toEqual([]);
    for (let week = 1; week <= 2; week += 1) {
      house.clock.time += week * 7 * 86_400_000;
      await look();
      await look();
      expect(hook.received.filter(({ body }) => String(body.text).includes('lose a tier'))).toHaveLength(
        week,
      );
    }
    expect(hook.received[0]!.body.text).toBe('Tierlink: nobody is about to lose a tier');
  });

  it('is asked about without anything being kept, and counts from when its time was noted', async () => {
    app = appWith({ digest: '0 8 * * 1 UTC' });
    const program = { name: 'small', title: 'Small' };
    const request = () => ({ store, now: house.clock.now(), settings: settings(), program });
    expect(await digestWork(request())).toBe('note');
    expect(await digestWork(request())).toBe('note');
    await workOffDigest(request());
    expect(await digestWork(request())).toBe('nothing');
    house.clock.time += 7 * 86_400_000;
    expect(await digestWork(request())).toBe('write');
  });

  it('names who is about to lose a tier', async () => {
    app = appWith({ digest: '0 8 * * 1 UTC' });
    house.addPartner('Northwind <&> Co');
    await house.pass();
    await look();
    await store.query(
      `update tierlink.tier_state set status = 'at_risk', next_review = '2026-12-31', grace_until = null`,
    );
    house.clock.time += 7 * 86_400_000;
    await look();
    const digest = hook.received.find(({ body }) => body.text === 'Tierlink: 1 tier is about to be lost');
    expect(JSON.stringify(digest?.body)).toContain(
      'Northwind &lt;&amp;&gt; Co: bronze (main) will be lost on 2026-12-31.',
    );
  });
});

describe('rows', () => {
  it('tell the share of invalid records and the jump of a count', async () => {
    for (let each = 0; each < 30; each += 1) house.addPartner(`Partner ${each}`);
    await house.pass();
    await look();
    house.clock.time += 86_400_000;
    for (let each = 30; each < 50; each += 1) house.addPartner(`Partner ${each}`);
    await house.pass();
    await store.query(
      `insert into tierlink.reject (id, connection, object, entity, crm_id, direction, code, message, retry, first_at, last_at)
       select 'x-' || crm_id, connection, object, entity, crm_id, 'in', 'RECORD_INVALID', 'odd', 'never', now(), now()
       from tierlink.link where entity = 'partner' order by crm_id limit 3`,
    );
    await look();
    const { alerts } = await listAlerts(app);
    expect(alerts.map(({ key }) => key).sort()).toEqual([
      'counts:north:Account:partner',
      'invalid:north:Account:partner',
    ]);
    expect(alerts.find(({ condition }) => condition === 'invalid')?.what).toContain(
      '3 of 50 Account records',
    );
    await store.query('update tierlink.reject set ignored_at = now()');
    house.clock.time += 86_400_000;
    await house.pass();
    await look();
    expect((await listAlerts(app)).alerts.filter(({ state }) => state === 'open')).toEqual([]);
  });

  it('tell that data is old', async () => {
    house.addPartner('Northwind');
    await house.pass();
    house.clock.time += 25 * 3_600_000;
    await look();
    expect((await listAlerts(app)).alerts.map(({ key }) => key)).toEqual(['age:north']);
  });
});

describe('an acknowledgement', () => {
  it('is kept while the alert is open, and gone when it comes back', async () => {
    const set = async (state: 'action_required' | 'healthy') => {
      await setConnectionState(store.db, { id: 'north', state });
      await evaluate();
    };
    await set('action_required');
    await acknowledgeAlert(app, { key: 'connection:north', actor: 'ann', reason: 'On it' });
    expect((await listAlerts(app)).alerts[0]).toMatchObject({ acknowledgedBy: 'ann', state: 'open' });
    await set('healthy');
    const late = acknowledgeAlert(app, { key: 'connection:north', actor: 'ann', reason: 'On it' });
    await expect(late).rejects.toMatchObject({ code: 'ALERT_UNKNOWN' });
    await set('action_required');
    expect((await listAlerts(app)).alerts[0]).toMatchObject({ acknowledgedBy: null, closedAt: null });
  });
});

describe('a channel that cannot send', () => {
  const tested = async (channel: string, environment: Record<string, string> = {}) => {
    app = appWith({}, environment);
    const [result] = await testChannels(app, { channel, signal: new AbortController().signal });
    const said = JSON.stringify(result);
    const signIn = Buffer.from(`\0tierlink\0${password}`).toString('base64');
    for (const secret of ['T0SECRET', 'B0SECRET', password, signIn]) expect(said).not.toContain(secret);
    return result!;
  };

  it('shows what was answered when it can', async () => {
    expect(await tested('ops')).toMatchObject({ answer: 'HTTP 200 seen ********', error: null });
    expect(hook.received[0]!.body.text).toBe('Tierlink: TEST');
    expect(await tested('mail')).toMatchObject({ answer: '250 queued as 42', error: null });
  });

  it.each([
    ['ALERT_URL_UNSAFE', 'https//hooks.example.com/T0SECRET'],
    ['ALERT_URL_UNSAFE', 'http://hooks.example.com/T0SECRET'],
    ['ALERT_URL_UNSAFE', 'https://me:T0SECRET@hooks.example.com/'],
    ['ALERT_UNREACHABLE', 'http://127.0.0.1:9/T0SECRET'],
    ['ALERT_SECRET_MISSING', ''],
  ])('says why: %s for %s', async (code, url) => {
    const { error } = await tested('ops', { TIERLINK_ALERT_OPS_URL: url });
    expect(error?.code).toBe(code);
    expect(error?.actions.length).toBeGreaterThan(0);
  });

  it('says what was refused, follows no redirect, and names no secret of the sign-in', async () => {
    hook.answers = 404;
    expect((await tested('ops')).error).toMatchObject({
      code: 'ALERT_REFUSED',
      message: 'Channel ops did not take the message: HTTP 404 seen ********.',
    });
    hook.answers = 302;
    expect((await tested('ops')).error?.code).toBe('ALERT_REFUSED');
    mail.accepts = false;
    expect((await tested('mail')).error?.code).toBe('ALERT_SIGN_IN');
    await mail.close();
    expect((await tested('mail')).error?.code).toBe('ALERT_UNREACHABLE');
  });

  it('keeps no command from its end', async () => {
    hook.answers = 500;
    for (let run = 0; run < 3; run += 1) await ends('failed');
    expect(await tellAlerts(app, engineOf(app))).toEqual([
      'Alerts wait for 1 of the channels: tierlink alerts list',
    ]);
  });
});
