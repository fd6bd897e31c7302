import { z } from 'zod';
import { listAlerts } from '../../../app/alerts.ts';
import { defineCommand } from '../../command.ts';
import { formatCount, formatMany } from '../../format.ts';
import type { Screen } from '../../screen.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './alerts.messages.ts';

const alertSchema = z.strictObject({
  key: z.string().describe('Names what it is about: the same whenever it comes back.'),
  condition: z.string().describe('connection, runs, frozen, age, invalid, counts or complete.'),
  connection: z.string().nullable(),
  state: z.enum(['open', 'closed']),
  what: z.string().describe('What happened, as a sentence.'),
  since: z.string().describe('Since when it is so (ISO 8601).'),
  openedAt: z.string().describe('When it was noticed (ISO 8601).'),
  closedAt: z.string().nullable().describe('When it was noticed to be over (ISO 8601).'),
  owner: z.string().describe('Whose job it is.'),
  next: z.array(z.string()).describe('What to do, the best first.'),
  acknowledgedAt: z.string().nullable().describe('When a person said to be at it (ISO 8601).'),
  acknowledgedBy: z.string().nullable().describe('Who that was.'),
  acknowledgedReason: z.string().nullable().describe('What that person does about it.'),
});
const channelSchema = z.strictObject({
  channel: z.string().describe('Its name in tierlink.yaml.'),
  kind: z.enum(['webhook', 'mail']),
  waiting: z.int().describe('Notices that it was not given yet.'),
  error: z.string().nullable().describe('Why the last attempt failed; null: it did not.'),
  nextTry: z.string().nullable().describe('When it is tried again (ISO 8601).'),
});
const resultSchema = z.strictObject({
  alerts: z.array(alertSchema).describe('Open ones first, then the last that are over.'),
  channels: z.array(channelSchema).describe('The channels of tierlink.yaml.'),
});
type Result = z.infer<typeof resultSchema>;
type Alert = Result['alerts'][number];

export const alertsList = defineCommand({
  name: 'alerts list',
  summary: text.list.summary,
  examples: ['tierlink alerts list'],
  result: resultSchema,
  run: async ({ app }) => {
    const { alerts, channels } = await listAlerts(await app());
    const result = resultSchema.parse({ alerts, channels });
    const isOpen = alerts.some(({ state, acknowledgedAt }) => state === 'open' && acknowledgedAt === null);
    return {
      result,
      next: [...(isOpen ? [text.list.nextAck] : []), ...(channels.length === 0 ? [] : [text.list.nextTest])],
    };
  },
  show: ({ alerts, channels }, screen) => {
    const open = alerts.filter(({ state }) => state === 'open');
    const over = alerts.filter(({ state }) => state === 'closed');
    if (open.length === 0) screen.line(text.list.none);
    else screen.line(screen.tone('strong', text.list.open(formatCount(open.length))));
    for (const alert of open) showOpen(alert, screen);
    if (over.length > 0) showOver(over, screen);
    screen.line();
    showChannels(channels, screen);
  },
});

function showOpen(alert: Alert, screen: Screen): void {
  const { acknowledgedAt, acknowledgedBy, acknowledgedReason } = alert;
  screen.line();
  screen.line(`${stateWord(screen, 'alert', alert.state)}  ${alert.key}`);
  screen.line(`  ${alert.what}`, 2);
  screen.facts([
    [text.list.since, screen.instant(alert.since)],
    [text.list.told, screen.instant(alert.openedAt)],
    [text.list.owner, alert.owner],
    ...(acknowledgedAt === null
      ? []
      : [
          [
            text.list.acknowledged,
            text.list.by(acknowledgedBy ?? '', screen.instant(acknowledgedAt), acknowledgedReason ?? ''),
          ] as const,
        ]),
    ...alert.next.map((step, index) => [index === 0 ? text.list.next : '', step] as const),
  ]);
}

function showOver(over: readonly Alert[], screen: Screen): void {
  screen.line();
  screen.line(screen.tone('strong', text.list.over));
  screen.table(
    text.list.overColumns.map((title, index) => ({ title, wrap: index === 1 })),
    over.map(({ key, what, openedAt, closedAt }) => [
      key,
      what,
      screen.instant(openedAt),
      screen.instant(closedAt),
    ]),
  );
}

function showChannels(channels: Result['channels'], screen: Screen): void {
  if (channels.length === 0) {
    screen.line(text.list.noChannels);
    return;
  }
  screen.line(screen.tone('strong', text.list.channels));
  screen.facts(
    channels.map(({ channel, waiting, error, nextTry }) => {
      const waits = waiting === 0 ? text.list.idle : text.list.waiting(formatMany(waiting, 'notice'));
      const failed = error === null ? [] : [text.list.failed(error, screen.instant(nextTry))];
      return [channel, [waits, ...failed].join('; ')] as const;
    }),
  );
}
