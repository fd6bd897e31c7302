import type { Direction } from '../program/schema/approval.ts';
import type { Tx } from '../store/store.ts';

/**
 * When partners left ladders and came back to them. A state says where a partner stands now, and goes on from the old one
 * for who comes back; so that it is known of every instant whether a partner was on a ladder, each time is kept.
 *
 * What is kept of one partner has an order also within one instant: who leaves does so after all that was decided before,
 * and who is back is so before what is decided on its return.
 */

/** One partner on one ladder, as parameters of a statement have it. */
export interface OnLadder {
  partnerId: string;
  ladder: string;
}

const asked = '"partnerId" text, ladder text';

/** What is kept of one instant lies some milliseconds apart at most. */
export const sameInstant = `interval '1 second'`;

/**
 * Keeps that partners leave ladders; to be called while their states are open. moved: whether the rules take it up or down
 * with that and nobody was asked. now: ISO instant.
 */
export async function writeLeft(
  tx: Tx,
  { program, now }: { program: string; now: string },
  leavers: readonly (OnLadder & { moved: Direction | null })[],
): Promise<void> {
  await tx.query(
    `insert into tierlink.ladder_change (program, ladder, partner_id, at, change, tier, moved)
     select t.program, t.ladder, t.partner_id, greatest($3::timestamptz,
         (select max(d.decided_at) + interval '1 millisecond' from tierlink.decision d
          where d.partner_id = t.partner_id and d.program = t.program and d.ladder = t.ladder
            and d.decided_at >= $3::timestamptz and d.decided_at < $3::timestamptz + ${sameInstant}),
         (select max(c.at) + interval '1 millisecond' from tierlink.ladder_change c
          where c.partner_id = t.partner_id and c.program = t.program and c.ladder = t.ladder
            and c.at >= $3::timestamptz and c.at < $3::timestamptz + ${sameInstant})),
       'left', t.tier, asked.moved
     from jsonb_to_recordset($2::jsonb) as asked(${asked}, moved text)
     join tierlink.tier_state t on t.program = $1 and t.partner_id = asked."partnerId" and t.ladder = asked.ladder
     where t.closed_at is null`,
    [program, JSON.stringify(leavers), now],
  );
}

/** Keeps that partners are back on ladders, with what they hold now; to be called while their states are closed. */
export async function writeBack(
  tx: Tx,
  { program, now }: { program: string; now: string },
  comers: readonly (OnLadder & { tier: string | null })[],
): Promise<void> {
  await tx.query(
    `insert into tierlink.ladder_change (program, ladder, partner_id, at, change, tier)
     select t.program, t.ladder, t.partner_id, greatest($3::timestamptz,
         (select max(c.at) from tierlink.ladder_change c
          where c.partner_id = t.partner_id and c.program = t.program and c.ladder = t.ladder
            and c.at >= $3::timestamptz and c.at < $3::timestamptz + ${sameInstant})),
       'back', asked.tier
     from jsonb_to_recordset($2::jsonb) as asked(${asked}, tier text)
     join tierlink.tier_state t on t.program = $1 and t.partner_id = asked."partnerId" and t.ladder = asked.ladder
     where t.closed_at is not null`,
    [program, JSON.stringify(comers), now],
  );
}

/** The last change of each partner on each ladder by an instant, as a statement: program $1, partners $2, instant $3. */
export const lastChanges = `select distinct on (partner_id, ladder) partner_id, ladder, at, change
  from tierlink.ladder_change where program = $1 and partner_id = any($2::text[]) and at <= $3::timestamptz
  order by partner_id, ladder, at desc, change`;
