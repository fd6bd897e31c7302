import { z } from 'zod';
import { listApprovals } from '../../../tier/approvals.ts';
import { approvalSchema } from '../../approval-result.ts';
import { defineCommand } from '../../command.ts';
import { switchFlag } from '../../flags.ts';
import { formatCount } from '../../format.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './approvals.messages.ts';

export const approvalsList = defineCommand({
  name: 'approvals list',
  summary: text.list.summary,
  flags: { all: switchFlag(text.list.all) },
  examples: ['tierlink approvals list', 'tierlink approvals list --all --json'],
  result: z.strictObject({ all: z.boolean(), approvals: z.array(approvalSchema) }),
  run: async ({ flags, app }) => {
    const { store, program } = await app();
    const states = flags.all ? undefined : (['open', 'approved'] as const);
    const approvals = await listApprovals(store, { program, states });
    const open = approvals.find(({ state }) => state === 'open');
    return {
      result: { all: flags.all, approvals },
      next: open === undefined ? [] : [text.list.next(open.id)],
    };
  },
  show: ({ all, approvals }, screen) => {
    if (approvals.length === 0) {
      screen.line(all ? text.list.noneEver : text.list.none);
      return;
    }
    screen.table(
      text.list.columns.map((title, index) => ({
        title,
        align: index === 2 || index === 3 ? 'right' : 'left',
        wrap: index === 4,
      })),
      approvals.map((each) => [
        each.id,
        stateWord(screen, 'approval', each.state),
        formatCount(each.up),
        formatCount(each.down),
        each.because,
        screen.instant(each.createdAt),
        each.decidedBy ?? '',
      ]),
    );
  },
});
