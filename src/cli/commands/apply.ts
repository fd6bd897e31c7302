import { z } from 'zod';
import { engineOf } from '../../app/engine.ts';
import type { App } from '../../app.ts';
import { applyPlan } from '../../plan/apply.ts';
import { chosenCounts } from '../../plan/choices.ts';
import type { Plan } from '../../plan/item.ts';
import { loadConnection } from '../../sync/records/connections.ts';
import { type CommandCall, defineCommand } from '../command.ts';
import { listFlag } from '../flags.ts';
import { formatCount, formatMany } from '../format.ts';
import { showPass } from '../pass-progress.ts';
import { nextChoice, readPlan } from '../plan-files.ts';
import { stateWord } from '../state-words.ts';
import { currentActor } from '../who.ts';
import { text } from './apply.messages.ts';

const args = { file: { help: text.file, required: true } } as const;
const flags = { confirm: listFlag('ALIAS', text.confirm) };
type Call = CommandCall<typeof flags, typeof args>;

const resultSchema = z.strictObject({
  run: z.string(),
  state: z.string(),
  plan: z.string().describe('Id of the plan.'),
  resumed: z.boolean().describe('Whether it went on with what an earlier run had begun.'),
  decided: z.int().describe('Fields of which the plan says whose value stays.'),
  skipped: z
    .int()
    .describe('Fields for which nothing was chosen, and that were left as they are on both sides.'),
  nothingChosen: z
    .boolean()
    .describe(
      'Whether nothing at all was chosen in the plan; it can then be chosen in and applied as before.',
    ),
  held: z
    .array(
      z.strictObject({
        connection: z.string(),
        object: z.string(),
        name: z.string().nullable(),
        record: z.string().describe("The CRM's id of the record; ours where it is to be created."),
      }),
    )
    .describe('Writes that wait for an approval, because a tier goes down.'),
  connections: z.array(
    z.strictObject({
      connection: z.string(),
      created: z.int(),
      updated: z.int(),
      unchanged: z.int().describe('Records that held the values already.'),
      rejected: z.int(),
      waiting: z.int().describe('Records that are still to be written, by the same plan.'),
      refused: z
        .array(
          z.strictObject({
            object: z.string().describe("The CRM's object."),
            crmId: z
              .string()
              .nullable()
              .describe("The CRM's id of the record; null where it is to be created."),
            recordId: z.string().describe('Our id of it.'),
            name: z.string().nullable(),
            code: z.string(),
            message: z.string(),
          }),
        )
        .describe(
          'Corrected values that the CRM refused, and values that were not sent because it would refuse them.',
        ),
      left: z.int().describe('Records that moved while the plan was applied, and were left alone.'),
      error: z
        .strictObject({ code: z.string(), message: z.string(), actions: z.array(z.string()) })
        .nullable(),
    }),
  ),
});
type Result = z.infer<typeof resultSchema>;

/** How many held writes a person is shown; --json has them all. */
const shownHeld = 12;

