import { z } from 'zod';
import { approveMoves } from '../../../tier/approvals.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { idsOf } from '../../ids.ts';
import { currentActor } from '../../who.ts';
import { text } from './approvals.messages.ts';

export const approvalsApprove = defineCommand({
  name: 'approvals approve',
  summary: text.approve.summary,
  description: text.approve.description,
  args: { id: { help: text.approve.ids, required: true, many: true } },
  flags: { reason: textFlag('TEXT', text.approve.reason) },
  examples: [
    'tierlink approvals approve a-000012',
    'tierlink approvals approve a-000012 --reason "Checked with sales"',
  ],
  result: z.strictObject({ approved: z.array(z.strictObject({ id: z.string(), changes: z.int() })) }),
  run: async ({ args, flags, app }) => {
    const { store, program, clock } = await app();
    const approved: { id: string; changes: number }[] = [];
    for (const id of idsOf(args.id)) {
      const reason = flags.reason ?? null;
      const changes = await approveMoves(store, {
        program,
        id,
        actor: currentActor(),
        reason,
        now: clock.now(),
      });
      approved.push({ id: id.toLowerCase(), changes });
    }
    return { result: { approved }, next: [text.approve.next] };
  },
  show: ({ approved }, screen) => {
    for (const { id, changes } of approved) screen.line(text.approve.done(id, formatMany(changes, 'change')));
  },
});
