import type { EntityName } from '../model/entities.ts';
import type { Store, Tx } from '../store/store.ts';
import type { TurnNumbers } from './turn-numbers.ts';

/**
 * Partners whose records changed. A mark that is there already says all that a second one would, so whoever changes a
 * record holds this lock (shared) from its mark to the end of its transaction: a mark is not taken for work while a change
 * that relies on it cannot be read yet.
 */
export const marksLock = `hashtext('tierlink dirty partners')`;

export interface DirtyMark {
  partner_id: string;
  entity: EntityName;
}

/**
 * Sets the marks of these partners aside to be worked on. Changes that come from now on make marks of their own. What a
 * run that died had set aside is work like any other.
 */
export async function setAsideMarks(
  store: Store,
  { partners, numbers }: { partners: readonly string[]; numbers: TurnNumbers },
): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(${marksLock})`);
    await numbers.next(tx);
    await tx.query(
      `with moved as (
         delete from tierlink.dirty_partner where partner_id = any($1::text[]) and not set_aside returning *)
       insert into tierlink.dirty_partner (partner_id, entity, since, set_aside)
       select partner_id, entity, since, true from moved order by 1, 2 on conflict do nothing`,
      [partners],
    );
  });
}

/** Takes the marks that were set aside; they are gone with the transaction that does their work. */
export async function takeMarks(tx: Tx, partners: readonly string[]): Promise<DirtyMark[]> {
  return await tx.query<DirtyMark & Record<string, unknown>>(
    `delete from tierlink.dirty_partner where partner_id = any($1::text[]) and set_aside
     returning partner_id, entity`,
    [partners],
  );
}
