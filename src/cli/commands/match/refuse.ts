import { engineOf } from '../../../app/engine.ts';
import { refuseMatch } from '../../../sync/match/decide.ts';
import { findMatch } from '../../../sync/match/matches.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { matchSchema } from '../../match-result.ts';
import { currentActor } from '../../who.ts';
import { text } from './match.messages.ts';

export const matchRefuse = defineCommand({
  name: 'match refuse',
  summary: text.refuse.summary,
  args: { id: { help: text.id, required: true } },
  flags: { reason: textFlag('TEXT', text.refuse.reason) },
  examples: ['tierlink match refuse m-000012 --reason "Two companies of one group"'],
  result: matchSchema,
  run: async ({ args, flags, app, prompt }) => {
    const opened = await app();
    await findMatch(opened.store, args.id);
    const reason = flags.reason ?? (await prompt.ask({ flag: '--reason', label: text.refuse.ask }));
    await refuseMatch(engineOf(opened, { actor: currentActor() }), args.id, reason);
    return { result: await findMatch(opened.store, args.id) };
  },
  show: ({ id }, screen) => screen.line(text.refuse.done(id)),
});
