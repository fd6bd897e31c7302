import { nameSql } from '../../kpi/sql/sql-parts.ts';
import { instantOf } from '../../model/clock.ts';
import type { EntityName } from '../../model/entities.ts';
import { filesAlias } from '../../model/record-id.ts';
import { nameKey } from '../../model/values.ts';
import { dayOf, earlierDay, endOfDay, laterDay } from '../../program/civil-date.ts';
import type { Tx } from '../../store/store.ts';
import type { ImportDefinition, ImportKind } from './kinds.ts';
import type { ImportRecord } from './rows.ts';

/** Up to which day what files brought in is complete. */
export interface FileFeed {
  /** The kind of import; of facts, with the kind of these. */
  object: string;
  /** Last day, in the program's time zone; null: files brought it in part only. */
  completeTo: string | null;
  /** Whether rows of it were left out, and nobody has said since to which day all of them are here. */
  lacksRows: boolean;
  /** Of facts, whether a KPI of the program names the kind; null where none names any. */
  isNamed: boolean | null;
}

/** What a file delivers; its rows and records are staged. */
export interface Delivery {
  definition: ImportDefinition;
  /** Of facts, by kind as names are compared, the newest day that is not ahead; undefined where all are. */
  newest: ReadonlyMap<string, string | undefined>;
  /** Of facts, the kinds that the program names. */
  factKinds: readonly string[];
  /** Epoch milliseconds. */
  now: number;
  timeZone: string;
  /** The last day that the file holds, as who imports it says. (Default: see noteDelivery) */
  completeTo?: string | undefined;
  /** Whether rows were left out for their errors. */
  isPartial: boolean;
}

/** Notes the newest day that is not ahead, by kind, of facts that pass. */
export async function* notingDays(
  pages: AsyncGenerator<ImportRecord[]>,
  { newest, today }: { newest: Map<string, string | undefined>; today: string },
): AsyncGenerator<ImportRecord[]> {
  for await (const page of pages) {
    for (const { values } of page) {
      const [kind, day] = [nameKey(values.kind as string), values.occurredOn as string];
      const known = newest.get(kind);
      newest.set(kind, day > today ? known : laterDay(known ?? day, day));
    }
    yield page;
  }
}

interface Part {
  object: string;
  entity: EntityName;
  kind: string | null;
  /** The day by default. */
  day: string;
  /** Whether rows of it were left out. */
  isPartial: boolean;
}

/**
 * Notes up to which day the records of files are complete: facts by kind, because each has files of its own, to the newest
 * day in the file that is not ahead; all else to the day of the import. By default the day never goes back; one that was given
 * holds as it is. A part of which rows were left out is not moved on, whatever day was given, and then not by later files either
 * until somebody gives the day with one of them: nothing else says that what was missing has come. It opens a feed for what it
 * is the first of, so that nobody takes what is missing for zero. Of the kinds of facts of which no row was sound, these are
 * those that files have brought before or that the program names: another one is misspelt, or nobody reads it. Returns what is
 * noted of the parts of the file.
 */
export async function noteDelivery(tx: Tx, delivery: Delivery): Promise<FileFeed[]> {
  const { completeTo, timeZone } = delivery;
  const named = delivery.factKinds.map(nameKey);
  const noted: FileFeed[] = [];
  for (const { object, entity, kind, day, isPartial } of await partsOf(tx, delivery)) {
    const end = isPartial ? null : (completeTo ?? day);
    const isGiven = completeTo !== undefined && !isPartial;
    const [row] = await tx.query<{ to: string | null; lacksRows: boolean }>(
      `insert into tierlink.feed (connection, object, entity, fact_kind, complete_to, lacks_rows)
       values ($1, $2, $3, $4, $5::timestamptz, $7)
       on conflict (connection, object, entity) do update set
         complete_to = case when $6 then excluded.complete_to when feed.lacks_rows then feed.complete_to
           else greatest(feed.complete_to, excluded.complete_to) end,
         lacks_rows = excluded.lacks_rows or (feed.lacks_rows and not $6)
       returning complete_to as to, lacks_rows as "lacksRows"`,
      [filesAlias, object, entity, kind, end && instantOf(endOfDay(end, timeZone)), isGiven, isPartial],
    );
    const { to, lacksRows } = row!;
    const isNamed = kind === null || named.length === 0 ? null : named.includes(kind);
    noted.push({
      object,
      completeTo: to === null ? null : dayOf(Date.parse(to), timeZone),
      lacksRows,
      isNamed,
    });
  }
  return noted;
}

/**
 * Drops what was noted of a file that was taken back where files hold nothing of it any more, so that nobody waits for the
 * next one: of facts by kind, those that its rows name and that its records have since.
 */
