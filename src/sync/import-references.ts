import { newRecordId } from '../model/record-id.ts';
import type { Executor } from '../store/store.ts';
import type { ImportRow } from './import-parse.ts';

/** What a word for a partner leads to. */
export type PartnerMatch = { id: string } | { problem: string };

/** Finds partners by our id, a CRM's id, the web address or the exact name, and people by their e-mail address. */
export interface ReferenceIndex {
  partner(word: string): PartnerMatch;
  /** Our id of the person with this address; undefined when there is none. */
  person(email: string): string | undefined;
}

/** Loads what the rows of a file refer to. Records that are deleted, merged away or out of scope are not found. */
export async function loadReferences(tx: Executor, rows: readonly ImportRow[]): Promise<ReferenceIndex> {
  const words = [...new Set(rows.map((row) => row.cells.partner ?? '').filter((word) => word !== ''))];
  const emails = [
    ...new Set(rows.map((row) => emailKey(row.cells.email ?? '')).filter((email) => email !== '')),
  ];
  const partners = await findPartners(tx, words);
  const people = await findPeople(tx, emails);
  return {
    partner: (word) => matchOf(word, partners.get(word)),
    person: (email) => people.get(emailKey(email)),
  };
}

/** An address in the form in which it is compared. */
export function emailKey(email: string): string {
  return email.trim().toLowerCase();
}

/** Id of a person that only imports know. */
export function importedPersonId(email: string): string {
  return newRecordId('person', 'import', 'people', emailKey(email));
}

function matchOf(word: string, found: ReadonlySet<string> | undefined): PartnerMatch {
  const [first, ...others] = [...(found ?? [])];
  if (first === undefined) return { problem: `no partner is known as "${word}"` };
  if (others.length === 0) return { id: first };
  return {
    problem: `"${word}" fits ${others.length + 1} partners; use the id of one: ${[first, ...others].join(', ')}`,
  };
}

/** Each word by the first of the ways that finds anything: id, CRM id, web address, name. */
async function findPartners(tx: Executor, words: readonly string[]): Promise<Map<string, Set<string>>> {
  const rows = await tx.query<{ word: string; id: string; way: number }>(
    `with w as (select word, lower(btrim(word)) as plain,
       regexp_replace(regexp_replace(lower(btrim(word)), '^(https?://)?(www\\.)?', ''), '[/?#].*$', '') as host
       from unnest($1::text[]) as word),
     p as (select id, lower(btrim(name)) as name,
       regexp_replace(regexp_replace(lower(btrim(website)), '^(https?://)?(www\\.)?', ''), '[/?#].*$', '') as host
       from tierlink.partner where deleted_at is null and merged_into is null and in_scope)
     select w.word, p.id, 1 as way from w join p on p.id = w.word
     union select w.word, p.id, 2 from w join tierlink.link l on l.crm_id = w.word and l.entity = 'partner'
       and l.state in ('live', 'merged') join p on p.id = l.record_id
     union select w.word, p.id, 3 from w join p on p.host = w.host and w.host like '%.%'
     union select w.word, p.id, 4 from w join p on p.name = w.plain
     order by way, word, id`,
    [[...words]],
  );
  const found = new Map<string, Set<string>>();
  const ways = new Map<string, number>();
  for (const { word, id, way } of rows) {
    const known = ways.get(word) ?? way;
    if (known !== way) continue;
    ways.set(word, way);
    found.set(word, (found.get(word) ?? new Set()).add(id));
  }
  return found;
}

/** A person that a CRM knows comes before one that an import made; the first by id answers where there are several. */
async function findPeople(tx: Executor, emails: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ email: string; id: string }>(
    `select lower(btrim(p.email)) as email, p.id from tierlink.person p
     where lower(btrim(p.email)) = any($1::text[]) and p.deleted_at is null and p.merged_into is null and p.in_scope
     order by exists (select 1 from tierlink.link l where l.entity = 'person' and l.record_id = p.id
       and l.connection <> 'import') desc, p.id collate "C"`,
    [[...emails]],
  );
  const found = new Map<string, string>();
  for (const { email, id } of rows) if (!found.has(email)) found.set(email, id);
  return found;
}
