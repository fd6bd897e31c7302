import { entities } from '../model/entities.ts';
import { knownId } from '../model/record-id.ts';
import { firstLinkSql } from '../store/first-link.ts';
import type { Executor } from '../store/store.ts';
import { errorText } from './error-text.ts';
import { recordName } from './record-count.ts';
import { type KpiRecord, recordNameSql } from './records.ts';
import type { KpiError } from './types.ts';

/** The record that stands in the way of a figure, as people know it. */
export type RecordInTheWay = Pick<KpiRecord, 'entity' | 'id' | 'name' | 'connection' | 'object' | 'crmId'>;

/** An error with its record as people know it today, and with the sentence that names it. */
export interface NamedError {
  error: KpiError;
  record: RecordInTheWay;
  text: string;
}

/** Names the records of errors, in their order. What is no longer there keeps our id. */
export async function namedErrors(executor: Executor, errors: readonly KpiError[]): Promise<NamedError[]> {
  const found = new Map<string, RecordInTheWay>();
  for (const entity of new Set(errors.map((error) => error.entity))) {
    const ids = errors.filter((error) => error.entity === entity).map(({ recordId }) => recordId);
    const rows = await executor.query<Omit<RecordInTheWay, 'entity'> & Record<string, unknown>>(
      `select n.id, ${recordNameSql(entity)} as name, l.connection, l.object, l.crm_id as "crmId"
       from tierlink.${entities[entity].table} n left join lateral (${firstLinkSql(entity, 'n.id')}) l on true
       where n.id = any($1::text[])`,
      [[...new Set(ids)]],
    );
    for (const row of rows) found.set(`${entity} ${row.id}`, { entity, ...row });
  }
  return errors.map((error) => {
    const { entity, recordId: id } = error;
    const unknown = { entity, id, name: null, connection: null, object: null, crmId: null };
    const record = found.get(`${entity} ${id}`) ?? unknown;
    return { error, record, text: errorText(error, wordsOf(record)) };
  });
}

/** `deal "Fabrikam ERP" (006...)`; of one without a name its id alone. */
function wordsOf(record: RecordInTheWay): string {
  const kind = recordName(1, record.entity);
  return record.name ? `${kind} "${record.name}" (${knownId(record)})` : `${kind} ${knownId(record)}`;
}
