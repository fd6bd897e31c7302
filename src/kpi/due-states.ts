import type { Program } from '../program/load.ts';
import { alive } from '../store/alive.ts';
import type { Executor, Tx } from '../store/store.ts';

/**
 * Whoever evaluates partners, or makes them due, holds their states from before it reads what it decides by: a mark that
 * is set meanwhile then comes after what was decided. All take them in one order, so that nobody waits in a circle.
 */
export async function lockStates(executor: Executor, partners: readonly string[]): Promise<void> {
  await executor.query(
    `select from tierlink.tier_state where partner_id = any($1::text[]) and closed_at is null
     order by partner_id, program, ladder for update`,
    [[...partners]],
  );
}

/** Partners are evaluated next, those in the program included that are on no ladder. `now`: ISO instant. */
export async function markToEvaluate(
  tx: Tx,
  program: Pick<Program, 'name'>,
  { partners, now }: { partners: readonly string[]; now: string },
): Promise<void> {
  await lockStates(tx, partners);
  await tx.query(
    `update tierlink.tier_state set evaluate_at = $3
     where program = $1 and partner_id = any($2::text[]) and closed_at is null
       and (evaluate_at is null or evaluate_at > $3)`,
    [program.name, [...partners], now],
  );
  await tx.query(
    `insert into tierlink.newcomer (program, partner_id)
     select $1, p.id from tierlink.partner p
     where p.id = any($2::text[]) and ${alive('p')} and not exists
       (select from tierlink.tier_state t where t.program = $1 and t.partner_id = p.id and t.closed_at is null)
     order by p.id on conflict (program, partner_id) do update set evaluate_at = null
       where newcomer.evaluate_at is not null`,
    [program.name, [...partners]],
  );
}
