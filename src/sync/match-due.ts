import { isMatchedEntity } from '../model/match-keys.ts';
import type { Executor } from '../store/store.ts';
import { fileCompaniesSql } from './match-sides.ts';
import type { Batch } from './pull-batch.ts';

/**
 * Notes records whose contents or standing changed in the page's own transaction, so that the next step of matching looks
 * at them and at nothing else. A project with one connection notes nothing until files have brought in companies.
 */
export async function noteMatchDue(
  { job, plan, tx, now }: Pick<Batch, 'job' | 'plan' | 'tx' | 'now'>,
  recordIds: readonly string[],
): Promise<void> {
  if (!isMatchedEntity(plan.entity)) return;
  const onlyWithFiles = job.isMatched !== true;
  await makeMatchDue(tx, { entity: plan.entity, recordIds, now, onlyWithFiles });
}

/** A record that is noted already is noted anew: what was worked out of it meanwhile may be old. */
export async function makeMatchDue(
  tx: Executor,
  due: {
    entity: string;
    recordIds: readonly string[];
    now: string;
    /** Unless there is nothing from files to match them with. (Default: false) */
    onlyWithFiles?: boolean;
  },
): Promise<void> {
  if (due.recordIds.length === 0) return;
  await tx.query(
    `insert into tierlink.match_due (entity, record_id, since)
     select $1, id, $3::timestamptz from unnest($2::text[]) as id where not $4 or ${fileCompaniesSql} order by id
     on conflict (entity, record_id) do update set since = excluded.since, keyed = false`,
    [due.entity, [...new Set(due.recordIds)], due.now, due.onlyWithFiles === true],
  );
}
