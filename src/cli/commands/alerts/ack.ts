import { z } from 'zod';
import { acknowledgeAlert } from '../../../app/alerts.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { currentActor } from '../../who.ts';
import { text } from './alerts.messages.ts';

export const alertsAck = defineCommand({
  name: 'alerts ack',
  summary: text.ack.summary,
  args: { key: { help: text.ack.key, required: true } },
  flags: { reason: textFlag('TEXT', text.ack.reason) },
  examples: ['tierlink alerts ack connection:prod --reason "New certificate is ordered"'],
  result: z.strictObject({ key: z.string().describe('The alert that is acknowledged.') }),
  run: async (call) => {
    const app = await call.app();
    const { key } = call.args;
    const reason = call.flags.reason ?? (await call.prompt.ask({ flag: '--reason', label: text.ack.asks }));
    await acknowledgeAlert(app, { key, actor: currentActor(), reason });
    return { result: { key }, next: [text.ack.next] };
  },
  show: ({ key }, screen) => screen.line(text.ack.done(key)),
});
