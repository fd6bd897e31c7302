import { fileIdPrefix, filesAlias } from '../../model/record-id.ts';
import { nameKey } from '../../model/values.ts';
import { alive } from '../../store/alive.ts';
import type { Executor, Tx } from '../../store/store.ts';
import { followIds, hasOwnId } from './ids.ts';
import type { RowError } from './parse.ts';
import { errorIn, type ImportRecord } from './rows.ts';
import { addFindings, leaveOutErrors, recordPages, renameRecords } from './staging.ts';

interface KnownFact {
  id: string;
  key: string;
  partner: string;
  kind: string;
  occurred_on: string;
  dimension: string | null;
  subject: string | null;
}

/** What tells a fact without an id of its own from others, whatever a file calls its partner. */
export function placeOfFact(record: ImportRecord): string | undefined {
  return hasOwnId(record) ? undefined : identityOf(record);
}

/**
 * Facts without an id of their own are told apart by their partner, not by what a file calls it: a row that names the
 * partner in another way than before means the fact that is known. Rows that mean one fact twice are errors. A fact that
 * is found by its own words stays it, so that facts of partners that were merged since are still two.
 */
export async function settleFacts(tx: Tx): Promise<void> {
  const facts = factLookup(tx);
  for await (const page of recordPages(tx)) {
    const named = await namedFacts(tx, page);
    const fresh = page.filter((record) => !hasOwnId(record) && !named.has(record.key));
    if (fresh.length === 0) continue;
    const known = await facts(fresh, { isUnnamed: false });
    const firsts = await firstLines(tx, fresh.map(identityOf));
    const errors: RowError[] = [];
    const matched: ImportRecord[] = [];
    for (const record of fresh) {
      const [line, same] = [firsts.get(identityOf(record))!, known.get(identityOf(record)) ?? []];
      const reason = complaint(line === record.line ? undefined : line, same.length);
      if (reason !== undefined) errors.push(errorIn(record, 'partner', reason));
      else if (same[0] !== undefined) matched.push({ ...record, ...same[0] });
    }
    await addFindings(tx, 'error', errors);
    await renameRecords(tx, matched);
  }
  await leaveOutErrors(tx);
  await followIds(tx, { kind: 'facts', entity: 'fact' }, (rows) => findUnnamed(facts, rows));
}

/** Of facts, by identity, the line that comes first: one that is found by its own words, else the first in the file. */
async function firstLines(tx: Executor, identities: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.query<{ place: string; line: number }>(
    `select place, coalesce(max(line) filter (where named), min(line)) as line
     from (select r.place, r.line, exists (select from tierlink.link l where l.connection = $2
         and l.object = 'facts' and l.entity = 'fact' and l.crm_id = r.record->>'key') as named
       from pg_temp.import_record r where r.place = any($1::text[])) each
     group by place`,
    [[...new Set(identities)], filesAlias],
  );
  return new Map(rows.map(({ place, line }) => [place, line]));
}

/** What is said of a fact that takes back an entry which its partner does not have, or which takes one back itself. */
const nothingTakenBack =
  'the partner has no entry of this id that could be taken back; it counts for nothing until then';

/** SQL: the fact takes back an entry that its partner does not have, or one that takes back another one itself. */
export const reversesNothing = (fact: string) => `${fact}.reverses is not null and ${alive(fact)}
  and not exists (select from tierlink.fact taken where taken.partner = ${fact}.partner
    and taken.entry = ${fact}.reverses and taken.reverses is null and ${alive('taken')})`;

/** Tells of facts that were kept and take back an entry that is not there. */
export async function tellReversalsOfNothing(tx: Executor): Promise<void> {
  await tx.query(
    `insert into pg_temp.import_finding (kind, line, column_name, value, reason)
     select 'waiting', s.line, 'reverses', w.cells->>'reverses', $1
     from pg_temp.import_record s join pg_temp.import_row w on w.line = s.line
     join tierlink.fact r on r.id = s.id
     where s.stays and w.cells->>'reverses' <> '' and ${reversesNothing('r')}`,
    [nothingTakenBack],
  );
}

