import { z } from 'zod';
import { closePeriod } from '../../../tier/look/period-close.ts';
import { defineCommand } from '../../command.ts';
import { switchFlag, textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { periodCloseSchema, shownClose } from '../../period-close.ts';
import { currentActor } from '../../who.ts';
import { text } from './period.messages.ts';

export const periodClose = defineCommand({
  name: 'period close',
  summary: text.close.summary,
  description: text.close.description,
  args: { period: { help: text.period, required: true } },
  flags: {
    note: textFlag('TEXT', text.close.note),
    author: textFlag('NAME', text.author),
    acceptIncomplete: switchFlag(text.close.acceptIncomplete),
    reconstructed: switchFlag(text.close.acceptReconstructed),
  },
  examples: ['tierlink period close 2026-Q3', 'tierlink period close 2026-Q3 --note "Agreed with finance"'],
  result: z.strictObject({
    close: periodCloseSchema.describe('The sign-off.'),
    partners: z.int(),
    incomplete: z.array(z.string()).describe('Inputs that were not complete, and accepted.'),
  }),
  run: async ({ args, flags, app }) => {
    const { store, program, clock } = await app();
    const closed = await closePeriod(store, {
      program,
      period: args.period,
      author: flags.author ?? currentActor(),
      note: flags.note,
      now: clock.now(),
      acceptIncomplete: flags.acceptIncomplete,
      acceptReconstructed: flags.reconstructed,
    });
    const { incomplete } = closed;
    const { reconstructed } = closed.close;
    return {
      result: { close: shownClose(closed.close), partners: closed.partners.length, incomplete },
      warnings: [
        ...(incomplete.length === 0 ? [] : [text.close.incomplete(incomplete.join('; '))]),
        ...(reconstructed === null ? [] : [text.reconstructed(reconstructed)]),
      ],
      next: [text.close.next(args.period)],
    };
  },
  show: ({ close, partners }, screen) =>
    screen.line(text.close.done(close.period, formatMany(partners, 'partner'), close.hash)),
});
