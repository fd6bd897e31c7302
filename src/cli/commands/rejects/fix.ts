import { engineOf } from '../../../app/engine.ts';
import { makeFixPlan } from '../../../plan/fixes.ts';
import { readText } from '../../../sync/import/csv-read.ts';
import { listRejects } from '../../../sync/push/rejects.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { readBytes, writePlan } from '../../plan-files.ts';
import { planSchema, shownPlan } from '../../plan-result.ts';
import { showPlan } from '../../plan-screen.ts';
import { fixesFrom, rejectsRowsError, type TypedFix } from '../../rejects-csv.ts';
import { currentActor } from '../../who.ts';
import { text as planText } from '../plan/plan.messages.ts';
import { text } from './rejects.messages.ts';

export const rejectsFix = defineCommand({
  name: 'rejects fix',
  summary: text.fix.summary,
  description: text.fix.description,
  args: { file: { help: text.fix.file, required: true } },
  flags: { out: textFlag('FILE', text.fix.out) },
  examples: ['tierlink rejects fix rejects.csv --out fixes.plan', 'tierlink rejects fix rejects.csv'],
  result: planSchema,
  run: async ({ args: { file }, flags: { out }, app, signal }) => {
    const table = { file, text: readText(file, readBytes(file)) };
    const opened = await app();
    const fixes = fixesFrom(await listRejects(opened.store), table);
    const engine = engineOf(opened, { actor: currentActor(), signal });
    const { value, stopped } = await makeFixPlan({ engine, configured: opened.connections }, fixes);
    if (value === undefined) throw stopped;
    if (value.plan === null) {
      const errors = value.refused.map(({ fix, reason }) => {
        const { line, typed } = fix as TypedFix;
        return { line, column: 'NEW_VALUE', value: typed, reason };
      });
      const byLine = errors.sort((left, right) => left.line - right.line);
      throw rejectsRowsError(byLine, table);
    }
    if (out !== undefined) await writePlan(out, value.plan);
    return {
      result: shownPlan(value.plan, out ?? null),
      next:
        out === undefined
          ? [text.fix.nextSave(file)]
          : [planText.make.nextShow(out), planText.make.nextApply(out)],
    };
  },
  show: (result, screen) => {
    showPlan(result, screen);
    if (result.file !== null)
      screen.line(planText.make.saved(result.file, screen.instant(result.plan.validUntil)));
  },
});
