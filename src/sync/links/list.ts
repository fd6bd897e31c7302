import type { EntityName } from '../../model/entities.ts';
import { filesAlias, newRecordId } from '../../model/record-id.ts';
import type { Executor } from '../../store/store.ts';
import { brings, type Ownership } from '../owners.ts';
import type { LinkState } from '../records/links.ts';
import { recordNames } from '../records/record-names.ts';
import { linkedEntities } from './find.ts';

/**
 * By what a record of a CRM is a record of ours: own: ours was made of it · key: it carries our id · match: the two were
 * found to be the same · person: somebody said so · file: a file brought it in · lookup: it describes ours, and names it.
 */
export const linkWays = ['own', 'key', 'match', 'person', 'file', 'lookup'] as const;
export type LinkWay = (typeof linkWays)[number];

export interface ListedLink {
  connection: string;
  object: string;
  crmId: string;
  entity: EntityName;
  recordId: string;
  /** What people call our record; null where nothing names it. */
  name: string | null;
  state: LinkState;
  by: LinkWay;
  /** Since when the two are one, ISO instant. */
  since: string;
  /** When the CRM last changed what was read, ISO instant; null: it was not read yet. */
  seenAt: string | null;
  /** Of a merged one: the record of the CRM that it was merged into. */
  mergedInto: string | null;
}

/** Which links are meant; all that is given must hold, nothing given means all. */
export interface LinkFilter {
  connection?: string | undefined;
  object?: string | undefined;
  entity?: EntityName | undefined;
  state?: LinkState | undefined;
  /** Our ids. */
  recordIds?: readonly string[] | undefined;
  /** Our id of a partner: its own links, and those of its people, leads, deals and what else points to it. */
  partner?: string | undefined;
}

interface Row extends Omit<ListedLink, 'name' | 'by'> {
  keyed: boolean;
  decidedBy: string | null;
}

/** Links of records that come from CRMs and files, in the order of connections, objects and ids. */
export async function listLinks(
  executor: Executor,
  filter: LinkFilter,
  { limit, ownership }: { limit: number; ownership: Ownership },
): Promise<{ links: ListedLink[]; more: number }> {
  const where = `from tierlink.link l where l.entity = any($1::text[])
    and ($2::text is null or l.connection = $2) and ($3::text is null or l.object = $3)
    and ($4::text is null or l.entity = $4) and ($5::text is null or l.state = $5)
    and ($6::text[] is null or l.record_id = any($6)) and ($7::text is null or l.record_id in (${ofPartner}))`;
  const values = [
    linkedEntities,
    filter.connection ?? null,
    filter.object ?? null,
    filter.entity ?? null,
    filter.state ?? null,
    filter.recordIds === undefined ? null : [...filter.recordIds],
    filter.partner ?? null,
  ];
  const rows = await executor.query<Row & Record<string, unknown>>(
    `select l.connection, l.object, l.crm_id as "crmId", l.entity, l.record_id as "recordId", l.state, l.keyed,
       l.linked_at as since, l.seen_at as "seenAt", l.merged_into as "mergedInto",
       (select a.decided_by from tierlink.apart a where a.connection = l.connection and a.object = l.object
          and a.entity = l.entity and a.crm_id = l.crm_id and l.record_id in (a.one, a.other)
        order by a.since desc limit 1) as "decidedBy"
     ${where} order by l.connection collate "C", l.object collate "C", l.entity, l.crm_id collate "C" limit ${limit}`,
    values,
  );
  const [counted] = await executor.query<{ all: number }>(`select count(*)::integer as all ${where}`, values);
  const names = await namesOf(executor, rows);
  const links = rows.map(({ keyed, decidedBy, ...row }) => ({
    ...row,
    name: names.get(row.recordId) ?? null,
    by: brings(ownership, row) ? wayOf({ ...row, keyed, decidedBy }) : 'lookup',
  }));
  return { links, more: (counted?.all ?? 0) - links.length };
}

/** SQL: our ids of a partner, $7, and of whatever points to it. */
const ofPartner = `select $7 union select id from tierlink.person where partner = $7
  union select id from tierlink.lead where partner = $7 union select id from tierlink.certification where partner = $7
  union select id from tierlink.support_case where partner = $7 union select id from tierlink.fact where partner = $7
  union select id from tierlink.credit where partner = $7 union select deal from tierlink.credit where partner = $7`;

function wayOf({ connection, object, entity, crmId, recordId, keyed, decidedBy }: Row): LinkWay {
  if (connection === filesAlias) return 'file';
  if (decidedBy !== null) return decidedBy === 'tierlink' ? 'match' : 'person';
  if (recordId === newRecordId(entity, connection, object, crmId)) return 'own';
  return keyed ? 'key' : 'match';
}

async function namesOf(executor: Executor, rows: readonly Row[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const entity of new Set(rows.map((row) => row.entity))) {
    const ids = rows.filter((row) => row.entity === entity).map(({ recordId }) => recordId);
    for (const [id, name] of await recordNames(executor, entity, [...new Set(ids)])) names.set(id, name);
  }
  return names;
}
