import { z } from 'zod';
import { listRejects } from '../../../sync/push/rejects.ts';
import { defineCommand } from '../../command.ts';
import { csvMark } from '../../csv.ts';
import { switchFlag, textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { refuseUnknownCode, refuseUnknownPlace } from '../../known-words.ts';
import { writeWholeFile } from '../../out-file.ts';
import { rejectsCsv } from '../../rejects-csv.ts';
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
    const csv = await rejectsCsv(opened, rejects);
    const file = flags.csv === undefined || flags.csv === '-' ? null : flags.csv;
    const how = { force: flags.force, command: 'rejects export' };
    if (file !== null) await writeWholeFile(file, how, (write) => write(csvMark + csv));
    const next = file === null || rejects.length === 0 ? [] : [text.export.next(file)];
    return { result: { records: rejects.length, file, csv: file === null ? csv : null }, next };
  },
  show: ({ records, file, csv }, screen) => {
    if (csv !== null) screen.text(csv);
    else screen.line(text.export.done(formatMany(records, 'record'), file!));
  },
});
