import { z } from 'zod';
import { groupRejects, listHeld } from '../../sync/rejects.ts';
import { defineCommand } from '../command.ts';
import { switchFlag, textFlag } from '../flags.ts';
import { formatCount } from '../format.ts';
import { refuseUnknownCode, refuseUnknownPlace } from '../known-words.ts';
import type { Screen } from '../screen.ts';
import { stateWord } from '../state-words.ts';
import { text } from './rejects.messages.ts';

const groupSchema = z.strictObject({
  code: z.string(),
  direction: z.enum(['in', 'out']),
  state: z.enum(['invalid', 'rejected']),
  connection: z.string(),
  object: z.string(),
  field: z.string(),
  count: z.int(),
  meaning: z.string(),
  owner: z.string(),
  retry: z.string(),
  retryAt: z.string().nullable(),
  next: z.string(),
  ids: z.array(z.string()),
});
const heldSchema = z.strictObject({
  connection: z.string(),
  object: z.string(),
  entity: z.string(),
  crmId: z.string(),
  attribute: z.string(),
  waitsFor: z.string(),
  wholeRecord: z.boolean(),
  since: z.string(),
});
const resultSchema = z.strictObject({
  held: z.boolean(),
  groups: z.array(groupSchema),
  records: z.array(heldSchema),
});
type Result = z.infer<typeof resultSchema>;

export const rejectsList = defineCommand({
  name: 'rejects list',
  summary: text.list.summary,
  flags: {
    object: textFlag('OBJECT', text.list.object),
    code: textFlag('CODE', text.list.code),
    run: textFlag('RUN', text.list.run),
    held: switchFlag(text.list.held),
  },
  examples: ['tierlink rejects list', 'tierlink rejects list --run r-000012', 'tierlink rejects list --held'],
  result: resultSchema,
  run: async ({ flags, global, app }) => {
    const opened = await app();
    const { store } = opened;
    const filter = { connection: global.connection, object: flags.object };
    await refuseUnknownPlace(opened, 'rejects list', filter);
    refuseUnknownCode(flags.code, 'rejects list');
    if (flags.held) {
      const rows = await listHeld(store, withoutBlanks(filter));
      const records = rows.map((row) => ({
        connection: row.connection,
        object: row.object,
        entity: row.entity,
        crmId: row.crm_id,
        attribute: row.attribute,
        waitsFor: row.waits_for,
        wholeRecord: row.whole_record,
        since: row.since,
      }));
      const next = records.length === 0 ? [] : [...text.list.nextHeld];
      return { result: { held: true, groups: [], records }, next };
    }
    const groups = await groupRejects(store, { ...filter, code: flags.code, runId: flags.run });
    return {
      result: { held: false, groups, records: [] },
      next: groups.length === 0 ? [] : [text.list.nextShow, text.list.nextRetry],
    };
  },
  show: (result, screen) => (result.held ? showHeld(result, screen) : showGroups(result, screen)),
});

function showGroups({ groups }: Result, screen: Screen): void {
  if (groups.length === 0) {
    screen.line(text.list.none);
    return;
  }
  screen.table(
    [
      { title: 'CODE' },
      { title: 'COUNT', align: 'right' },
      { title: 'STATE' },
      { title: text.list.connection, differing: true },
      { title: 'WHERE' },
      { title: 'MEANING', wrap: true },
      { title: 'WHOSE JOB' },
      { title: 'RETRY' },
      { title: 'FIRST' },
    ],
    groups.map((group) => [
      group.code,
      formatCount(group.count),
      stateWord(screen, 'record', group.state),
      group.connection,
      group.field === '' ? group.object : `${group.object}.${group.field}`,
      group.meaning,
      group.owner,
      group.retryAt === null ? group.retry : screen.instant(group.retryAt),
      group.ids[0] ?? '',
    ]),
  );
  screen.line();
  screen.line(text.list.next);
  screen.facts([...new Map(groups.map((group) => [group.code, group.next])).entries()]);
}

function showHeld({ records }: Result, screen: Screen): void {
  if (records.length === 0) {
    screen.line(text.list.noneHeld);
    return;
  }
  screen.table(
    [{ title: text.list.connection, differing: true }, ...text.list.heldColumns.map((title) => ({ title }))],
    records.map((row) => [
      row.connection,
      `${row.object} ${row.crmId}`,
      row.entity,
      row.waitsFor.replace(':', ' '),
      row.attribute,
      row.wholeRecord ? text.list.leftOut : text.list.blank,
      screen.instant(row.since),
    ]),
  );
  screen.line();
  screen.line(text.list.heldHint);
}

function withoutBlanks(filter: { connection: string | undefined; object: string | undefined }) {
  return {
    ...(filter.connection === undefined ? {} : { connection: filter.connection }),
    ...(filter.object === undefined ? {} : { object: filter.object }),
  };
}
