import { TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import { filesAlias } from '../../model/record-id.ts';
import { markDirty } from '../records/dirty.ts';
import { loadRecords, saveRecords } from '../records/record-rows.ts';
import type { ImportDefinition, ImportKind } from './kinds.ts';
import type { ImportRecord } from './rows.ts';
import { noteChanges, type Saving } from './save.ts';

/** Kinds whose records nothing else is made of; partners and people have deals, certificates and tiers. */
const removable: readonly ImportKind[] = ['deals', 'certifications', 'leads', 'facts'];

/** Throws USAGE for a kind whose records stay. */
export function refuseRemoval(kind: ImportKind): void {
  if (removable.includes(kind)) return;
  const day = kind === 'people' ? 'left_on' : 'ended_on';
  const reason = `${kind} are not taken back, because deals and certificates are theirs; give them ${day} in a file instead`;
  throw new TierlinkError('USAGE', { reason, command: `import ${kind}` });
}

/**
 * Takes records that files brought in out of the program, as if they had been deleted where they come from: they are kept with
 * their history and count for nothing, and importing them again brings them back. Customers and people that came along stay.
 * Returns how many rows of the file meant something that was there.
 */
export async function removeImported(
  saving: Saving,
  definition: ImportDefinition,
  pages: AsyncGenerator<ImportRecord[]>,
): Promise<number> {
  let rows = 0;
  for await (const records of pages) rows += await removeBatch(saving, definition, records);
  return rows;
}

async function removeBatch(
  saving: Saving,
  { entity, kind }: ImportDefinition,
  records: readonly ImportRecord[],
): Promise<number> {
  const { tx, options } = saving;
  const now = instantOf(options.clock.now());
  const known = await loadRecords(
    tx,
    entity,
    records.map(({ id }) => id),
  );
  const present = records.filter(({ id }) => {
    const row = known.get(id);
    return row !== undefined && row.deletedAt === null && row.mergedInto === null;
  });
  const ids = present.map(({ id }) => id);
  await markDirty({ tx, now }, entity, ids);
  const changed = present.map(({ id }) => ({ ...known.get(id)!, deletedAt: now, knownFrom: now }));
  await saveRecords(tx, entity, { created: [], changed, now });
  await tx.query(
    `update tierlink.link set state = 'deleted', changed_at = $4::timestamptz
     where connection = $1 and object = $2 and entity = $3 and record_id = any($5::text[])`,
    [filesAlias, kind, entity, now, ids],
  );
  const changes = present.map(({ id, key }) => ({ id, key, before: known.get(id)!.values, after: null }));
  await noteChanges(saving, { action: 'remove', entity, object: kind, changes, now });
  return present.reduce((sum, { rows }) => sum + rows, 0);
}
