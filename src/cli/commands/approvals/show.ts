import { z } from 'zod';
import { findApproval } from '../../../tier/approvals.ts';
import { approvalItemSchema, approvalSchema } from '../../approval-result.ts';
import { defineCommand } from '../../command.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './approvals.messages.ts';

export const approvalsShow = defineCommand({
  name: 'approvals show',
  summary: text.show.summary,
  args: { id: { help: text.id, required: true } },
  examples: ['tierlink approvals show a-000012'],
  result: approvalSchema.extend({ items: z.array(approvalItemSchema) }),
  run: async ({ args, app }) => {
    const { store, program } = await app();
    const result = await findApproval(store, program, args.id);
    const [first] = result.items;
    const { nextApprove, nextReject, nextWhy } = text.show;
    const why = first === undefined ? [] : [nextWhy(first.partner ?? first.partnerId)];
    const decide = result.state === 'open' ? [nextApprove(result.id), nextReject(result.id)] : [];
    return { result, next: [...decide, ...why] };
  },
  show: (approval, screen) => {
    const { show } = text;
    screen.line(`${approval.id} ${stateWord(screen, 'approval', approval.state)}`);
    screen.facts([
      [show.because, approval.because],
      [show.asOf, approval.asOf],
      [show.version, `${approval.program} ${approval.programVersion}`],
      ...(approval.decidedBy === null
        ? []
        : [[show.decided, show.decidedBy(approval.decidedBy, screen.instant(approval.decidedAt))] as const]),
      ...(approval.reason === null ? [] : [[show.reason, approval.reason] as const]),
    ]);
    screen.line();
    screen.table(
      show.columns.map((title, index) => ({ title, wrap: index === 0 || index === 4 })),
      approval.items.map(({ partner, partnerId, from, to, state, why, note, untilOn }) => [
        partner ?? partnerId,
        from ?? '-',
        to ?? '-',
        stateWord(screen, 'approval', state),
        note ?? (untilOn === null ? why : `${why} (${show.until(untilOn)})`),
      ]),
    );
  },
});
