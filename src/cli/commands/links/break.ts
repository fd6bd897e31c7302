import { defineCommand } from '../../command.ts';
import { changeLink, linkFlags, showConsequences, sideName } from '../../link-command.ts';
import { linkChangeSchema } from '../../link-result.ts';
import { text } from './links.messages.ts';

export const linksBreak = defineCommand({
  name: 'links break',
  summary: text.break.summary,
  description: text.break.description,
  args: { crm: { help: text.crm, required: true } },
  flags: linkFlags,
  examples: [
    'tierlink links break 001A1 --dry-run',
    'tierlink links break 001A1 --reason "A test account that was never a partner"',
  ],
  result: linkChangeSchema,
  run: async (call) => {
    const result = await changeLink('break', call);
    const back = text.nextMake(result.crmId, result.before.recordId ?? '');
    return { result, next: call.flags.dryRun ? [] : [text.next, back] };
  },
  show: (change, screen) => {
    const say = change.dryRun ? text.break.tried : text.break.done;
    screen.line(say(change.crmId, sideName(change.before)));
    showConsequences(change, screen);
  },
});
