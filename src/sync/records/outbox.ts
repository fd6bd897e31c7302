import { type EntityName, entities } from '../../model/entities.ts';
import { markOutbox, renewed } from '../../store/mark-outbox.ts';
import type { Executor } from '../../store/store.ts';
import type { ObjectMapping } from '../mapping/schema.ts';

/**
 * The outbox names records whose side with us may differ from a CRM. A row is a reason to compare, not a change: the push
 * compares with the base of each link and writes only what differs.
 */

/** Mappings that may write something. */
export function writtenMappings(mappings: readonly ObjectMapping[]): ObjectMapping[] {
  return mappings.filter((mapping) =>
    Object.values(mapping.attributes).some((attribute) => attribute.direction !== 'in'),
  );
}

/** Marks everything that a connection could have to be told, as when its write-back is turned on. */
export async function markEverything(
  tx: Executor,
  marks: { connection: string; mappings: readonly ObjectMapping[]; now: string },
): Promise<void> {
  const written = writtenMappings(marks.mappings).map((mapping) => mapping.entity);
  for (const entity of [...new Set(written)].sort()) {
    if (entity === 'connectionStatus') continue;
    const creates = marks.mappings.some((mapping) => mapping.entity === entity && mapping.create);
    if (creates || entities[entity].origin === 'program') await markTable(tx, entity, marks.now);
    else await markLinked(tx, { connection: marks.connection, entity, now: marks.now });
  }
}

/** What the program makes for partners, as records of their own. */
const madeForPartners = Object.entries(entities).flatMap(([entity, { origin, table, attributes }]) =>
  origin === 'program' && 'partner' in attributes ? [{ entity: entity as EntityName, table }] : [],
);

/** Marks what the program made for these partners, of whatever time. */
export async function markMade(
  tx: Executor,
  { partners, now }: { partners: readonly string[]; now: string },
): Promise<void> {
  for (const { entity, table } of madeForPartners) {
    const rows = await tx.query<{ id: string }>(
      `select id from tierlink.${table} where partner_id = any($1::text[])`,
      [[...partners]],
    );
    await markOutbox(tx, { entity, recordIds: rows.map((row) => row.id), now });
  }
}

async function markTable(tx: Executor, entity: EntityName, now: string): Promise<void> {
  await tx.query(
    `insert into tierlink.outbox (entity, record_id, since)
     select $1, id, $2::timestamptz from tierlink.${entities[entity].table} order by id ${renewed}`,
    [entity, now],
  );
}

async function markLinked(
  tx: Executor,
  marks: { connection: string; entity: EntityName; now: string },
): Promise<void> {
  await tx.query(
    `insert into tierlink.outbox (entity, record_id, since)
     select distinct entity, record_id, $3::timestamptz from tierlink.link where connection = $1 and entity = $2
     order by 2 ${renewed}`,
    [marks.connection, marks.entity, marks.now],
  );
}
