import type { EntityName } from '../../model/entities.ts';
import type { MatchedEntity } from '../../model/match-keys.ts';
import { fileIdPrefix, filesAlias, newRecordId } from '../../model/record-id.ts';
import { alive } from '../../store/alive.ts';
import { ofCrm } from '../../store/crm-rows.ts';
import type { Tx } from '../../store/store.ts';
import { tableOf } from '../records/record-rows.ts';
import type { ImportDefinition } from './kinds.ts';
import { findLostZeros, lostZeros, lostZerosText } from './lost-zeros.ts';
import type { ImportRow } from './parse.ts';
import { analyzeStaging, failFound } from './staging.ts';

/** What a word for a company leads to; several and none are problems of the row. */
export type CompanyMatch = { id: string } | { problem: string; isUnknown: boolean };

/** Finds partners and customers by what files may call them, and people by their e-mail address. */
export interface ReferenceIndex {
  partner(word: string): CompanyMatch;
  customer(word: string): CompanyMatch;
  /** Our id of the person with this address; undefined when there is none. */
  person(email: string): string | undefined;
}

/** Columns that name companies. */
const companyColumns = ['partner', 'customer'] as const satisfies readonly MatchedEntity[];

/** Notes what rows refer to; findAsked finds it all at once. */
export async function askFor(
  tx: Tx,
  { entity, columns }: ImportDefinition,
  rows: readonly ImportRow[],
): Promise<void> {
  for (const column of companyColumns)
    if (columns.some(({ name }) => name === column)) await addAsked(tx, column, wordsIn(rows, column));
  if (entity === 'person' || entity === 'certification')
    await addAsked(tx, 'person', wordsIn(rows, 'email').map(emailKey));
}

/** Finds what was asked for. Records that are deleted, merged away or out of scope are not found. */
export async function findAsked(tx: Tx): Promise<void> {
  const asked = await tx.query<{ entity: string }>('select distinct entity from pg_temp.import_asked');
  await analyzeStaging(tx, 'asked');
  for (const { entity } of asked)
    if (entity === 'person') await findPeople(tx);
    else await findCompanies(tx, { entity: entity as MatchedEntity });
  if (asked.some(({ entity }) => entity === 'partner')) await findLostZeros(tx);
  await analyzeStaging(tx, 'found');
}

/** What these rows refer to. */
export async function referencesOf(tx: Tx, rows: readonly ImportRow[]): Promise<ReferenceIndex> {
  const companies = companyColumns.flatMap((column) => wordsIn(rows, column));
  const people = wordsIn(rows, 'email').map(emailKey);
  const found = await foundFor(tx, [...new Set([...companies, ...people])]);
  return {
    partner: (word) => {
      const match = matchOf('partner', word, found('partner', word));
      if ('id' in match || !match.isUnknown) return match;
      return { ...match, problem: `${match.problem}${lostZerosText(found(lostZeros, word))}` };
    },
    customer: (word) => matchOf('customer', word, found('customer', word)),
    person: (email) => found('person', emailKey(email))[0],
  };
}

/** What words for parents lead to, of which findCompanies has found them. */
export async function parentsFor(tx: Tx, words: readonly string[]): Promise<(word: string) => CompanyMatch> {
  const found = await foundFor(tx, words);
  return (word) => matchOf('partner', word, found('parent', word));
}

async function foundFor(
  tx: Tx,
  words: readonly string[],
): Promise<(entity: string, word: string) => readonly string[]> {
  if (words.length === 0) return () => [];
  const rows = await tx.query<{ entity: string; word: string; ids: string[] }>(
    'select entity, word, ids from pg_temp.import_found where word = any($1::text[])',
    [[...words]],
  );
  const ids = new Map(rows.map((row) => [`${row.entity} ${row.word}`, row.ids]));
  return (entity, word) => ids.get(`${entity} ${word}`) ?? [];
}

/** What words lead to is asked for as what they name: partner, customer, person or parent. */
export async function addAsked(tx: Tx, entity: string, words: readonly string[]): Promise<void> {
  if (words.length === 0) return;
  await tx.query(
    'insert into pg_temp.import_asked (entity, word) select $1, word from unnest($2::text[]) as word',
    [entity, [...words]],
  );
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
 * address, the exact name. `beside`: a table of companies that count as they are given there, whatever is stored of them.
 */
export async function findCompanies(
  tx: Tx,
  { entity, asked = entity, beside }: { entity: MatchedEntity; asked?: string; beside?: string },
): Promise<void> {
  await tx.query(
    `with found as (${companiesSql(entity, beside)}),
     best as (select word, min(way) as way from found group by word)
     insert into pg_temp.import_found (entity, word, ids)
     select $1, word, array_agg(id order by id collate "C") from found join best using (word, way) group by word`,
    [asked],
  );
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
function companiesSql(entity: MatchedEntity, beside?: string): string {
  const fileCompanies =
    beside ??
    '(select null::text as id, null as own, null as name, null as number, null as website where false) none';
  const columns = (of: string) =>
    `${plain(`${of}.name`)} as name, ${plain(`${of}.number`)} as number, ${host(`${of}.website`)} as host`;
  const linked = (condition: string) =>
    `join tierlink.link l on ${condition} and l.entity = '${entity}' and l.state in ('live', 'merged')
       join p on p.id = l.record_id`;
  return `with w as materialized (select word, ${plain('word')} as plain, ${host('word')} as host
       from (select distinct word from pg_temp.import_asked where entity = $1) asked),
     b as materialized (select * from ${fileCompanies}),
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
     union select w.word, p.id, 5 from w join p on p.name = w.plain`;
}

/** What a CRM holds is changed there: rows whose own id is that of such a record, or ours of it, become errors. */
export async function refuseCrmRecords(tx: Tx, entity: EntityName): Promise<void> {
  const held = (column: string) => `select ${column} as id, connection from tierlink.link
    where entity = $1 and state = 'live' and connection <> '${filesAlias}'`;
  await tx.query(
    `insert into pg_temp.import_finding (kind, line, column_name, value, reason)
     select 'error', r.line, 'id', r.own_id,
       format('is a %s of the CRM %s; change it there', $1::text, min(h.connection collate "C"))
     from pg_temp.import_record r join (${held('crm_id')} union all ${held('record_id')}) h on h.id = r.own_id
     group by r.line, r.own_id order by r.line`,
    [entity],
  );
  await failFound(tx);
}

/**
 * A person that a CRM knows comes before one that an import made; the first by id answers where there are several. Whom a
 * file brought in is found by the address of then as well, which a CRM may have changed since the two became one.
 */
async function findPeople(tx: Tx): Promise<void> {
  await tx.query(
    `with w as materialized (select distinct word from pg_temp.import_asked where entity = 'person')
     insert into pg_temp.import_found (entity, word, ids)
     select distinct on (w.word) 'person', w.word, array[p.id]
     from w join (
       select lower(btrim(email)) as email, id, 1 as way from tierlink.person
       union all select crm_id, record_id, 2 from tierlink.link
         where connection = '${filesAlias}' and entity = 'person') known on known.email = w.word
     join tierlink.person p on p.id = known.id and ${alive('p')}
     order by w.word, known.way, exists (select 1 from tierlink.link l where l.entity = 'person'
       and l.record_id = p.id and ${ofCrm('l')}) desc, p.id collate "C"`,
  );
}
