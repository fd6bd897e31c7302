import { z } from 'zod';
import { engineOf } from '../../../app/engine.ts';
import { installNeeds, planInstall } from '../../../app/install.ts';
import { linesOf } from '../../../app/install-lines.ts';
import { TierlinkError } from '../../../errors.ts';
import { applyInstall } from '../../../install/apply.ts';
import { type InstallPlan, parseInstallPlan, plannedStep, plannedStepSchema } from '../../../install/file.ts';
import { type InstallStep, isWrite } from '../../../install/steps.ts';
import { partId } from '../../../sync/installer.ts';
import { loadConnection } from '../../../sync/records/connections.ts';
import { readTextFile } from '../../../text-file.ts';
import { type CommandCall, defineCommand } from '../../command.ts';
import { switchFlag, textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { showHand, showSteps } from '../../install-screen.ts';
import { currentActor } from '../../who.ts';
import { text } from './install.messages.ts';

const args = { file: { help: text.apply.file, required: false } } as const;
const flags = {
  confirm: textFlag('ALIAS', text.apply.confirm),
  withOptional: switchFlag(text.withOptional),
};
type Call = CommandCall<typeof flags, typeof args>;

const resultSchema = z.strictObject({
  connection: z.string(),
  run: z.string(),
  state: z.string(),
  plan: z.string().describe('Id of the plan.'),
  resumed: z.string().nullable().describe('Run that was gone on with; null where there was none.'),
  made: z.array(plannedStepSchema).describe('What this run made or completed, in order.'),
  left: z.array(plannedStepSchema).describe('What is not there, and what a person has to do.'),
});
type Result = z.infer<typeof resultSchema>;

export const installApply = defineCommand({
  name: 'install apply',
  summary: text.apply.summary,
  description: text.apply.description,
  args,
  flags,
  examples: [
    'tierlink install apply install.plan --confirm prod',
    'tierlink install apply --connection test',
  ],
  result: resultSchema,
  run: async (call) => {
    const { args: given, progress, signal, global } = call;
    const reviewed = given.file === undefined ? null : readPlan(given.file);
    const app = await call.app();
    const connection = app.connection(reviewed?.connection ?? global.connection);
    const withOptional = reviewed?.withOptional ?? call.flags.withOptional;
    const needs = await installNeeds(app, connection, { withOptional });
    const plan = reviewed ?? (await planInstall(app, connection, { ...needs, withOptional }));
    const shown = progress.step(text.apply.step);
    const run = await applyInstall({
      engine: engineOf(app, { actor: currentActor(), signal }),
      connection: connection.alias,
      budget: connection.budget,
      installer: connection.installer(),
      parts: needs.parts,
      plan,
      file: given.file ?? null,
      confirm: await confirmed(call, connection.alias),
      onStep: (done, total) => shown.at(done, total),
    });
    progress.clear();
    if (run.value === undefined) throw run.stopped;
    const { done, steps, resumed, stoppedAt } = run.value;
    if (stoppedAt !== null)
      throw new TierlinkError('INSTALL_INTERRUPTED', {
        connection: connection.alias,
        part: partId(stoppedAt.part),
        run: run.id,
        made: formatMany(done.length, 'part'),
        left: formatMany(steps.filter(isWrite).length, 'part'),
        told: done.map(({ part }) => `\n  ${partId(part)}`).join(''),
      });
    const lineOf = linesOf(connection.mappings());
    const inPlan = (step: InstallStep) => plannedStep(step, lineOf);
    const result: Result = {
      connection: connection.alias,
      run: run.id,
      state: run.state,
      plan: plan.id,
      resumed,
      made: done.map(inPlan),
      left: steps.filter((step) => !isThere(step)).map(inPlan),
    };
    const isWhole = !result.left.some((step) => isWrite(step) || step.action === 'missing');
    return { result, exit: isWhole ? 0 : 68, next: nextSteps(result) };
  },
  show: ({ made, left, resumed, run }, screen) => {
    if (resumed !== null) screen.line(text.apply.wentOn(resumed));
    if (made.length === 0) screen.line(text.apply.nothing);
    else {
      screen.line(text.apply.made(formatMany(made.length, 'part'), run));
      showSteps(made, screen);
    }
    const unseen = left.filter(isWrite).length;
    if (unseen > 0) screen.line(text.apply.left(formatMany(unseen, 'part')));
    showHand(left, screen);
  },
});

function isThere({ action }: InstallStep): boolean {
  return action === 'exists' || action === 'reuse';
}

function readPlan(file: string): InstallPlan {
  return parseInstallPlan(readTextFile(file), file);
}

/** The name typed again, where the org is a production one. */
async function confirmed(call: Call, alias: string): Promise<string | undefined> {
  const record = await loadConnection((await call.app()).store.db, alias);
  if (call.flags.confirm !== undefined || record.org_kind !== 'production') return call.flags.confirm;
  const label = text.apply.confirmLabel(record.org_name ?? alias, alias);
  return await call.prompt.ask({ flag: `--confirm ${alias}`, label });
}

function nextSteps({ connection, made, left, run }: Result): string[] {
  return [
    ...(left.some(isWrite) ? [text.apply.nextAgain(connection)] : []),
    text.apply.nextDoctor(connection),
    ...(made.length > 0 ? [text.apply.nextAudit(run)] : []),
  ];
}