export async function forgetDelivery(tx: Tx, delivery: Delivery): Promise<void> {
  const { definition } = delivery;
  const { kind: object, entity } = definition;
  if (entity !== 'fact') {
    await dropFeeds(tx, definition, [object]);
    return;
  }
  const stored = await tx.query<{ kind: string }>(
    `select distinct f.kind from pg_temp.import_record r join tierlink.fact f on f.id = r.id where r.stays`,
  );
  const kinds = [...(await kindsInFile(tx)), ...stored.map(({ kind }) => nameKey(kind))];
  await dropFeeds(tx, definition, [...new Set(kinds)].map(factsOfKind));
}

/** Drops those of the feeds of which no record from files counts. */
async function dropFeeds(
  tx: Tx,
  { kind, entity }: ImportDefinition,
  objects: readonly string[],
): Promise<void> {
  const ofFeeds = 'from tierlink.feed where connection = $1 and entity = $2 and object = any($3::text[])';
  // First their rows: another import that is bringing in more of it holds them until it ends.
  const feeds = await tx.query<{ object: string; kind: string | null }>(
    `select object, fact_kind as kind ${ofFeeds} for update`,
    [filesAlias, entity, objects],
  );
  const held = await tx.query<{ kind: string }>(heldSql(kind, entity), [
    feeds.map((feed) => feed.kind ?? ''),
  ]);
  const kept = new Set(held.map((row) => row.kind));
  const gone = feeds.filter((feed) => !kept.has(feed.kind ?? '')).map(({ object }) => object);
  await tx.query(`delete ${ofFeeds}`, [filesAlias, entity, gone]);
}

/**
 * SQL: which kinds of facts in $1 files still hold; of what has no kinds, a blank one. It is looked for until the first record
 * is found, so that it takes no longer the more there is: of facts by kind, of everything else by what files hold.
 */
export function heldSql(object: ImportKind, entity: EntityName): string {
  const live = `l.connection = '${filesAlias}' and l.object = '${object}' and l.entity = '${entity}' and l.state = 'live'`;
  const found =
    entity === 'fact'
      ? `select from tierlink.fact r where ${nameSql('r.kind')} = w.kind and r.deleted_at is null
          and (select true from tierlink.link l where l.record_id = r.id and ${live} limit 1)`
      : `select from tierlink.link l join tierlink.${entity} r on r.id = l.record_id and r.deleted_at is null where ${live}`;
  return `select w.kind from unnest($1::text[]) as w(kind) cross join lateral (${found} limit 1) held`;
}

async function partsOf(tx: Tx, delivery: Delivery): Promise<Part[]> {
  const { definition, factKinds, now, timeZone, isPartial } = delivery;
  const { kind: object, entity } = definition;
  const today = dayOf(now, timeZone);
  if (entity !== 'fact') return [{ object, entity, kind: null, day: today, isPartial }];
  const days = new Map(delivery.newest);
  const lacking = isPartial ? await kindsLeftOut(tx) : [];
  if (isPartial) {
    const expected = new Set([...(await knownKinds(tx)), ...factKinds.map(nameKey)]);
    for (const kind of lacking) if (expected.has(kind) && !days.has(kind)) days.set(kind, undefined);
  }
  // A file without rows says of every kind that there was nothing, but only where its last day is given.
  if (days.size === 0 && !isPartial && delivery.completeTo !== undefined)
    for (const kind of await knownKinds(tx)) days.set(kind, undefined);
  // A row of another kind may be misspelt, and then it is missing wherever it belongs.
  const isAny = lacking.some((kind) => !days.has(kind));
  return [...days]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([kind, day]) => ({
      object: factsOfKind(kind),
      entity,
      kind,
      day: earlierDay(day ?? today, today),
      isPartial: isAny || lacking.includes(kind),
    }));
}

function factsOfKind(kind: string): string {
  return `facts of kind ${kind}`;
}

/** The kinds of facts that rows name, those with errors too, as names are compared. */
async function kindsInFile(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ kind: string | null }>(
    `select distinct cells->>'kind' as kind from pg_temp.import_row`,
  );
  return rows.map(({ kind }) => nameKey(kind ?? '')).filter((kind) => kind !== '');
}

/** The kinds of facts of rows with errors, as names are compared; a blank one for rows that tell none. */
async function kindsLeftOut(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ kind: string | null }>(
    `select distinct r.cells->>'kind' as kind from pg_temp.import_finding f
     left join pg_temp.import_row r using (line) where f.kind = 'error'`,
  );
  return [...new Set(rows.map(({ kind }) => nameKey(kind ?? '')))];
}

async function knownKinds(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ kind: string }>(
    `select fact_kind as kind from tierlink.feed where connection = $1 and fact_kind is not null`,
    [filesAlias],
  );
  return rows.map(({ kind }) => kind);
}
