import { isTierlinkError } from '../../errors.ts';
import type { Tx } from '../../store/store.ts';
import type { ChangesRequest } from '../connector.ts';
import {
  type ChangesPosition,
  dropCursor,
  loadCursor,
  recordCoverage,
  saveCursor,
} from '../records/cursors.ts';
import { completeFeeds, freezeFeeds, thawFeeds } from '../records/feed.ts';
import { changesOf } from './changes-ahead.ts';
import { commit } from './commit.ts';
import type { PullJob } from './job.ts';
import { applyChangePage, deletesAfter, prepareChanges } from './page.ts';
import { readAhead } from './prefetch.ts';
import { changesPurpose } from './read.ts';

/**
 * Follows the change stream of the object from the stored cursor to its end, a transaction per page. Returns false when
 * the CRM no longer keeps changes since then: the cursor is given up and everything has to be read and compared. isStopped:
 * a mass deletion had stopped the object, which is over once the stream has ended.
 */
export async function readChanges(job: PullJob, { isStopped }: { isStopped: boolean }): Promise<boolean> {
  const key = { connection: job.connection, object: job.object, purpose: changesPurpose };
  const stored = await loadCursor<ChangesPosition>(job.store, key);
  if (stored === undefined) return false;
  const pages = changesOf(job, changesRequest(job, stored.cursor));
  let deletes = stored.deletes ?? [];
  try {
    for await (const prepared of readAhead(pages, (page) => prepareChanges(job, page))) {
      const { page } = prepared;
      deletes = deletesAfter(deletes, page);
      const position: ChangesPosition = { cursor: page.cursor };
      if (!page.last && deletes.length > 0) position.deletes = deletes;
      const store = async (tx: Tx, now: string) => {
        await applyChangePage({ job, tx, now }, prepared, page.last ? deletes : []);
        await saveCursor(tx, key, { position, now });
        await recordCoverage(tx, {
          ...key,
          kind: 'changes',
          ...page.covered,
          runId: job.runId,
          now,
        });
        if (page.last) await completeFeeds(tx, { ...key, entities: entitiesOf(job), to: page.covered.to });
      };
      await commit(job, store, { merges: page.merged.length > 0 });
    }
  } catch (error) {
    if (!isTierlinkError(error, 'CRM_CURSOR_EXPIRED')) throw error;
    await giveUpCursor(job);
    return false;
  }
  if (isStopped) {
    await commit(job, async (tx) => {
      await thawFeeds(tx, { ...key, entities: entitiesOf(job), reasons: ['mass_delete'] });
    });
  }
  return true;
}

export function changesRequest(
  job: Pick<PullJob, 'object' | 'plans' | 'signal'>,
  cursor: unknown,
): ChangesRequest {
  return {
    object: job.object,
    fields: [...new Set(job.plans.flatMap((plan) => plan.fields))].sort(),
    scopes: job.plans.map((plan) => plan.scope),
    cursor,
    ...(job.signal === undefined ? {} : { signal: job.signal }),
  };
}

async function giveUpCursor(job: PullJob): Promise<void> {
  const key = { connection: job.connection, object: job.object, purpose: changesPurpose };
  job.logger.warn(
    { connection: job.connection, object: job.object },
    'changes are lost; comparing everything',
  );
  await commit(job, async (tx, now) => {
    await dropCursor(tx, key);
    await freezeFeeds(tx, { ...key, entities: entitiesOf(job), reason: 'changes_lost', now });
  });
}

function entitiesOf(job: PullJob): PullJob['plans'][number]['entity'][] {
  return job.plans.map((plan) => plan.entity);
}
