import { z } from 'zod';
import { reopenPeriod } from '../../../tier/look/period-close.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { periodCloseSchema, shownClose } from '../../period-close.ts';
import { currentActor } from '../../who.ts';
import { text } from './period.messages.ts';

export const periodReopen = defineCommand({
  name: 'period reopen',
  summary: text.reopen.summary,
  args: { period: { help: text.period, required: true } },
  flags: { reason: textFlag('TEXT', text.reopen.reason), author: textFlag('NAME', text.author) },
  examples: ['tierlink period reopen 2026-Q3 --reason "Deals of one region were missing"'],
  result: z.strictObject({ close: periodCloseSchema.describe('The sign-off that was ended.') }),
  run: async ({ args, flags, app, prompt }) => {
    const { store, program, clock } = await app();
    const reason = flags.reason ?? (await prompt.ask({ flag: '--reason', label: text.reopen.ask }));
    const author = flags.author ?? currentActor();
    const request = { program, period: args.period, author, reason, now: clock.now() };
    const close = await reopenPeriod(store, request);
    return { result: { close: shownClose(close) }, next: [text.reopen.next(args.period)] };
  },
  show: ({ close }, screen) => screen.line(text.reopen.done(close.period, close.reopenedBy ?? '')),
});
