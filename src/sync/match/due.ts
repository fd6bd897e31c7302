import { isMatchedEntity } from '../../model/match-keys.ts';
import { filesAlias } from '../../model/record-id.ts';
import type { Executor } from '../../store/store.ts';
import type { Batch } from '../pull/batch.ts';
import { fileCompaniesSql } from './sides.ts';

/**
 * Notes records whose contents or standing changed in the page's own transaction, so that the next step of matching looks
 * at them and at nothing else. A project with one connection notes nothing until files have brought in companies.
 */
export async function noteMatchDue(
  { job, plan, tx, now }: Pick<Batch, 'job' | 'plan' | 'tx' | 'now'>,
  recordIds: readonly string[],
): Promise<void> {
  const onlyWithFiles = job.isMatched !== true;
  await makeMatchDue(tx, { entity: plan.entity, recordIds, now, onlyWithFiles });
}

/**
 * Notes records for the next step that makes several of them one, where their entity has such a step. One that is noted
 * already is noted anew: what was worked out of it meanwhile may be old.
 */
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
  const ids = [...new Set(due.recordIds)];
  if (ids.length === 0) return;
  if (due.entity === 'person') await makePeopleDue(tx, ids);
  if (!isMatchedEntity(due.entity)) return;
  await tx.query(
    `insert into tierlink.match_due (entity, record_id, since)
     select $1, id, $3::timestamptz from unnest($2::text[]) as id where not $4 or ${fileCompaniesSql} order by id
     on conflict (entity, record_id) do update set since = excluded.since, keyed = false`,
    [due.entity, ids, due.now, due.onlyWithFiles === true],
  );
}

/** People of files are the only ones that are joined: until there are some, nothing is noted. */
async function makePeopleDue(tx: Executor, ids: readonly string[]): Promise<void> {
  await tx.query(
    `insert into tierlink.person_due (record_id)
     select id from unnest($1::text[]) as id
     where exists (select from tierlink.link where connection = '${filesAlias}' and entity = 'person')
     order by id on conflict do nothing`,
    [ids],
  );
}
