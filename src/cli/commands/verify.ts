import { z } from 'zod';
import { engineOf } from '../../app/engine.ts';
import { type ConnectionVerification, readVerified } from '../../app/verification.ts';
import type { App, AppConnection } from '../../app.ts';
import { isTierlinkError, TierlinkError } from '../../errors.ts';
import type { EntityName } from '../../model/entities.ts';
import { causeNames } from '../../model/mismatch-causes.ts';
import { verificationStates } from '../../model/states.ts';
import type { Engine } from '../../sync/engine.ts';
import { estimateVerify } from '../../verify/estimate.ts';
import { readMonths } from '../../verify/read.ts';
import { runVerify, type VerifyOptions } from '../../verify/verify.ts';
import { defineCommand } from '../command.ts';
import { integerFlag, switchFlag, textFlag } from '../flags.ts';
import { showPass } from '../pass-progress.ts';
import { showVerified } from '../verified-screen.ts';
import { currentActor } from '../who.ts';
import { text } from './verify.messages.ts';

const state = z.enum(Object.keys(verificationStates) as (keyof typeof verificationStates)[]);
const entity = z.string().describe('What its records are here.') as z.ZodType<EntityName>;

const feedSchema = z.strictObject({
  connection: z.string(),
  object: z.string(),
  entity,
  state,
  reason: z
    .strictObject({
      code: z.string(),
      words: z.string().describe('As a sentence without its end.'),
      next: z.array(z.string()),
    })
    .nullable()
    .describe(
      'What is in the way of looking, or of counting once more, with the fix, the best first; null: nothing.',
    ),
  verifiedTo: z
    .string()
    .nullable()
    .describe('Instant of the CRM up to which everything was here when it was verified last.'),
  checkedAt: z.string().nullable().describe('When it was looked at last.'),
  run: z.string().nullable().describe('The run that did.'),
  records: z.int().describe('Records that the CRM counts in scope.'),
  months: z.int().describe('Months in which they were made.'),
  comparedMonths: z.int().describe('Months whose values were compared with the mapping as it is.'),
  valuesFrom: z
    .string()
    .nullable()
    .describe('Since when the values of all months were compared; null: not all of them were.'),
});

/** A record as people find it. */
const namedRecord = {
  crmId: z.string(),
  recordId: z.string().nullable().describe('Our id of it; null where it has none.'),
  name: z.string().nullable().describe('What people call it; null where nothing here names it.'),
  url: z.string().nullable().describe('Its address in the CRM; null where none can be made.'),
};

const causeSchema = z.strictObject({
  connection: z.string(),
  object: z.string(),
  entity,
  cause: z.enum(causeNames as [string, ...string[]]).describe('As in docs/states.md.') as z.ZodType<
    ConnectionVerification['causes'][number]['cause']
  >,
  records: z.int(),
  unsettled: z.int().describe('How many of them may have been on their way.'),
  next: z.array(z.string()).describe('What to do, the best first.'),
  examples: z
    .array(
      z.strictObject({
        ...namedRecord,
        month: z.string().describe('In which it was made; empty where it does not tell.'),
        attributes: z.array(z.string()).describe('Of which the values differ, as far as that is known.'),
        settled: z.boolean().describe('False while it may have been on its way.'),
        since: z.string().describe('When it was met first.'),
      }),
    )
    .describe('Some of them.'),
});

/** A month of an object, and what the CRM counts in it. */
const countedMonth = {
  object: z.string(),
  entity,
  month: z.string().nullable().describe('YYYY-MM in UTC; null for records that do not tell.'),
  counted: z.int().describe('Records in scope, by the CRM.'),
};

const unsettledSchema = z.strictObject({
  ...countedMonth,
  here: z.int().describe('Records that are live here or were read and are held or invalid.'),
  recounted: z.boolean().describe('Whether it was counted once more; false where that was refused.'),
  changed: z.int().describe('How many of them changed here since the counting began.'),
  moved: z
    .array(
      z.strictObject({
        ...namedRecord,
      }),
    )
    .describe('Some of those that changed.'),
  next: z.array(z.string()).describe('What to do, the best first.'),
});

const monthSchema = z.strictObject({
  ...countedMonth,
  linked: z.int().describe('Records that are live here.'),
  aside: z.int().describe('Records that were read, and are held or invalid.'),
  comparedAt: z.string().nullable().describe('When their values were compared last; null: never.'),
  theirs: z
    .string()
    .nullable()
    .describe('Checksum of the mapped values in the CRM then, and of how many records.'),
  ours: z.string().nullable().describe('The same of the values as they were read.'),
});

