import { existsSync } from 'node:fs';
import { z } from 'zod';
import { installNeeds, planInstall } from '../../../app/install.ts';
import { TierlinkError } from '../../../errors.ts';
import {
  type InstallPlan,
  installPlanSchema,
  installPlanText,
  isInstallPlan,
} from '../../../install/file.ts';
import { isWrite } from '../../../install/steps.ts';
import { readTextFile } from '../../../text-file.ts';
import { defineCommand } from '../../command.ts';
import { switchFlag, textFlag } from '../../flags.ts';
import { showInstallPlan } from '../../install-screen.ts';
import { writeWholeFile } from '../../out-file.ts';
import { text } from './install.messages.ts';

export const installPlan = defineCommand({
  name: 'install plan',
  summary: text.plan.summary,
  description: text.plan.description,
  flags: {
    out: textFlag('FILE', text.plan.out),
    withOptional: switchFlag(text.withOptional),
    exitCode: switchFlag(text.plan.exitCode),
  },
  examples: ['tierlink install plan --connection prod', 'tierlink install plan --out install.plan'],
  result: z.strictObject({
    plan: installPlanSchema.describe('What is needed beside what is there.'),
    file: z.string().nullable().describe('File that keeps the plan; null where none was asked for.'),
    leftOut: z.array(z.string()).describe('Optional objects that the org does not have.'),
  }),
  run: async ({ flags, global, app }) => {
    if (flags.out !== undefined) refuseOther(flags.out);
    const opened = await app();
    const connection = opened.connection(global.connection);
    const { withOptional } = flags;
    const needs = await installNeeds(opened, connection, { withOptional });
    const plan = await planInstall(opened, connection, { ...needs, withOptional });
    if (flags.out !== undefined) await save(flags.out, plan);
    const isToDo = plan.steps.some(isWrite);
    const { leftOut } = needs;
    return {
      result: { plan, file: flags.out ?? null, leftOut },
      exit: flags.exitCode && isToDo ? 3 : 0,
      warnings: leftOut.length === 0 ? [] : [text.leftOut(leftOut.join(', '))],
      next: isToDo ? nextSteps(connection.alias, flags.out) : [],
    };
  },
  show: ({ plan, file }, screen) => {
    showInstallPlan(plan, screen);
    screen.line();
    if (!plan.steps.some(isWrite)) screen.line(text.nothing);
    if (file !== null) screen.line(text.saved(file));
  },
});

/** Throws USAGE where something else than an older plan is in its place. */
function refuseOther(file: string): void {
  if (!existsSync(file) || isInstallPlan(readTextFile(file))) return;
  throw new TierlinkError('USAGE', { reason: text.badOut(file), command: 'install plan' });
}

async function save(file: string, plan: InstallPlan): Promise<void> {
  const replaces = { force: true, command: 'install plan' };
  await writeWholeFile(file, replaces, (write) => write(installPlanText(plan)));
}

function nextSteps(alias: string, file: string | undefined): string[] {
  const apply = file === undefined ? text.nextSave(alias) : text.nextApply(file);
  return [apply, text.nextSource(alias)];
}
