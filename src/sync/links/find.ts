import { TierlinkError } from '../../errors.ts';
import { type EntityName, entities } from '../../model/entities.ts';
import { fileIdPrefix, filesAlias } from '../../model/record-id.ts';
import { hasCrmId, ofCrm } from '../../store/crm-rows.ts';
import type { Executor } from '../../store/store.ts';
import { tableOf } from '../records/record-rows.ts';
import type { CrmRecordRef } from './move.ts';

/** Where what a person names is looked for; all that is given must hold. */
export interface FindFilter {
  connection?: string | undefined;
  object?: string | undefined;
  entity?: EntityName | undefined;
}

/** A record of ours. */
export interface FoundRecord {
  entity: EntityName;
  recordId: string;
}

/** Entities whose records come from CRMs and files, and so have links that people may change. */
export const linkedEntities = (Object.keys(entities) as EntityName[]).filter(
  (entity) => entities[entity].origin === 'crm',
);

/** What people name by names. */
const namedEntities = [
  'partner',
  'customer',
  'person',
  'deal',
  'lead',
] as const satisfies readonly EntityName[];

/** The record of a CRM that an id means, in either length of it. Throws LINK_UNKNOWN and LINK_AMBIGUOUS. */
export async function findCrmRecord(
  executor: Executor,
  crmId: string,
  filter: FindFilter = {},
): Promise<CrmRecordRef> {
  const rows = await executor.query<CrmRecordRef & Record<string, unknown>>(
    `select connection, object, entity, crm_id as "crmId" from tierlink.link l
     where ${hasCrmId('l', '$1')} and entity = any($5::text[]) and ${ofCrm('l')}
       and ($2::text is null or connection = $2) and ($3::text is null or object = $3)
       and ($4::text is null or entity = $4)
     order by 1, 2, 3, 4`,
    [crmId, filter.connection ?? null, filter.object ?? null, filter.entity ?? null, linkedEntities],
  );
  const [first, ...others] = rows;
  if (first === undefined) throw unknownLink(crmId, whereOf(filter));
  if (others.length > 0) throw ambiguous(crmId, rows.map(wordsOfCrm));
  return first;
}

/** The error for what is linked to nothing. Ids of CRMs have digits in them, and no blanks. */
export function unknownLink(crmId: string, where: string): TierlinkError {
  const named = /\s/.test(crmId) || !/\d/.test(crmId) ? crmId : null;
  return new TierlinkError('LINK_UNKNOWN', { crm: crmId, where, named });
}

function whereOf({ connection, object, entity }: FindFilter): string {
  const said = [object && ` in ${object}`, connection && ` of ${connection}`, entity && ` as ${entity}`];
  return said.filter((word) => word !== undefined).join('');
}

function wordsOfCrm({ connection, object, entity }: CrmRecordRef): string {
  return `the ${entity} of ${object} in ${connection}`;
}

function ambiguous(record: string, found: readonly string[]): TierlinkError {
  return new TierlinkError('LINK_AMBIGUOUS', { record, found: found.slice(0, 5).join(', ') });
}

/**
 * The record of ours that a word means: its id, its id in a CRM or a file, or its whole name. Throws LINK_RECORD_UNKNOWN and
 * LINK_AMBIGUOUS.
 */
export async function findRecord(
  executor: Executor,
  word: string,
  filter: FindFilter = {},
): Promise<FoundRecord> {
  for (const look of [byId, byLink, byName]) {
    const found = await look(executor, word, filter);
    if (found.length > 1)
      throw ambiguous(
        word,
        found.map(({ entity, recordId }) => `the ${entity} ${recordId}`),
      );
    if (found[0] !== undefined) return found[0];
  }
  throw new TierlinkError('LINK_RECORD_UNKNOWN', { record: word });
}

async function byId(executor: Executor, word: string, { entity }: FindFilter): Promise<FoundRecord[]> {
  const named = linkedEntities.find((each) => word.startsWith(`${entities[each].idPrefix}_`));
  if (named === undefined || (entity !== undefined && entity !== named)) return [];
  const rows = await executor.query(`select 1 from ${tableOf(named)} where id = $1`, [word]);
  return rows.length === 0 ? [] : [{ entity: named, recordId: word }];
}

async function byLink(executor: Executor, word: string, filter: FindFilter): Promise<FoundRecord[]> {
  return await executor.query<FoundRecord & Record<string, unknown>>(
    `select distinct entity, record_id as "recordId" from tierlink.link l
     where ((${ofCrm('l')} and ${hasCrmId('l', '$1')})
         or (connection = $5 and left(crm_id, 15) = left($6, 15) and crm_id = $6))
       and entity = any($7::text[]) and ($2::text is null or connection = $2) and ($3::text is null or object = $3)
       and ($4::text is null or entity = $4)
     order by 1, 2`,
    [
      word,
      filter.connection ?? null,
      filter.object ?? null,
      filter.entity ?? null,
      filesAlias,
      `${fileIdPrefix}${word}`,
      linkedEntities,
    ],
  );
}

async function byName(executor: Executor, word: string, { entity }: FindFilter): Promise<FoundRecord[]> {
  const found: FoundRecord[] = [];
  for (const each of namedEntities.filter((name) => entity === undefined || entity === name)) {
    const rows = await executor.query<{ id: string }>(
      `select id from ${tableOf(each)} where lower(btrim(name)) = lower(btrim($1)) and merged_into is null
       order by id limit 6`,
      [word],
    );
    found.push(...rows.map(({ id }) => ({ entity: each, recordId: id })));
  }
  return found;
}
