import { z } from 'zod';
import { defineCommand } from '../../command.ts';
import { csvMark } from '../../csv.ts';
import { switchFlag, textFlag } from '../../flags.ts';
import { planCsv } from '../../plan-csv.ts';
import { readPlan, writeView } from '../../plan-files.ts';
import { planHtml } from '../../plan-html.ts';
import { planSchema, shownPlan } from '../../plan-result.ts';
import { showPlan } from '../../plan-screen.ts';
import { formatInstant } from '../../screen.ts';
import { text } from './plan.messages.ts';

export const planShow = defineCommand({
  name: 'plan show',
  summary: text.show.summary,
  args: { file: { help: text.show.file, required: true } },
  flags: {
    all: switchFlag(text.show.all),
    html: textFlag('OUT', text.show.html),
    csv: textFlag('OUT', text.show.csv),
  },
  examples: [
    'tierlink plan show changes.plan',
    'tierlink plan show changes.plan --html changes.html --csv changes.csv',
  ],
  result: planSchema.extend({
    written: z.array(z.string()).describe('Files that were written to look at the plan in.'),
    all: z.boolean().describe('Whether people are shown every record; items has all of them anyway.'),
  }),
  run: async ({ args: { file }, flags, zone }) => {
    const plan = readPlan(file);
    const result = shownPlan(plan, file);
    const instant = (iso: string | null | undefined) => (iso ? formatInstant(iso, zone()) : '-');
    if (flags.html !== undefined) await writeView(flags.html, planHtml(result, instant));
    if (flags.csv !== undefined) await writeView(flags.csv, csvMark + planCsv(plan));
    const written = [flags.html, flags.csv].flatMap((each) => each ?? []);
    return {
      result: { ...result, written, all: flags.all },
      next: flags.csv === undefined ? [] : [text.show.nextTable(file, flags.csv)],
    };
  },
  show: (result, screen) => {
    if (result.written.length === 0) showPlan(result, screen, { all: result.all });
    for (const file of result.written) screen.line(text.show.saved(file));
  },
});
