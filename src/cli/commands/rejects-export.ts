import { z } from 'zod';
import type { App } from '../../app.ts';
import type { EntityName } from '../../model/entities.ts';
import { recordAddress } from '../../sync/record-address.ts';
import { recordNames } from '../../sync/record-names.ts';
import { adviceOf, listRejects, type RejectRow } from '../../sync/rejects.ts';
import { defineCommand } from '../command.ts';
import { csvText } from '../csv.ts';
import { switchFlag, textFlag } from '../flags.ts';
import { formatMany } from '../format.ts';
import { refuseUnknownCode, refuseUnknownPlace } from '../known-words.ts';
import { writeWholeFile } from '../out-file.ts';
import { text } from './rejects.messages.ts';

export const rejectsExport = defineCommand({
  name: 'rejects export',
  summary: text.export.summary,
  flags: {
    csv: textFlag('FILE', text.export.csv),
    code: textFlag('CODE', text.list.code),
    object: textFlag('OBJECT', text.list.object),
    force: switchFlag(text.export.force),
  },
  examples: ['tierlink rejects export --csv rejects.csv', 'tierlink rejects export > rejects.csv'],
  result: z.strictObject({
    records: z.int().describe('How many rows there are.'),
    file: z.string().nullable().describe('Path of the file; null where it is not in one.'),
    csv: z.string().nullable().describe('The rows as CSV; null where they are in a file.'),
  }),
  run: async ({ flags, global, app }) => {
    const opened = await app();
    const { connection } = global;
    await refuseUnknownPlace(opened, 'rejects export', { connection, object: flags.object });
    refuseUnknownCode(flags.code, 'rejects export');
    const filter = { connection, object: flags.object, code: flags.code, ignored: false };
    const rejects = await listRejects(opened.store, filter);
    const csv = csvText([[...text.export.columns], ...(await rowsOf(opened, rejects))]);
    const file = flags.csv === undefined || flags.csv === '-' ? null : flags.csv;
    const how = { force: flags.force, command: 'rejects export' };
    if (file !== null) await writeWholeFile(file, how, (write) => write(csv));
    return { result: { records: rejects.length, file, csv: file === null ? csv : null } };
  },
  show: ({ records, file, csv }, screen) => {
    if (csv !== null) screen.text(csv);
    else screen.line(text.export.done(formatMany(records, 'record'), file!));
  },
});

async function rowsOf(app: App, rejects: readonly RejectRow[]): Promise<string[][]> {
  const names = new Map<string, string>();
  for (const entity of new Set(rejects.map((row) => row.entity))) {
    const ids = rejects.flatMap((row) =>
      row.entity === entity && row.record_id !== '' ? [row.record_id] : [],
    );
    for (const [id, name] of await recordNames(app.store, entity as EntityName, ids)) names.set(id, name);
  }
  return rejects.map((row) => {
    const { connection, object, crm_id: crmId, payload } = row;
    const known = app.connections.find(({ alias }) => alias === connection);
    const advice = adviceOf(row);
    return [
      row.id,
      connection,
      object,
      crmId,
      known === undefined || crmId === '' ? '' : (recordAddress(known, { object, crmId }) ?? ''),
      names.get(row.record_id) ?? '',
      typeof payload.field === 'string' ? payload.field : row.attribute,
      payload.value === undefined || payload.value === null ? '' : String(payload.value),
      row.code,
      row.message,
      advice.next,
      advice.owner,
      row.first_at,
      String(row.attempts),
    ];
  });
}
