import { instantOf } from '../../model/clock.ts';
import { type MatchedEntity, matchKey, matchRules } from '../../model/match-keys.ts';
import type { Tx } from '../../store/store.ts';
import { loadRecords, type RecordRow } from '../records/record-rows.ts';
import type { Step } from './step.ts';

/** Records keyed in one transaction. */
const pageSize = 500;

/**
 * Gives the next noted records the keys of their present contents, in one transaction. Who shares a key that one of them
 * had and has no longer is looked at too, because what was ambiguous may not be any more. Returns how many were keyed; 0
 * means that none is left. Records of connections that were not read to their end stay noted.
 */
export async function keyNextPage(
  step: Step,
  entity: MatchedEntity,
  ready: readonly string[],
): Promise<number> {
  return await step.transaction(async (tx) => {
    const rows = await tx.query<{ record_id: string }>(
      `select d.record_id from tierlink.match_due d
       where d.entity = $1 and not d.keyed and not exists (select from tierlink.link l
         where l.entity = $1 and l.record_id = d.record_id and l.state = 'live' and l.connection <> all($2::text[]))
       order by d.record_id limit ${pageSize} for update`,
      [entity, [...ready]],
    );
    const ids = rows.map((row) => row.record_id);
    if (ids.length === 0) return 0;
    const records = await loadRecords(tx, entity, ids);
    await replaceKeys(tx, { entity, ids, keys: keysOf(records), now: instantOf(step.engine.clock.now()) });
    await tx.query(
      'update tierlink.match_due set keyed = true where entity = $1 and record_id = any($2::text[])',
      [entity, ids],
    );
    return ids.length;
  });
}

interface KeyRow {
  rule: string;
  key: string;
  id: string;
}

/** Records that do not count have none. */
function keysOf(records: ReadonlyMap<string, RecordRow>): KeyRow[] {
  return [...records.values()].filter(isLive).flatMap(({ id, values }) =>
    matchRules.flatMap((rule) => {
      const key = matchKey(rule, values);
      return key === null ? [] : [{ rule, key, id }];
    }),
  );
}

function isLive({ inScope, deletedAt, mergedInto }: RecordRow): boolean {
  return inScope && deletedAt === null && mergedInto === null;
}

/** The keys that a record left behind when it was joined into another stay with that one. */
async function replaceKeys(
  tx: Tx,
  {
    entity,
    ids,
    keys,
    now,
  }: { entity: string; ids: readonly string[]; keys: readonly KeyRow[]; now: string },
): Promise<void> {
  await tx.query(
    `with gone as (
       delete from tierlink.match_key k where k.entity = $1 and k.source_id = any($2::text[]) and k.record_id = k.source_id
         and not exists (select from jsonb_to_recordset($3::jsonb) as n(rule text, key text, id text)
           where n.id = k.source_id and n.rule = k.rule and n.key = k.key)
       returning k.rule, k.key)
     insert into tierlink.match_due (entity, record_id, since, keyed)
     select distinct $1, o.record_id, $4::timestamptz, true
     from gone g join tierlink.match_key o on o.entity = $1 and o.rule = g.rule and o.key = g.key
     on conflict do nothing`,
    [entity, [...ids], JSON.stringify(keys), now],
  );
  await tx.query(
    `insert into tierlink.match_key (entity, rule, key, record_id, source_id)
     select $1, n.rule, n.key, n.id, n.id from jsonb_to_recordset($2::jsonb) as n(rule text, key text, id text)
     on conflict (entity, source_id, rule) do update set key = excluded.key, record_id = excluded.record_id`,
    [entity, JSON.stringify(keys)],
  );
}
