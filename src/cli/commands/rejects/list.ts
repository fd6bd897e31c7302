import { z } from 'zod';
import { groupRejects, listHeld, listRejects } from '../../../sync/push/rejects.ts';
import { defineCommand } from '../../command.ts';
import { switchFlag, textFlag } from '../../flags.ts';
import { formatCount, formatMany } from '../../format.ts';
import { refuseUnknownCode, refuseUnknownPlace } from '../../known-words.ts';
import type { Screen } from '../../screen.ts';
import { stateWord } from '../../state-words.ts';
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
  ignored: z.boolean().describe('Whether a person leaves them as they are.'),
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
  ignoredCount: z.int().describe('How many more of them a person leaves as they are.'),
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
    ignored: switchFlag(text.list.ignored),
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
      return { result: { held: true, ignoredCount: 0, groups: [], records }, next };
    }
    const asked = { ...filter, code: flags.code, runId: flags.run };
    const groups = (await groupRejects(store, { ...asked, ignored: flags.ignored })).map((group) => ({
      ...group,
      ignored: flags.ignored,
    }));
    const ignored = flags.ignored ? [] : await listRejects(store, { ...asked, ignored: true });
    return {
      result: { held: false, ignoredCount: ignored.length, groups, records: [] },
      next: groups.length === 0 ? [] : [text.list.nextShow, text.list.nextRetry],
    };
  },
  show: (result, screen) => (result.held ? showHeld(result, screen) : showGroups(result, screen)),
});

/** What waits for a person and what heals by itself are two lists: nobody has to look for the one in the other. */
function showGroups({ groups, ignoredCount }: Result, screen: Screen): void {
  const forPeople = groups.filter(({ retry }) => retry !== 'by itself');
  const healing = groups.filter(({ retry }) => retry === 'by itself');
  if (groups.length === 0) screen.line(text.list.none);
  if (forPeople.length > 0) {
    screen.line(screen.tone('strong', text.list.forPeople));
    showTable(forPeople, text.list.retryColumn, screen);
    screen.line();
    screen.line(text.list.next);
    screen.facts([...new Map(forPeople.map((group) => [group.code, group.next])).entries()]);
  }
  if (healing.length > 0) {
    if (forPeople.length > 0) screen.line();
    screen.line(screen.tone('strong', text.list.healing));
    showTable(healing, text.list.nextTry, screen);
  }
  if (ignoredCount === 0) return;
  if (groups.length > 0) screen.line();
  screen.line(text.list.ignoredToo(formatMany(ignoredCount, 'record')));
}

function showTable(groups: Result['groups'], retryTitle: string, screen: Screen): void {
  screen.table(
    [
      { title: 'CODE' },
      { title: 'COUNT', align: 'right' },
      { title: 'STATE' },
      { title: text.list.connection, differing: true },
      { title: 'WHERE' },
      { title: 'MEANING', wrap: true },
      { title: 'WHOSE JOB' },
      { title: retryTitle },
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
