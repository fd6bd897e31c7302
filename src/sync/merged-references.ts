import { type EntityName, entities } from '../model/entities.ts';
import type { Tx } from '../store/store.ts';
import { type Base, entryOf, pairOf } from './base.ts';
import type { Batch, Item } from './pull-batch.ts';
import { tableOf } from './record-rows.ts';

/**
 * When the CRM merges records, it moves what the program made for the loser to the winner. Our own row stays with the
 * loser, whose history it is, so what was agreed on follows the merge here; otherwise the move would look like an edit.
 */
export async function followMerges(batch: Batch, items: readonly Item[]): Promise<void> {
  if (entities[batch.plan.entity].origin === 'crm') return;
  for (const { attribute, to } of batch.plan.attributes) {
    if (to === undefined) continue;
    const named = items.flatMap(({ link }) => referenceIn(link?.base, attribute) ?? []);
    const survivors = await survivorsOf(batch.tx, to, named);
    for (const item of items) {
      const survivor = survivors.get(referenceIn(item.link?.base, attribute) ?? '');
      if (item.link === undefined || survivor === undefined) continue;
      const pair = pairOf(item.link.base[attribute]!);
      const followed = entryOf({ ...pair, ours: survivor, theirs: survivor });
      item.link = { ...item.link, base: { ...item.link.base, [attribute]: followed } };
    }
  }
}

function referenceIn(base: Base | undefined, attribute: string): string | undefined {
  const entry = base?.[attribute];
  const value = entry === undefined ? undefined : pairOf(entry).theirs;
  return typeof value === 'string' ? value : undefined;
}

/** The last survivor of each record that was merged; the others are left out. */
export async function survivorsOf(
  tx: Tx,
  entity: EntityName,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ id: string; survivor: string }>(
    `with recursive chain as (
       select id, merged_into as survivor, 1 as hops from ${tableOf(entity)}
       where id = any($1::text[]) and merged_into is not null
       union all
       select c.id, t.merged_into, c.hops + 1 from chain c join ${tableOf(entity)} t on t.id = c.survivor
       where t.merged_into is not null and c.hops < 100
     ) select distinct on (id) id, survivor from chain order by id, hops desc`,
    [[...new Set(ids)]],
  );
  return new Map(rows.map((row) => [row.id, row.survivor]));
}
