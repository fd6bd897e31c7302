import { z } from 'zod';
import { ignoreRejects } from '../../../sync/push/rejects.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { selectedRejects, selectionArgs, selectionFlags } from '../../reject-selection.ts';
import { currentActor } from '../../who.ts';
import { text } from './rejects.messages.ts';

export const rejectsIgnore = defineCommand({
  name: 'rejects ignore',
  summary: text.ignore.summary,
  args: selectionArgs,
  flags: { ...selectionFlags, reason: textFlag('TEXT', text.ignore.reason) },
  examples: [
    'tierlink rejects ignore x-000012 --reason "A test account"',
    'tierlink rejects ignore --code CRM_PICKLIST --object Lead --reason "Old leads stay as they are"',
  ],
  result: z.strictObject({ ignored: z.int().describe('How many are left as they are from now on.') }),
  run: async (call) => {
    const app = await call.app();
    const filter = await selectedRejects(app, call, 'rejects ignore');
    const reason =
      call.flags.reason ?? (await call.prompt.ask({ flag: '--reason', label: text.ignore.asks }));
    const { store, clock } = app;
    const actor = currentActor();
    const ignored = await store.transaction((tx) => ignoreRejects(tx, { filter, clock, actor, reason }));
    return { result: { ignored }, next: ignored === 0 ? [] : [text.ignore.next] };
  },
  show: ({ ignored }, screen) =>
    screen.line(
      ignored === 0 ? text.ignore.nothing : text.ignore.done(formatMany(ignored, 'record is', 'records are')),
    ),
});
