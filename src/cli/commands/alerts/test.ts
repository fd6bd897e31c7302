import { z } from 'zod';
import { testChannels } from '../../../app/alerts.ts';
import { defineCommand } from '../../command.ts';
import { text } from './alerts.messages.ts';

const resultSchema = z.strictObject({
  channels: z
    .array(
      z.strictObject({
        channel: z.string().describe('Its name in tierlink.yaml.'),
        kind: z.enum(['webhook', 'mail']),
        answer: z.string().nullable().describe('What it answered; null: it failed.'),
        error: z
          .strictObject({ code: z.string(), message: z.string(), actions: z.array(z.string()) })
          .nullable()
          .describe('Why it failed.'),
      }),
    )
    .describe('The channels that were tried.'),
});

export const alertsTest = defineCommand({
  name: 'alerts test',
  summary: text.test.summary,
  args: { channel: { help: text.test.channel, required: false } },
  examples: ['tierlink alerts test', 'tierlink alerts test ops'],
  result: resultSchema,
  run: async ({ args, app, signal }) => {
    const channels = await testChannels(await app(), { channel: args.channel, signal });
    const failed = channels.filter(({ error }) => error !== null);
    const steps = failed.flatMap(({ error }) => error?.actions ?? []);
    return {
      result: { channels },
      exit: failed.length === 0 ? 0 : failed.length === channels.length ? 1 : 68,
      next: [...new Set(steps)],
    };
  },
  show: ({ channels }, screen) =>
    screen.table(
      text.test.columns.map((title, index) => ({ title, wrap: index === 2 })),
      channels.map(({ channel, kind, answer, error }) => [
        channel,
        kind,
        error === null
          ? screen.tone('good', text.test.sent(answer ?? ''))
          : screen.tone('bad', text.test.failed(error.code, error.message)),
      ]),
    ),
});