const connectionSchema = z.strictObject({
  connection: z.string(),
  state,
  verifiedTo: z
    .string()
    .nullable()
    .describe('Instant of the CRM up to which everything was here when it was verified last.'),
  run: z.string().nullable().describe('The run; null where it failed, or none was to be made.'),
  calls: z.int(),
  reason: z.string().nullable().describe('Why the run did not do all of it.'),
  feeds: z.array(feedSchema).describe('Each object, as what its records are here.'),
  causes: z.array(causeSchema).describe('What differs, by cause.'),
  unsettled: z
    .array(unsettledSchema)
    .describe('Months whose counts differ, though everything that was read of them is here.'),
  months: z.array(monthSchema).nullable().describe('Every month; null unless asked for.'),
});

const estimateSchema = z.strictObject({
  connection: z.string(),
  calls: z.int().describe('API calls that it would take, about.'),
  records: z.int().describe('Records whose values would be compared.'),
  months: z.int().describe('Months whose values would be compared.'),
  feeds: z
    .array(
      z.strictObject({
        object: z.string(),
        entity,
        months: z.int().describe('Months that would be compared.'),
        records: z.int(),
      }),
    )
    .describe('The same of each object.'),
});

const resultSchema = z.strictObject({
  connections: z.array(connectionSchema),
  estimates: z.array(estimateSchema).nullable().describe('With --dry-run: what it would take; null without.'),
});
export type VerifyResult = z.infer<typeof resultSchema>;

export const verify = defineCommand({
  name: 'verify',
  summary: text.summary,
  description: text.description,
  flags: {
    object: textFlag('OBJECT', text.object),
    full: switchFlag(text.full),
    dryRun: switchFlag(text.dryRun),
    months: switchFlag(text.months),
    examples: integerFlag('N', text.examples, { min: 0, max: 1_000 }),
  },
  examples: ['tierlink verify', 'tierlink verify --connection prod --full', 'tierlink verify --dry-run'],
  result: resultSchema,
  run: async ({ flags, global, app, progress, signal }) => {
    const opened = await app();
    const connections =
      global.connection === undefined ? opened.connections : [opened.connection(global.connection)];
    if (connections.length === 0) throw new TierlinkError('CONNECTION_NONE');
    const { days } = opened.project.verification;
    const options: VerifyOptions = { only: flags.object, full: flags.full, days };
    if (flags.dryRun) return { result: await estimateAll(opened, connections, options), next: [text.next] };
    const engine = engineOf(opened, {
      actor: currentActor(),
      signal,
      onProgress: showPass(progress, connections.length),
    });
    const runs = await verifyAll(engine, connections, options);
    progress.stop();
    const examples = flags.examples ?? 5;
    const found = await readVerified(opened, { connections, examples });
    const result = {
      connections: await Promise.all(
        found.map(async (each) => ({
          ...each,
          ...runs.get(each.connection)!,
          months: flags.months ? await readMonths(opened.store, each.connection) : null,
        })),
      ),
      estimates: null,
    };
    return { result, exit: exitOf(result), next: nextSteps(result) };
  },
  show: showVerified,
});

async function estimateAll(
  { store }: App,
  connections: readonly AppConnection[],
  options: VerifyOptions,
): Promise<VerifyResult> {
  const estimates = [];
  for (const connection of connections) estimates.push(await estimateVerify(store, connection, options));
  return { connections: [], estimates };
}

type Ended = Pick<VerifyResult['connections'][number], 'run' | 'calls' | 'reason'>;

/** One connection that fails does not stop the others; where it is the only one, its error is the outcome. */
async function verifyAll(
  engine: Engine,
  connections: readonly AppConnection[],
  options: VerifyOptions,
): Promise<Map<string, Ended>> {
  const ended = new Map<string, Ended>();
  for (const connection of connections) {
    try {
      const { id, state: how, reason } = await runVerify(engine, connection, options);
      if (how === 'cancelled') throw new TierlinkError('INTERRUPTED');
      ended.set(connection.alias, { run: id, calls: await callsOf(engine, id), reason });
    } catch (error) {
      const isOwn = isTierlinkError(error) && !['INTERRUPTED', 'USAGE'].includes(error.code);
      if (!isOwn || connections.length === 1) throw error;
      ended.set(connection.alias, { run: null, calls: 0, reason: error.message });
    }
  }
  return ended;
}

async function callsOf({ store }: Engine, run: string): Promise<number> {
  const [row] = await store.query<{ calls: number }>('select calls from tierlink.run where id = $1', [run]);
  return row?.calls ?? 0;
}

function exitOf({ connections }: VerifyResult): number {
  return connections.every((each) => each.state === 'verified' && each.reason === null) ? 0 : 68;
}

function nextSteps({ connections }: VerifyResult): string[] {
  const steps = connections.flatMap(({ feeds, causes, unsettled }) => [
    ...feeds.flatMap(({ reason }) => reason?.next ?? []),
    ...causes.flatMap(({ next }) => next),
    ...unsettled.flatMap(({ next }) => next),
  ]);
  return [...new Set(steps)];
}
