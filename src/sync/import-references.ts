import type { EntityName } from '../model/entities.ts';
import type { MatchedEntity } from '../model/match-keys.ts';
import { fileIdPrefix, filesAlias, newRecordId } from '../model/record-id.ts';
import { alive } from '../store/alive.ts';
import { ofCrm } from '../store/crm-rows.ts';
import type { Executor } from '../store/store.ts';
import type { ImportRow } from './import-parse.ts';
import { tableOf } from './record-rows.ts';

/** What a word for a company leads to; several and none are problems of the row. */
export type CompanyMatch = { id: string } | { problem: string; isUnknown: boolean };

/** Finds partners and customers by what files may call them, and people by their e-mail address. */
export interface ReferenceIndex {
  partner(word: string): CompanyMatch;
  customer(word: string): CompanyMatch;
  /** Our id of the person with this address; undefined when there is none. */
  person(email: string): string | undefined;
}

/** Loads what the rows of a file refer to. Records that are deleted, merged away or out of scope are not found. */
export async function loadReferences(tx: Executor, rows: readonly ImportRow[]): Promise<ReferenceIndex> {
  const partner = await findCompanies(tx, { entity: 'partner', words: wordsIn(rows, 'partner') });
  const customer = await findCompanies(tx, { entity: 'customer', words: wordsIn(rows, 'customer') });
  const people = await findPeople(tx, wordsIn(rows, 'email').map(emailKey));
  return { partner, customer, person: (email) => people.get(emailKey(email)) };
}

function wordsIn(rows: readonly ImportRow[], column: string): string[] {
  return [...new Set(rows.map((row) => row.cells[column] ?? '').filter((word) => word !== ''))];
}

/** An address in the form in which it is compared. */
export function emailKey(email: string): string {
  return email.trim().toLowerCase();
}

/** Id of a person that only imports know. */
export function importedPersonId(email: string): string {
  return newRecordId('person', filesAlias, 'people', emailKey(email));
}

/** A company that a file is just bringing in, as words may name it. */
export interface FileCompany {
  id: string;
  /** The file's own id of it. */
  own: string | null;
  name: string | null;
  number: string | null;
  website: string | null;
}

/**
 * Finds companies by the first of the ways that leads anywhere: our id, a CRM's id or that of a file, the number, the web
 * address, the exact name. `beside`: companies that count as they are given here, whatever is stored of them.
 */
export async function findCompanies(
  tx: Executor,
  of: { entity: MatchedEntity; words: readonly string[]; beside?: readonly FileCompany[] },
): Promise<(word: string) => CompanyMatch> {
  const { entity, words, beside = [] } = of;
  const rows = await tx.query<{ word: string; id: string; way: number }>(companiesSql(entity), [
    [...words],
    JSON.stringify(beside),
  ]);
  const found = new Map<string, { way: number; ids: string[] }>();
  for (const { word, id, way } of rows) {
    const known = found.get(word);
    if (known === undefined) found.set(word, { way, ids: [id] });
    else if (known.way === way) known.ids.push(id);
  }
  return (word) => matchOf(entity, word, found.get(word)?.ids ?? []);
}

function matchOf(entity: string, word: string, ids: readonly string[]): CompanyMatch {
  const [only] = ids;
  if (only === undefined) return { problem: `no ${entity} is known as "${word}"`, isUnknown: true };
  if (ids.length === 1) return { id: only };
  const problem = `"${word}" fits ${ids.length} ${entity}s; use the id of one: ${ids.join(', ')}`;
  return { problem, isUnknown: false };
}

const plain = (text: string) => `lower(regexp_replace(btrim(${text}), '\\s+', ' ', 'g'))`;
const host = (text: string) =>
  `regexp_replace(regexp_replace(lower(btrim(${text})), '^(https?://)?(www\\.)?', ''), '[/?#].*$', '')`;

/** Each way is a join of its own, so that none of them looks at every pair of a word and a company. */
function companiesSql(entity: MatchedEntity): string {
  const columns = (of: string) =>
    `${plain(`${of}.name`)} as name, ${plain(`${of}.number`)} as number, ${host(`${of}.website`)} as host`;
  const linked = (condition: string) =>
    `join tierlink.link l on ${condition} and l.entity = '${entity}' and l.state in ('live', 'merged')
       join p on p.id = l.record_id`;
  return `with w as materialized (select word, ${plain('word')} as plain, ${host('word')} as host
       from unnest($1::text[]) as word),
     b as materialized (select * from jsonb_to_recordset($2::jsonb)
       as b(id text, own text, name text, number text, website text)),
     p as materialized (select t.id, null as own, ${columns('t')} from ${tableOf(entity)} t
         where ${alive('t')} and t.id not in (select id from b)
       union all select b.id, b.own, ${columns('b')} from b)
     select w.word, p.id, 1 as way from w join p on p.id = w.word
     union select w.word, p.id, 2 from w ${linked(`l.crm_id = w.word and ${ofCrm('l')}`)}
     union select w.word, p.id, 2 from w ${linked(`l.crm_id = '${fileIdPrefix}' || w.word and l.connection = '${filesAlias}'`)}
     union select w.word, p.id, 2 from w join p on p.own = w.word
     ${entity === 'customer' ? `union select w.word, p.id, 2 from w ${linked(`l.crm_id = w.plain and l.connection = '${filesAlias}'`)}` : ''}
     union select w.word, p.id, 3 from w join p on p.number = w.plain
     union select w.word, p.id, 4 from w join p on p.host = w.host and w.host like '%.%'
     union select w.word, p.id, 5 from w join p on p.name = w.plain
     order by way, word, id`;
}

/** Which of these ids are those of an entity's records in a CRM, or ours of such records, with the connection of each. */
export async function heldByCrms(
  tx: Executor,
  of: { entity: EntityName; ids: readonly string[] },
): Promise<Map<string, string>> {
  const held = (column: string) => `select w.id, l.connection from unnest($1::text[]) as w(id)
    join tierlink.link l on l.${column} = w.id and l.entity = $2 and l.state = 'live' and l.connection <> $3`;
  const rows = await tx.query<{ id: string; connection: string }>(
    `${held('crm_id')} union ${held('record_id')} order by 1, 2 desc`,
    [[...new Set(of.ids)], of.entity, filesAlias],
  );
  return new Map(rows.map(({ id, connection }) => [id, connection]));
}

/**
 * A person that a CRM knows comes before one that an import made; the first by id answers where there are several. Whom a
 * file brought in is found by the address of then as well, which a CRM may have changed since the two became one.
 */
async function findPeople(tx: Executor, emails: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ email: string; id: string }>(
    `select w.email, p.id from (
       select lower(btrim(email)) as email, id, 1 as way from tierlink.person
         where lower(btrim(email)) = any($1::text[])
       union all select crm_id, record_id, 2 from tierlink.link
         where connection = '${filesAlias}' and entity = 'person' and crm_id = any($1::text[])) w
     join tierlink.person p on p.id = w.id and ${alive('p')}
     order by w.way, exists (select 1 from tierlink.link l where l.entity = 'person' and l.record_id = p.id
       and ${ofCrm('l')}) desc, p.id collate "C"`,
    [[...emails]],
  );
  const found = new Map<string, string>();
  for (const { email, id } of rows) if (!found.has(email)) found.set(email, id);
  return found;
}
