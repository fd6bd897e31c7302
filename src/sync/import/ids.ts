import { fileIdPrefix, filesAlias, idOfFileKey } from '../../model/record-id.ts';
import type { Executor, Tx } from '../../store/store.ts';
import type { ImportDefinition } from './kinds.ts';
import { type ImportRecord, naturalKeyOf } from './rows.ts';
import { hasOwnIds, idsTaken, recordPages, renameRecords } from './staging.ts';

/** Finds, of records that got an id, the ones that were known without it, by row. */
export type FindUnnamed = (rows: readonly ImportRecord[]) => Promise<Map<ImportRecord, string>>;

/** Whether the row has an id of its own. */
export function hasOwnId({ key }: Pick<ImportRecord, 'key'>): boolean {
  return idOfFileKey(key) !== null;
}

/**
 * Lets staged records get an id later: a row with an id that nobody knows yet means the record that has its natural key and no
 * id so far, and from then on the id finds it. Rows without an id come first: what they mean in this file is not taken from
 * them, and of several rows with an id the first gets it.
 */
export async function followIds(
  tx: Tx,
  definition: Pick<ImportDefinition, 'kind' | 'entity'>,
  find: FindUnnamed,
): Promise<void> {
  if (!(await hasOwnIds(tx))) return;
  for await (const page of recordPages(tx)) {
    const named = page.filter(hasOwnId);
    if (named.length === 0) continue;
    const known = await recordsOfKeys(tx, definition, named);
    const unnamed = await find(named.filter(({ key }) => !known.has(key)));
    const taken = await idsTaken(tx, [...unnamed.values()]);
    const renamed = named.flatMap((record) => {
      const own = known.get(record.key);
      if (own !== undefined) return own === record.id ? [] : [{ ...record, id: own }];
      const id = unnamed.get(record);
      if (id === undefined || taken.has(id)) return [];
      taken.add(id);
      return [{ ...record, id }];
    });
    await renameRecords(tx, renamed);
  }
}

async function recordsOfKeys(
  tx: Executor,
  { kind, entity }: Pick<ImportDefinition, 'kind' | 'entity'>,
  records: readonly ImportRecord[],
): Promise<Map<string, string>> {
  const rows = await tx.query<{ key: string; id: string }>(
    `select crm_id as key, record_id as id from tierlink.link
     where connection = $1 and object = $2 and entity = $3 and crm_id = any($4::text[])`,
    [filesAlias, kind, entity, records.map(({ key }) => key)],
  );
  return new Map(rows.map(({ key, id }) => [key, id]));
}
/** Finds records without an id by the words of their natural key. */
export function findByWords(tx: Executor, definition: ImportDefinition): FindUnnamed {
  return async (rows) => {
    const keys = new Map(rows.map((row) => [row, naturalKeyOf(row, definition)]));
    const found = await tx.query<{ key: string; id: string }>(
      `select l.crm_id as key, l.record_id as id from tierlink.link l
       where l.connection = $1 and l.object = $2 and l.entity = $3 and l.crm_id = any($4::text[])
         and not exists (select from tierlink.link o where o.connection = l.connection and o.object = l.object
           and o.entity = l.entity and o.record_id = l.record_id and o.crm_id like '${fileIdPrefix}%')`,
      [filesAlias, definition.kind, definition.entity, [...keys.values()].filter((key) => key !== null)],
    );
    const ids = new Map(found.map(({ key, id }) => [key, id]));
    return new Map(
      rows.flatMap((row) => {
        const id = ids.get(keys.get(row) ?? '');
        return id === undefined ? [] : [[row, id] as [ImportRecord, string]];
      }),
    );
  };
}
