import { fileIdPrefix, filesAlias } from '../model/record-id.ts';
import { nameKey } from '../model/values.ts';
import { alive } from '../store/alive.ts';
import type { Executor } from '../store/store.ts';
import { followIds, hasOwnId } from './import-ids.ts';
import type { RowError } from './import-parse.ts';
import { errorIn, type ImportRecord, type ReadRows, type Settled } from './import-rows.ts';

interface KnownFact {
  id: string;
  key: string;
  partner: string;
  kind: string;
  occurred_on: string;
  dimension: string | null;
  subject: string | null;
}

/**
 * Facts without an id of their own are told apart by their partner, not by what a file calls it: a row that names the
 * partner in another way than before means the fact that is known. Rows that mean one fact twice are errors. A fact that
 * is found by its own words stays it, so that facts of partners that were merged since are still two.
 */
export async function matchFacts(tx: Executor, { records }: Pick<ReadRows, 'records'>): Promise<Settled> {
  const named = await namedFacts(tx, records);
  const keyed = records.filter((record) => !hasOwnId(record));
  const fresh = keyed.filter(({ key }) => !named.has(key));
  const known = await sameFacts(tx, fresh, { isUnnamed: false });
  const lines = new Map(
    keyed.filter(({ key }) => named.has(key)).map((record) => [identityOf(record), record.line]),
  );
  const errors: RowError[] = [];
  const matched = new Map<ImportRecord, ImportRecord>();
  for (const record of fresh) {
    const identity = identityOf(record);
    const [line, facts] = [lines.get(identity), known.get(identity) ?? []];
    lines.set(identity, line ?? record.line);
    const reason = complaint(line, facts.length);
    if (reason === undefined) matched.set(record, { ...record, ...facts[0] });
    else errors.push(errorIn(record, 'partner', reason));
  }
  const isFresh = new Set(fresh);
  const kept = records.filter((record) => !isFresh.has(record) || matched.has(record));
  const settled = kept.map((record) => matched.get(record) ?? record);
  const find = async (rows: readonly ImportRecord[]) => await findUnnamed(tx, rows);
  const object = { kind: 'facts', entity: 'fact' } as const;
  return { records: await followIds(tx, object, { records: settled, find }), errors };
}

/** What is said of a fact that takes back an entry which its partner does not have, or which takes one back itself. */
const nothingTakenBack =
  'the partner has no entry of this id that could be taken back; it counts for nothing until then';

/** SQL: the fact takes back an entry that its partner does not have, or one that takes back another one itself. */
export const reversesNothing = (fact: string) => `${fact}.reverses is not null and ${alive(fact)}
  and not exists (select from tierlink.fact taken where taken.partner = ${fact}.partner
    and taken.entry = ${fact}.reverses and taken.reverses is null and ${alive('taken')})`;

/** Facts that were kept and take back an entry that is not there. */
export async function reversalsOfNothing(
  tx: Executor,
  records: readonly ImportRecord[],
): Promise<RowError[]> {
  const reversals = new Map(
    records.filter(({ cells }) => (cells.reverses ?? '') !== '').map((record) => [record.id, record]),
  );
  if (reversals.size === 0) return [];
  const rows = await tx.query<{ id: string }>(
    `select r.id from tierlink.fact r where r.id = any($1::text[]) and ${reversesNothing('r')}`,
    [[...reversals.keys()]],
  );
  return rows
    .map(({ id }) => errorIn(reversals.get(id)!, 'reverses', nothingTakenBack))
    .sort((left, right) => left.line - right.line);
}

/** Facts of files that have no id so far, and that rows with one mean; of merged partners' several, none is surely meant. */
async function findUnnamed(tx: Executor, rows: readonly ImportRecord[]): Promise<Map<ImportRecord, string>> {
  const known = await sameFacts(tx, rows, { isUnnamed: true });
  return new Map(
    rows.flatMap((row) => {
      const facts = known.get(identityOf(row)) ?? [];
      return facts.length === 1 ? [[row, facts[0]!.id] as [ImportRecord, string]] : [];
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

/** Imported facts that rows mean by their words, by identity. isUnnamed: only those that have got no id since. */
async function sameFacts(
  tx: Executor,
  records: readonly ImportRecord[],
  { isUnnamed }: { isUnnamed: boolean },
): Promise<Map<string, Pick<KnownFact, 'id' | 'key'>[]>> {
  const found = new Map<string, Pick<KnownFact, 'id' | 'key'>[]>();
  if (records.length === 0) return found;
  const rows = await tx.query<KnownFact & Record<string, unknown>>(
    `select f.id, l.crm_id as key, f.partner, f.kind, f.occurred_on, f.dimension, f.subject
     from tierlink.fact f
     join tierlink.link l on l.record_id = f.id and l.connection = $3 and l.object = 'facts' and l.entity = 'fact'
     where f.partner = any($1::text[]) and f.occurred_on = any($2::date[]) and l.crm_id not like '${fileIdPrefix}%'
       and f.deleted_at is null and f.merged_into is null
       and not ($4 and exists (select from tierlink.link o where o.record_id = f.id and o.connection = $3
         and o.object = 'facts' and o.entity = 'fact' and o.crm_id like '${fileIdPrefix}%'))
     order by l.crm_id collate "C"`,
    [
      records.map(({ values }) => values.partner),
      records.map(({ values }) => values.occurredOn),
      filesAlias,
      isUnnamed,
    ],
  );
  for (const { id, key, partner, kind, occurred_on: day, dimension, subject } of rows) {
    const same = identity([partner, kind, day, dimension ?? '', subject ?? '']);
    found.set(same, [...(found.get(same) ?? []), { id, key }]);
  }
  return found;
}
