import { z } from 'zod';
import { type AttributeValue, entities } from '../../../model/entities.ts';
import { findMatch } from '../../../sync/match/matches.ts';
import { loadRecords } from '../../../sync/records/record-rows.ts';
import { defineCommand } from '../../command.ts';
import { formatValue } from '../../format.ts';
import { matchSchema } from '../../match-result.ts';
import { stateWord } from '../../state-words.ts';
import { text } from './match.messages.ts';

export const matchShow = defineCommand({
  name: 'match show',
  summary: text.show.summary,
  args: { id: { help: text.id, required: true } },
  examples: ['tierlink match show m-000012'],
  result: matchSchema.extend({
    values: z.array(z.strictObject({ attribute: z.string(), one: z.unknown(), other: z.unknown() })),
  }),
  run: async ({ args, app }) => {
    const { store } = await app();
    const match = await findMatch(store, args.id);
    const rows = await loadRecords(store, match.entity, [match.one.id, match.other.id]);
    const valuesOf = (id: string): Record<string, AttributeValue> => rows.get(id)?.values ?? {};
    const [one, other] = [valuesOf(match.one.id), valuesOf(match.other.id)];
    // A reference is an id of ours, which tells a person nothing.
    const told = Object.keys({ ...one, ...other }).filter(
      (attribute) => entities[match.entity].attributes[attribute]?.type !== 'ref',
    );
    const values = told
      .map((attribute) => ({ attribute, one: one[attribute] ?? null, other: other[attribute] ?? null }))
      .filter((each) => each.one !== null || each.other !== null);
    return { result: { ...match, values }, next: nextSteps(match) };
  },
  show: (match, screen) => {
    const { show } = text;
    screen.line(`${match.id} ${stateWord(screen, 'match', match.state)}`);
    screen.facts([
      [show.because, text.agreed(match.agreed)],
      [show.since, screen.instant(match.since)],
      ...(match.decidedBy === null
        ? []
        : [[show.decided, show.decidedBy(match.decidedBy, screen.instant(match.decidedAt))] as const]),
      ...(match.reason === null ? [] : [[show.reason, match.reason] as const]),
    ]);
    screen.line();
    const named = ({ id }: { id: string }) => (id === match.survivor ? show.stays(id) : id);
    screen.table(
      show.columns.map((title) => ({ title })),
      [
        [show.record, named(match.one), named(match.other)],
        [show.in, text.places(match.one.connections), text.places(match.other.connections)],
        ...match.values.map(({ attribute, one, other }) => [attribute, formatValue(one), formatValue(other)]),
      ],
    );
  },
});

function nextSteps({ id, state }: { id: string; state: string }): string[] {
  if (state === 'joined') return [text.show.nextUndo(id)];
  const accept = text.list.nextAccept(id);
  return state === 'open' ? [accept, text.list.nextRefuse(id)] : [accept];
}
