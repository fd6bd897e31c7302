import { z } from 'zod';
import { TierlinkError } from '../../../errors.ts';
import { approvePlan, recordOf } from '../../../plan/record.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { readPlan } from '../../plan-files.ts';
import { currentActor } from '../../who.ts';
import { text } from './plan.messages.ts';

export const planApprove = defineCommand({
  name: 'plan approve',
  summary: text.approve.summary,
  args: { file: { help: text.approve.file, required: true } },
  flags: { reason: textFlag('TEXT', text.approve.reason) },
  examples: ['tierlink plan approve changes.plan --reason "Agreed in the review of 1 October"'],
  result: z.strictObject({
    plan: z.string().describe('Id of the plan.'),
    approvedBy: z.string().describe('Who let it be applied.'),
    reason: z.string(),
  }),
  run: async ({ args, flags, app, prompt }) => {
    const plan = readPlan(args.file);
    const { store, clock } = await app();
    const known = await recordOf(store, plan, args.file);
    if (known?.state === 'applied') throw new TierlinkError('PLAN_APPLIED', { run: known.runId });
    const reason = flags.reason ?? (await prompt.ask({ flag: '--reason', label: text.approve.asks }));
    const actor = currentActor();
    await approvePlan(plan, { store, clock, actor, reason, file: args.file });
    return {
      result: { plan: plan.head.id, approvedBy: actor, reason },
      next: [text.approve.next(args.file)],
    };
  },
  show: ({ plan }, screen) => screen.line(text.approve.approved(plan)),
});
