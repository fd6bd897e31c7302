import { engineOf } from '../../app/engine.ts';
import { makeUndo } from '../../plan/undo.ts';
import { defineCommand } from '../command.ts';
import { textFlag } from '../flags.ts';
import { showPass } from '../pass-progress.ts';
import { writePlan } from '../plan-files.ts';
import { planSchema, shownPlan } from '../plan-result.ts';
import { showPlan } from '../plan-screen.ts';
import { currentActor } from '../who.ts';
import { text } from './plan/plan.messages.ts';

export const undo = defineCommand({
  name: 'undo',
  summary: text.undo.summary,
  description: text.undo.description,
  args: { run: { help: text.undo.run, required: true } },
  flags: { out: textFlag('FILE', text.make.out) },
  examples: ['tierlink undo r-000207 --out undo.plan'],
  result: planSchema,
  run: async ({ args, flags, app, progress, signal }) => {
    const opened = await app();
    const run = await makeUndo({
      engine: engineOf(opened, {
        actor: currentActor(),
        signal,
        onProgress: showPass(progress, opened.connections.length),
      }),
      connections: opened.connections,
      configured: opened.connections,
      undoes: args.run,
    });
    progress.stop();
    if (run.value === undefined) throw run.stopped;
    if (flags.out !== undefined) await writePlan(flags.out, run.value);
    const { out } = flags;
    return {
      result: shownPlan(run.value, out ?? null),
      next:
        out === undefined
          ? [text.undo.nextSave(args.run)]
          : [text.make.nextShow(out), text.make.nextApply(out)],
    };
  },
  show: (result, screen) => {
    showPlan(result, screen);
    if (result.file !== null)
      screen.line(text.make.saved(result.file, screen.instant(result.plan.validUntil)));
  },
});
