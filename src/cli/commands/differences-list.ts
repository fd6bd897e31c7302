import { z } from 'zod';
import { type ListedDifference, listWithDecisions } from '../../app/open-differences.ts';
import { isTierDifference } from '../../sync/differences.ts';
import { recordNames } from '../../sync/record-names.ts';
import { defineCommand } from '../command.ts';
import { textFlag } from '../flags.ts';
import { formatValue } from '../format.ts';
import { refuseUnknownPlace } from '../known-words.ts';
import { text } from './differences.messages.ts';

export const differencesList = defineCommand({
  name: 'differences list',
  summary: text.list.summary,
  flags: { object: textFlag('OBJECT', text.list.object) },
  examples: ['tierlink differences list', 'tierlink differences list --object Account --json'],
  result: z.strictObject({
    differences: z.array(
      z.strictObject({
        connection: z.string(),
        object: z.string(),
        crmId: z.string(),
        entity: z.string(),
        recordId: z.string(),
        name: z.string().nullable(),
        attribute: z.string(),
        kind: z.enum(['drift', 'conflict']),
        ours: z.unknown(),
        theirs: z.unknown(),
        theirUser: z.string().nullable(),
        theirAt: z.string().nullable(),
        since: z.string(),
        /** The override that settles it with the next sync; null: still to be decided. */
        decided: z.strictObject({ until: z.string() }).nullable(),
      }),
    ),
  }),
  run: async ({ flags, global, app }) => {
    const opened = await app();
    const filter = { connection: global.connection, object: flags.object };
    await refuseUnknownPlace(opened, 'differences list', filter);
    const found = await listWithDecisions(opened, filter);
    const names = await recordNames(
      opened.store,
      'partner',
      found.map((each) => each.record_id),
    );
    const differences = found.map((each) => ({
      connection: each.connection,
      object: each.object,
      crmId: each.crm_id,
      entity: each.entity,
      recordId: each.record_id,
      name: names.get(each.record_id) ?? null,
      attribute: each.attribute,
      kind: each.kind,
      ours: each.ours,
      theirs: each.theirs,
      theirUser: each.their_user,
      theirAt: each.their_at,
      since: each.since,
      decided: each.decided,
    }));
    return { result: { differences }, next: nextSteps(found, names) };
  },
  show: ({ differences }, screen) => {
    if (differences.length === 0) {
      screen.line(text.list.none);
      return;
    }
    screen.table(
      text.list.columns.map((title, index) => ({ title, differing: index === 1, wrap: index === 7 })),
      differences.map((each) => [
        each.name ?? `${each.object} ${each.crmId}`,
        each.connection,
        each.attribute,
        text.list.kinds[each.kind] ?? each.kind,
        formatValue(each.ours),
        formatValue(each.theirs),
        screen.instant(each.since),
        each.decided === null ? '' : text.list.decided(each.decided.until),
      ]),
    );
  },
});

/** How to decide the oldest one; what was decided already only waits for the next sync. */
function nextSteps(found: readonly ListedDifference[], names: ReadonlyMap<string, string>): string[] {
  const undecided = found.filter(({ decided }) => decided === null);
  const [first] = undecided;
  if (first === undefined) return found.length === 0 ? [] : [text.list.nextSync];
  const record = names.get(first.record_id) ?? first.crm_id;
  const isTier = undecided.some((each) => each.record_id === first.record_id && isTierDifference(each));
  return [text.list.nextOurs(record), isTier ? text.list.nextOverride(record) : text.list.nextTheirs(record)];
}
