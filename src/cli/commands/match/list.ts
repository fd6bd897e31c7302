import { z } from 'zod';
import { matchedEntities } from '../../../model/match-keys.ts';
import { matchStates } from '../../../model/states.ts';
import type { MatchState } from '../../../sync/match/decide.ts';
import { listMatches } from '../../../sync/match/matches.ts';
import { defineCommand } from '../../command.ts';
import { choiceFlag } from '../../flags.ts';
import { refuseUnknownPlace } from '../../known-words.ts';
import { matchSchema, nameOf } from '../../match-result.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './match.messages.ts';

export const matchList = defineCommand({
  name: 'match list',
  summary: text.list.summary,
  flags: {
    entity: choiceFlag('ENTITY', text.list.entity, matchedEntities),
    state: choiceFlag('STATE', text.list.state, Object.keys(matchStates) as MatchState[]),
  },
  examples: [
    'tierlink match list',
    'tierlink match list --state refused',
    'tierlink match list --connection acquired',
  ],
  result: z.strictObject({ matches: z.array(matchSchema) }),
  run: async ({ flags, global, app }) => {
    const opened = await app();
    const { connection } = global;
    await refuseUnknownPlace(opened, 'match list', { connection });
    const found = await listMatches(opened.store, { ...flags, connection });
    const matches =
      flags.state === undefined ? found.filter(({ state }) => state === 'open' || state === 'joined') : found;
    const open = matches.find(({ state }) => state === 'open');
    const { nextShow, nextAccept, nextRefuse } = text.list;
    const next = open === undefined ? [] : [nextShow, nextAccept, nextRefuse].map((line) => line(open.id));
    return { result: { matches }, next };
  },
  show: ({ matches }, screen) => {
    if (matches.length === 0) {
      screen.line(text.list.none);
      return;
    }
    screen.table(
      text.list.columns.map((title, index) => ({ title, wrap: index === 3 || index === 5 })),
      matches.map((match) => [
        match.id,
        match.entity,
        stateWord(screen, 'match', match.state),
        nameOf(match.one),
        text.places(match.one.connections),
        nameOf(match.other),
        text.places(match.other.connections),
        text.agreed(match.agreed),
        screen.instant(match.since),
      ]),
    );
  },
});
