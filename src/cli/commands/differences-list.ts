import { z } from 'zod';
import { listDifferences } from '../../sync/differences.ts';
import { defineCommand } from '../command.ts';
import { textFlag } from '../flags.ts';
import { formatValue } from '../format.ts';
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
      }),
    ),
  }),
  run: async ({ flags, global, app }) => {
    const { store } = await app();
    const found = await listDifferences(store, { connection: global.connection, object: flags.object });
    const names = new Map(
      (await store.query<{ id: string; name: string }>('select id, name from tierlink.partner')).map(
        (row) => [row.id, row.name],
      ),
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
    }));
    const [first] = differences;
    return {
      result: { differences },
      next: first === undefined ? [] : text.list.next(first.name ?? first.crmId),
    };
  },
  show: ({ differences }, screen) => {
    if (differences.length === 0) {
      screen.line(text.list.none);
      return;
    }
    screen.table(
      text.list.columns.map((title) => ({ title })),
      differences.map((each) => [
        each.name ?? `${each.object} ${each.crmId}`,
        each.attribute,
        text.list.kinds[each.kind] ?? each.kind,
        formatValue(each.ours),
        formatValue(each.theirs),
        screen.instant(each.since),
      ]),
    );
  },
});
