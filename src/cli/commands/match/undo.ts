import { z } from 'zod';
import { engineOf } from '../../../app/engine.ts';
import { findMatch } from '../../../sync/match/matches.ts';
import { undoMatch } from '../../../sync/match/undo.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { matchSchema, nameOf } from '../../match-result.ts';
import { currentActor } from '../../who.ts';
import { text } from './match.messages.ts';

export const matchUndo = defineCommand({
  name: 'match undo',
  summary: text.undo.summary,
  description: text.undo.description,
  args: { id: { help: text.id, required: true } },
  flags: { reason: textFlag('TEXT', text.undo.reason) },
  examples: ['tierlink match undo m-000012 --reason "Same number by mistake"'],
  result: matchSchema.extend({ reads: z.array(z.string()) }),
  run: async ({ args, flags, app }) => {
    const opened = await app();
    const engine = engineOf(opened, { actor: currentActor() });
    const { id, reads } = await undoMatch(engine, args.id, flags.reason ?? null);
    const match = await findMatch(opened.store, id);
    return { result: { ...match, reads }, next: [text.undo.next] };
  },
  show: ({ one, other, survivor, reads }, screen) => {
    const [stayed, joined] = one.id === survivor ? [one, other] : [other, one];
    screen.line(text.undo.done(nameOf(joined), nameOf(stayed)));
    screen.line(text.undo.reads(reads.join(', ')));
  },
});
