import { engineOf } from '../../../app/engine.ts';
import { findPartner } from '../../../app/partners.ts';
import { TierlinkError } from '../../../errors.ts';
import { causeNames } from '../../../model/mismatch-causes.ts';
import { planItemSchema } from '../../../plan/item.ts';
import { makePlan } from '../../../plan/make.ts';
import { defineCommand } from '../../command.ts';
import { choiceFlag, switchFlag, textFlag } from '../../flags.ts';
import { showPass } from '../../pass-progress.ts';
import { nextOf, writePlan } from '../../plan-files.ts';
import { hasChanges, planSchema, shownPlan } from '../../plan-result.ts';
import { showPlan } from '../../plan-screen.ts';
import { currentActor } from '../../who.ts';
import { text } from './plan.messages.ts';

const kinds = planItemSchema.options.flatMap(({ shape }) =>
  'options' in shape.kind ? [...shape.kind.options] : [...shape.kind.values],
);

export const plan = defineCommand({
  name: 'plan',
  summary: text.make.summary,
  description: text.make.description,
  flags: {
    object: textFlag('OBJECT', text.make.object),
    partner: textFlag('PARTNER', text.make.partner),
    kind: choiceFlag('KIND', text.make.kind, kinds),
    cause: choiceFlag('CAUSE', text.make.cause, causeNames),
    out: textFlag('FILE', text.make.out),
    exitCode: switchFlag(text.make.exitCode),
  },
  examples: [
    'tierlink plan --out changes.plan',
    'tierlink plan --partner "Northwind Integrators"',
    'tierlink plan --connection prod --kind conflict --exit-code',
  ],
  result: planSchema,
  run: async ({ flags, global, app, progress, signal }) => {
    const opened = await app();
    const connections =
      global.connection === undefined ? opened.connections : [opened.connection(global.connection)];
    if (connections.length === 0) throw new TierlinkError('CONNECTION_NONE');
    const partner =
      flags.partner === undefined ? undefined : (await findPartner(opened.store, flags.partner)).id;
    const run = await makePlan({
      engine: engineOf(opened, {
        actor: currentActor(),
        signal,
        onProgress: showPass(progress, connections.length),
      }),
      connections,
      configured: opened.connections,
      filter: { object: flags.object, partner, kind: flags.kind, cause: flags.cause },
    });
    progress.stop();
    if (run.value === undefined) throw run.stopped;
    if (flags.out !== undefined) await writePlan(flags.out, run.value);
    const result = shownPlan(run.value, flags.out ?? null);
    const isChanged = hasChanges(result);
    const next = flags.out === undefined ? [text.make.nextSave] : nextOf(run.value, flags.out);
    return { result, exit: flags.exitCode && isChanged ? 3 : 0, next: isChanged ? next : [] };
  },
  show: (result, screen) => {
    showPlan(result, screen);
    if (result.file !== null)
      screen.line(text.make.saved(result.file, screen.instant(result.plan.validUntil)));
  },
});
