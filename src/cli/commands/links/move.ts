import { defineCommand } from '../../command.ts';
import { changeLink, linkFlags, showConsequences, sideName } from '../../link-command.ts';
import { linkChangeSchema } from '../../link-result.ts';
import { text } from './links.messages.ts';

export const linksMove = defineCommand({
  name: 'links move',
  summary: text.move.summary,
  description: text.move.description,
  args: { crm: { help: text.crm, required: true }, record: { help: text.record, required: true } },
  flags: linkFlags,
  examples: [
    'tierlink links move 001A2 "Acme Partners" --dry-run',
    'tierlink links move 001A2 "Acme Partners" --reason "Entered twice in the CRM"',
  ],
  result: linkChangeSchema,
  run: async (call) => {
    const result = await changeLink('move', call);
    const back = text.nextBack(result.crmId, result.before.recordId ?? '');
    return { result, next: call.flags.dryRun ? [] : [text.next, back] };
  },
  show: (change, screen) => {
    const say = change.dryRun ? text.move.tried : text.move.done;
    screen.line(say(change.crmId, sideName(change.before), sideName(change.after)));
    showConsequences(change, screen);
  },
});
