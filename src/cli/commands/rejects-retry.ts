import { z } from 'zod';
import { engineOf } from '../../app/engine.ts';
import type { App } from '../../app.ts';
import { TierlinkError } from '../../errors.ts';
import { retryRejects, showReject } from '../../sync/rejects.ts';
import { runPull } from '../../sync/steps.ts';
import { defineCommand } from '../command.ts';
import { switchFlag, textFlag } from '../flags.ts';
import { formatMany } from '../format.ts';
import { refuseUnknownCode, refuseUnknownPlace } from '../known-words.ts';
import { currentActor } from '../who.ts';
import { text } from './rejects.messages.ts';

export const rejectsRetry = defineCommand({
  name: 'rejects retry',
  summary: text.retry.summary,
  args: { id: { help: text.retry.id, required: false } },
  flags: {
    code: textFlag('CODE', text.list.code),
    object: textFlag('OBJECT', text.list.object),
    all: switchFlag(text.retry.all),
  },
  examples: [
    'tierlink rejects retry x-000012',
    'tierlink rejects retry --code CRM_PICKLIST',
    'tierlink rejects retry --all',
  ],
  result: z.strictObject({ writes: z.int(), compared: z.int(), reads: z.int() }),
  run: async ({ args, flags, global, app, signal }) => {
    if (args.id === undefined && flags.code === undefined && flags.object === undefined && !flags.all) {
      throw new TierlinkError('USAGE', { reason: text.retry.which, command: 'rejects retry' });
    }
    const opened = await app();
    const { store, clock } = opened;
    await refuseUnknownPlace(opened, 'rejects retry', {
      connection: global.connection,
      object: flags.object,
    });
    refuseUnknownCode(flags.code, 'rejects retry');
    if (args.id !== undefined) await showReject(store, args.id);
    const filter = {
      connection: global.connection,
      object: flags.object,
      code: flags.code,
      ids: args.id === undefined ? undefined : [args.id],
    };
    const actor = currentActor();
    const retried = await store.transaction((tx) => retryRejects(tx, { filter, clock, actor }));
    await readAgain(opened, retried.reads, { actor, signal });
    const reads = retried.reads.reduce((sum, { crmIds }) => sum + crmIds.length, 0);
    return { result: { writes: retried.writes, compared: retried.compared, reads }, next: [text.retry.next] };
  },
  show: (result, screen) => {
    const parts = (['writes', 'compared', 'reads'] as const)
      .filter((what) => result[what] > 0)
      .map((what) => {
        const [one, many] = text.retry[what];
        return formatMany(result[what], one, many);
      });
    screen.line(parts.length === 0 ? text.retry.nothing : text.retry.done(parts));
  },
});

/** What could not be used when it was read is read again, after all changes of its object. */
async function readAgain(
  app: App,
  reads: readonly { connection: string; object: string; crmIds: readonly string[] }[],
  options: { actor: string; signal: AbortSignal },
): Promise<void> {
  for (const { connection, object, crmIds } of reads) {
    await runPull(engineOf(app, options), app.connection(connection), { only: object, again: crmIds });
  }
}
