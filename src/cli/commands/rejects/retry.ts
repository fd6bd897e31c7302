import { z } from 'zod';
import { engineOf } from '../../../app/engine.ts';
import type { App } from '../../../app.ts';
import { runPull } from '../../../sync/pass/steps.ts';
import { retryRejects } from '../../../sync/push/rejects.ts';
import { defineCommand } from '../../command.ts';
import { formatMany } from '../../format.ts';
import { selectedRejects, selectionArgs, selectionFlags } from '../../reject-selection.ts';
import { currentActor } from '../../who.ts';
import { text } from './rejects.messages.ts';

export const rejectsRetry = defineCommand({
  name: 'rejects retry',
  summary: text.retry.summary,
  args: selectionArgs,
  flags: selectionFlags,
  examples: [
    'tierlink rejects retry x-000012',
    'tierlink rejects retry --code CRM_PICKLIST',
    'tierlink rejects retry --all',
  ],
  result: z.strictObject({ writes: z.int(), compared: z.int(), reads: z.int() }),
  run: async (call) => {
    const opened = await call.app();
    const { store, clock } = opened;
    const filter = await selectedRejects(opened, call, 'rejects retry');
    const actor = currentActor();
    const retried = await store.transaction((tx) => retryRejects(tx, { filter, clock, actor }));
    await readAgain(opened, retried.reads, { actor, signal: call.signal });
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
