import { type EntityName, entities } from '../../model/entities.ts';
import { type Base, type BasePair, entryOf, pairOf } from '../records/base.ts';
import { survivorsOf } from '../records/record-rows.ts';
import type { Batch, Item } from './batch.ts';

/**
 * When the CRM merges records, it moves what the program made for the loser to the winner; when it deletes one, it blanks
 * the lookups to it. Our own row keeps what it says, for it is history, so what was agreed on follows the CRM here;
 * otherwise that would look like an edit by hand.
 */
export async function followReferences(batch: Batch, items: readonly Item[]): Promise<void> {
  if (entities[batch.plan.entity].origin === 'crm') return;
  for (const { attribute, to } of batch.plan.attributes) {
    if (to === undefined) continue;
    const named = items.flatMap(({ link }) => referenceIn(link?.base, attribute) ?? []);
    const survivors = await survivorsOf(batch.tx, to, named);
    const blanked = items.filter((item) => isBlank(item, attribute));
    const gone = await goneFrom(
      batch,
      to,
      blanked.flatMap(({ link }) => referenceIn(link?.base, attribute) ?? []),
    );
    for (const item of items) {
      const reference = referenceIn(item.link?.base, attribute) ?? '';
      const survivor = survivors.get(reference);
      if (survivor !== undefined) agree(item, attribute, { ours: survivor, theirs: survivor });
      else if (gone.has(reference) && isBlank(item, attribute)) agree(item, attribute, { theirs: null });
    }
  }
}

function isBlank({ readings }: Item, attribute: string): boolean {
  const reading = readings[attribute];
  return reading?.kind === 'value' && reading.value === null;
}

function agree(item: Item, attribute: string, on: Partial<BasePair>): void {
  const { link } = item;
  const entry = link?.base[attribute];
  if (link === undefined || entry === undefined) return;
  item.link = { ...link, base: { ...link.base, [attribute]: entryOf({ ...pairOf(entry), ...on }) } };
}

function referenceIn(base: Base | undefined, attribute: string): string | undefined {
  const entry = base?.[attribute];
  const value = entry === undefined ? undefined : pairOf(entry).theirs;
  return typeof value === 'string' ? value : undefined;
}

/** Those of the records that the connection held and that were all deleted there. */
async function goneFrom(
  { tx, job }: Batch,
  entity: EntityName,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx.query<{ record_id: string }>(
    `select record_id from tierlink.link
     where connection = $1 and entity = $2 and record_id = any($3::text[])
     group by record_id having bool_and(state = 'deleted')`,
    [job.connection, entity, [...new Set(ids)]],
  );
  return new Set(rows.map((row) => row.record_id));
}
