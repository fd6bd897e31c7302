import { z } from 'zod';
import { engineOf } from '../../../app/engine.ts';
import { isTierlinkError, TierlinkError } from '../../../errors.ts';
import { matchRules } from '../../../model/match-keys.ts';
import type { Engine } from '../../../sync/engine.ts';
import { acceptMatch } from '../../../sync/match/decide.ts';
import type { JoinedMatch } from '../../../sync/match/join.ts';
import { listMatches, type Match, withoutChoice } from '../../../sync/match/matches.ts';
import { defineCommand } from '../../command.ts';
import { choiceFlag, switchFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { idsOf } from '../../ids.ts';
import { joinedSchema, shownJoined } from '../../match-result.ts';
import { currentActor } from '../../who.ts';
import { text } from './match.messages.ts';

export const matchAccept = defineCommand({
  name: 'match accept',
  summary: text.accept.summary,
  description: text.accept.description,
  args: { id: { help: text.accept.ids, required: false, many: true } },
  flags: {
    all: switchFlag(text.accept.all),
    rule: choiceFlag('RULE', text.accept.rule, matchRules),
  },
  examples: ['tierlink match accept m-000012 m-000013', 'tierlink match accept --all --rule vat'],
  /** left: proposals meant by --all that a person has to decide one by one. */
  result: z.strictObject({ joined: z.array(joinedSchema), left: z.int() }),
  run: async ({ args, flags, app }) => {
    const opened = await app();
    const engine = engineOf(opened, { actor: currentActor() });
    const named = idsOf(args.id);
    if (named.length > 0) {
      const joined: JoinedMatch[] = [];
      for (const id of named) joined.push(await acceptMatch(engine, id));
      return { result: { joined: joined.map(shownJoined), left: 0 }, next: [text.accept.next] };
    }
    if (!flags.all || flags.rule === undefined)
      throw new TierlinkError('USAGE', { reason: text.accept.which, command: 'match accept' });
    // What is proposed under another rule is a choice, too.
    const open = await listMatches(opened.store, { state: 'open' });
    const isMeant = ({ rule }: Match) => rule === flags.rule;
    const joined = await acceptEach(
      engine,
      withoutChoice(open)
        .filter(isMeant)
        .map(({ id }) => id),
    );
    const result = { joined: joined.map(shownJoined), left: open.filter(isMeant).length - joined.length };
    return { result, next: [text.accept.next] };
  },
  show: ({ joined, left }, screen) => {
    screen.line(text.accept.done(formatMany(joined.length, 'match', 'matches')));
    for (const { joinedName, survivorName } of joined)
      screen.line(text.accept.pair(joinedName, survivorName));
    if (left > 0) screen.line(text.accept.left(formatMany(left, 'proposal')));
  },
});

/** One may have become part of another, or be no pair any more, through those before it. */
async function acceptEach(engine: Engine, ids: readonly string[]): Promise<JoinedMatch[]> {
  const joined: JoinedMatch[] = [];
  for (const id of ids) {
    try {
      joined.push(await acceptMatch(engine, id));
    } catch (error) {
      if (!isTierlinkError(error, 'MATCH_UNKNOWN') && !isTierlinkError(error, 'MATCH_OUTDATED')) throw error;
    }
  }
  return joined;
}
