import { instantOf } from '../model/clock.ts';
import type { EntityName } from '../model/entities.ts';
import { filesAlias } from '../model/record-id.ts';
import { nameKey } from '../model/values.ts';
import { dayOf, earlierDay, endOfDay, laterDay } from '../program/civil-date.ts';
import type { Tx } from '../store/store.ts';
import type { ImportDefinition } from './import-kinds.ts';
import type { ImportRow } from './import-parse.ts';
import type { ImportRecord } from './import-rows.ts';

/** Up to which day what files brought in is complete. */
export interface FileFeed {
  /** The kind of import; of facts, with the kind of these. */
  object: string;
  /** Last day, in the program's time zone; null: files brought it in part only. */
  completeTo: string | null;
}

/** What a file delivers. */
export interface Delivery {
  definition: ImportDefinition;
  records: readonly ImportRecord[];
  /** All rows that have as many cells as the header, those with errors too. */
  rows: readonly ImportRow[];
  /** Epoch milliseconds. */
  now: number;
  timeZone: string;
  /** The last day that the file holds, as who imports it says. (Default: see noteDelivery) */
  completeTo?: string | undefined;
  /** Whether rows were left out for their errors. */
  isPartial: boolean;
}

interface Part {
  object: string;
  entity: EntityName;
  kind: string | null;
  /** The day by default. */
  day: string;
}

/**
 * Notes up to which day the records of files are complete: facts by kind, because each has files of its own, to the newest
 * day in the file that is not ahead; all else to the day of the import. A file of which rows were left out moves nothing on,
 * whatever day was given; it opens a feed for what it is the first of, so that nobody takes what is missing for zero. By
 * default the day never goes back; one that was given holds as it is. Returns what is noted of the parts of the file.
 */
export async function noteDelivery(tx: Tx, delivery: Delivery): Promise<FileFeed[]> {
  const { completeTo, isPartial, timeZone } = delivery;
  const isGiven = completeTo !== undefined && !isPartial;
  const noted: FileFeed[] = [];
  for (const { object, entity, kind, day } of await partsOf(tx, delivery)) {
    const end = isPartial ? null : (completeTo ?? day);
    const [row] = await tx.query<{ to: string | null }>(
      `insert into tierlink.feed (connection, object, entity, fact_kind, complete_to)
       values ($1, $2, $3, $4, $5::timestamptz)
       on conflict (connection, object, entity) do update set complete_to =
         case when $6 then excluded.complete_to else greatest(feed.complete_to, excluded.complete_to) end
       returning complete_to as to`,
      [filesAlias, object, entity, kind, end && instantOf(endOfDay(end, timeZone)), isGiven],
    );
    const to = row!.to;
    noted.push({ object, completeTo: to === null ? null : dayOf(Date.parse(to), timeZone) });
  }
  return noted;
}

async function partsOf(tx: Tx, delivery: Delivery): Promise<Part[]> {
  const { definition, records, rows, now, timeZone, isPartial } = delivery;
  const { kind: object, entity } = definition;
  const today = dayOf(now, timeZone);
  if (entity !== 'fact') return [{ object, entity, kind: null, day: today }];
  const kinds = rows.map(({ cells }) => nameKey(cells.kind ?? '')).filter((kind) => kind !== '');
  const days = new Map<string, string | undefined>(kinds.map((kind) => [kind, undefined]));
  for (const { values } of records) {
    const [kind, day] = [nameKey(values.kind as string), values.occurredOn as string];
    const newest = days.get(kind);
    days.set(kind, day > today ? newest : laterDay(newest ?? day, day));
  }
  // A file without rows says of every kind that there was nothing, but only where its last day is given.
  if (rows.length === 0 && !isPartial && delivery.completeTo !== undefined)
    for (const kind of await knownKinds(tx)) days.set(kind, undefined);
  return [...days]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([kind, day]) => ({
      object: `facts of kind ${kind}`,
      entity,
      kind,
      day: earlierDay(day ?? today, today),
    }));
}

async function knownKinds(tx: Tx): Promise<string[]> {
  const rows = await tx.query<{ kind: string }>(
    `select fact_kind as kind from tierlink.feed where connection = $1 and fact_kind is not null`,
    [filesAlias],
  );
  return rows.map(({ kind }) => kind);
}