/** Facts of files that have no id so far, and that rows with one mean; of merged partners' several, none is surely meant. */
async function findUnnamed(
  facts: FactLookup,
  rows: readonly ImportRecord[],
): Promise<Map<ImportRecord, string>> {
  const known = await facts(rows, { isUnnamed: true });
  return new Map(
    rows.flatMap((row) => {
      const same = known.get(identityOf(row)) ?? [];
      return same.length === 1 ? [[row, same[0]!.id] as [ImportRecord, string]] : [];
    }),
  );
}

function complaint(line: number | undefined, facts: number): string | undefined {
  if (line !== undefined)
    return `the same fact as in line ${line}, where the partner is named in another way`;
  return facts > 1 ? `fits ${facts} facts of merged partners; name the partner as before` : undefined;
}

function identityOf({ values }: ImportRecord): string {
  const { partner, kind, occurredOn, dimension, subject } = values;
  return identity([partner, kind, occurredOn, dimension, subject].map((value) => (value ?? '') as string));
}

function identity([partner, kind, day, dimension, subject]: readonly string[]): string {
  return JSON.stringify([partner, nameKey(kind!), day, nameKey(dimension!), nameKey(subject!)]);
}

/** The keys of rows that an earlier import has kept under the same words. */
async function namedFacts(tx: Executor, records: readonly ImportRecord[]): Promise<Set<string>> {
  const rows = await tx.query<{ key: string }>(
    `select crm_id as key from tierlink.link
     where connection = $2 and object = 'facts' and entity = 'fact' and crm_id = any($1::text[])`,
    [records.map(({ key }) => key), filesAlias],
  );
  return new Set(rows.map(({ key }) => key));
}

/** Finds the facts that files have brought of the partners and days of the file, in one go. */
async function findKnownFacts(tx: Executor): Promise<void> {
  await tx.query(
    `create temporary table import_fact on commit drop as
     select f.id, l.crm_id as key, f.partner, f.kind, f.occurred_on, f.dimension, f.subject
     from (select distinct record->'values'->>'partner' as partner,
         (record->'values'->>'occurredOn')::date as day from pg_temp.import_record) w
     join tierlink.fact f on f.partner = w.partner and f.occurred_on = w.day
       and f.deleted_at is null and f.merged_into is null
     join tierlink.link l on l.record_id = f.id and l.connection = '${filesAlias}' and l.object = 'facts'
       and l.entity = 'fact' and l.crm_id not like '${fileIdPrefix}%'`,
  );
  await tx.query('create index on pg_temp.import_fact (partner, occurred_on)');
  await tx.query('analyze pg_temp.import_fact');
}

/** Facts that rows mean by their words, by identity. isUnnamed: only those that have got no id since. */
type FactLookup = (
  records: readonly ImportRecord[],
  which: { isUnnamed: boolean },
) => Promise<Map<string, Pick<KnownFact, 'id' | 'key'>[]>>;

/** Finds them once somebody asks: a file that came before knows all of its facts by their keys. */
function factLookup(tx: Executor): FactLookup {
  let ready: Promise<void> | undefined;
  return async (records, which) => {
    ready ??= findKnownFacts(tx);
    await ready;
    return await sameFacts(tx, records, which);
  };
}

async function sameFacts(
  tx: Executor,
  records: readonly ImportRecord[],
  { isUnnamed }: { isUnnamed: boolean },
): ReturnType<FactLookup> {
  const found = new Map<string, Pick<KnownFact, 'id' | 'key'>[]>();
  if (records.length === 0) return found;
  const rows = await tx.query<KnownFact & Record<string, unknown>>(
    `select f.* from (select distinct * from unnest($1::text[], $2::date[]) as w(partner, day)) w
     join pg_temp.import_fact f on f.partner = w.partner and f.occurred_on = w.day
     where not ($4 and exists (select from tierlink.link o where o.record_id = f.id and o.connection = $3
       and o.object = 'facts' and o.entity = 'fact' and o.crm_id like '${fileIdPrefix}%'))
     order by f.key collate "C"`,
    [
      records.map(({ values }) => values.partner),
      records.map(({ values }) => values.occurredOn),
      filesAlias,
      isUnnamed,
    ],
  );
  for (const { id, key, partner, kind, occurred_on: day, dimension, subject } of rows) {
    const same = identity([partner, kind, day, dimension ?? '', subject ?? '']);
    const known = found.get(same);
    if (known === undefined) found.set(same, [{ id, key }]);
    else known.push({ id, key });
  }
  return found;
}