export const apply = defineCommand({
  name: 'apply',
  summary: text.summary,
  description: text.description,
  args,
  flags,
  examples: ['tierlink apply changes.plan', 'tierlink apply changes.plan --confirm prod'],
  result: resultSchema,
  run: async (call) => {
    const { args: given, progress, signal } = call;
    const plan = readPlan(given.file);
    const app = await call.app();
    const run = await applyPlan({
      engine: engineOf(app, {
        actor: currentActor(),
        signal,
        onProgress: showPass(progress, plan.head.connections.length),
      }),
      plan,
      file: given.file,
      configured: app.connections,
      confirm: await confirmed(call, app, plan),
      limit: app.project.plans.records,
    });
    progress.stop();
    const { value } = run;
    if (value === undefined) throw run.stopped;
    const connections = value.pass.connections.map(({ connection, push, error }) => {
      const fixed = value.fixed.get(connection);
      const { created, updated, unchanged, rejected } =
        fixed === undefined
          ? { created: 0, updated: 0, unchanged: 0, rejected: 0, ...push?.total }
          : { ...fixed, created: 0, unchanged: 0, rejected: 0 };
      const { left = 0, waiting = 0, refused = [] } = value.unwritten.get(connection) ?? {};
      const shown =
        error === null ? null : { code: error.code, message: error.message, actions: [...error.actions] };
      const counts = { created, updated, unchanged, rejected: rejected + refused.length, waiting, left };
      return { connection, ...counts, refused, error: shown };
    });
    const held = value.held.map(({ connection, object, name, crmId, recordId }) => ({
      connection,
      object,
      name,
      record: crmId ?? recordId,
    }));
    const { resumed, decided, nothingChosen } = value;
    const result: Result = {
      run: run.id,
      state: run.state,
      plan: plan.head.id,
      resumed,
      decided,
      skipped: chosenCounts(plan).skip,
      nothingChosen,
      held,
      connections,
    };
    const unread = value.unread.map((alias) => text.nextRead(alias));
    const isFix = plan.head.kind === 'fix';
    const open = nothingChosen ? nextChoice(plan, given.file) : [];
    const next = [...unread, ...open, ...nextSteps(result, { file: given.file, isFix })];
    return { result, exit: exitOf(result), next };
  },
  show: (result, screen) => {
    for (const {
      connection,
      created,
      updated,
      rejected,
      left,
      waiting,
      unchanged,
      refused,
      error,
    } of result.connections) {
      const parts = [
        `${formatCount(created + updated)} written`,
        ...(unchanged > 0 ? [`${formatCount(unchanged)} held the values already`] : []),
        ...(left > 0 ? [`${formatCount(left)} left alone, because they changed meanwhile`] : []),
        ...(waiting > 0 ? [`${formatCount(waiting)} not written yet`] : []),
        `${formatCount(rejected)} rejected`,
      ];
      screen.line(`${connection}: ${parts.join(', ')}`);
      for (const { name, object, crmId, recordId, code, message } of refused)
        screen.line(text.refused(name ?? `${object} ${crmId ?? recordId}`, code, message), 2);
      if (error !== null) screen.line(text.stopped(error.code, error.message));
    }
    if (result.decided > 0) screen.line(text.decided(formatMany(result.decided, 'field')));
    if (result.nothingChosen) screen.line(text.nothingChosen(formatMany(result.skipped, 'field')));
    else if (result.skipped > 0) screen.line(text.skipped(formatMany(result.skipped, 'field')));
    for (const { name, record, object } of result.held.slice(0, shownHeld))
      screen.line(text.held(name ?? record, object), 2);
    if (result.held.length > shownHeld) screen.line(text.more(formatCount(result.held.length - shownHeld)));
    screen.line();
    screen.line(text.ended(result.run, stateWord(screen, 'run', result.state).toLowerCase()));
  },
});

/** The name of each production org of the plan, typed again. */
async function confirmed(call: Call, app: App, plan: Plan): Promise<Map<string, string | undefined>> {
  const found = new Map<string, string | undefined>();
  for (const { alias } of plan.head.connections) {
    const given = call.flags.confirm.find((each) => each === alias);
    if (given !== undefined || !app.connections.some((each) => each.alias === alias)) {
      found.set(alias, given);
      continue;
    }
    const record = await loadConnection(app.store.db, alias);
    const isAsked = record.org_kind === 'production';
    found.set(
      alias,
      isAsked
        ? await call.prompt.ask({
            flag: `--confirm ${alias}`,
            label: text.confirmLabel(record.org_name ?? alias, alias),
          })
        : undefined,
    );
  }
  return found;
}

function exitOf({ connections, state }: Result): number {
  const isPartial = connections.some(
    ({ rejected, left, waiting, error }) => rejected + left + waiting > 0 || error !== null,
  );
  if (state === 'failed') return 1;
  return isPartial || state === 'partial' ? 68 : 0;
}

/** Refused corrections are no rejected records of the run: the table that they came from is mended. */
function nextSteps(
  { run, held, connections }: Result,
  { file, isFix }: { file: string; isFix: boolean },
): string[] {
  const sum = (what: 'left' | 'waiting') => connections.reduce((total, each) => total + each[what], 0);
  return [
    ...(!isFix && connections.some(({ rejected }) => rejected > 0) ? [text.nextRejects(run)] : []),
    ...(sum('waiting') > 0 ? [text.nextAgain(file)] : []),
    ...(sum('left') > 0 ? [text.nextPlan(file)] : []),
    ...(connections.some(({ updated }) => updated > 0) ? [text.nextUndo(run)] : []),
    ...(held.length > 0 ? [text.nextApprove(file)] : []),
  ];
}
