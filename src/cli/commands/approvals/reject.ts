import { z } from 'zod';
import { findApproval, rejectMoves } from '../../../tier/approvals.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { currentActor } from '../../who.ts';
import { text } from './approvals.messages.ts';

export const approvalsReject = defineCommand({
  name: 'approvals reject',
  summary: text.reject.summary,
  description: text.reject.description,
  args: { id: { help: text.id, required: true } },
  flags: { reason: textFlag('TEXT', text.reject.reason) },
  examples: ['tierlink approvals reject a-000012 --reason "The import of September was incomplete"'],
  result: z.strictObject({ id: z.string(), changes: z.int(), reason: z.string() }),
  run: async ({ args, flags, app, prompt }) => {
    const { store, program, clock } = await app();
    const { id } = await findApproval(store, program, args.id);
    const reason = flags.reason ?? (await prompt.ask({ flag: '--reason', label: text.reject.ask }));
    const changes = await rejectMoves(store, {
      program,
      id,
      actor: currentActor(),
      reason,
      now: clock.now(),
    });
    return { result: { id, changes, reason }, next: [text.reject.next] };
  },
  show: ({ id, changes }, screen) => screen.line(text.reject.done(id, formatMany(changes, 'change'))),
});
