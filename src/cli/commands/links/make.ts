import { defineCommand } from '../../command.ts';
import { changeLink, linkFlags, showConsequences, sideName } from '../../link-command.ts';
import { linkChangeSchema } from '../../link-result.ts';
import { text } from './links.messages.ts';

export const linksMake = defineCommand({
  name: 'links make',
  summary: text.make.summary,
  description: text.make.description,
  args: { crm: { help: text.crm, required: true }, record: { help: text.record, required: true } },
  flags: linkFlags,
  examples: ['tierlink links make 001A1 "Acme Partners" --reason "It is ours after all"'],
  result: linkChangeSchema,
  run: async (call) => ({
    result: await changeLink('make', call),
    next: call.flags.dryRun ? [] : [text.next],
  }),
  show: (change, screen) => {
    const say = change.dryRun ? text.make.tried : text.make.done;
    screen.line(say(change.crmId, sideName(change.after)));
    showConsequences(change, screen);
  },
});
