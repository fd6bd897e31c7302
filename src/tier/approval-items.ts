import type { ApprovalState } from '../model/states.ts';
import type { Program } from '../program/load.ts';
import type { Executor, Store, Tx } from '../store/store.ts';
import type { TierMove } from './gate.ts';

/** The rows behind approvals. */

export interface ItemChange {
  approvalId: string;
  partnerId: string;
  ladder: string;
  state: ApprovalState;
  note: string | null;
  decisionId: string | null;
}

/** Notes what became of changes; one that is noted already stays as it is. */
export async function writeItems(tx: Tx, changes: readonly ItemChange[]): Promise<void> {
  if (changes.length === 0) return;
  await tx.query(
    `update tierlink.approval_item i set state = c.state, note = c.note, decision_id = c."decisionId"
     from jsonb_to_recordset($1::jsonb) as c("approvalId" text, "partnerId" text, ladder text, state text, note text,
       "decisionId" text)
     where i.approval_id = c."approvalId" and i.partner_id = c."partnerId" and i.ladder = c.ladder`,
    [JSON.stringify(changes)],
  );
}

/** Ends the changes of partners that left the program: nobody evaluates them any more. */
export async function leaveOutLeavers(store: Store, program: Program, now: string): Promise<void> {
  const gone = await store.query(
    `select 1 from tierlink.approval a join tierlink.approval_item i on i.approval_id = a.id
     join tierlink.partner p on p.id = i.partner_id where a.program = $1 and ${waitsForLeaver} limit 1`,
    [program.name],
  );
  if (gone.length === 0) return;
  await store.transaction(async (tx) => {
    await leaveOut(tx, program);
    await settleApprovals(tx, program, now);
  });
}

const waitsForLeaver = `a.state in ('open', 'approved') and i.state in ('open', 'approved')
  and (p.deleted_at is not null or p.merged_into is not null or not p.in_scope)`;

async function leaveOut(tx: Tx, program: Program): Promise<void> {
  await tx.query(
    `update tierlink.approval_item i set state = 'left_out', note = 'the partner left the program'
     from tierlink.approval a, tierlink.partner p
     where a.program = $1 and i.approval_id = a.id and p.id = i.partner_id and ${waitsForLeaver}`,
    [program.name],
  );
}

/** Closes approvals of which nothing waits any more. */
export async function settleApprovals(tx: Tx, program: Program, now: string): Promise<void> {
  await tx.query(
    `update tierlink.approval a set decided_at = coalesce(a.decided_at, $2::timestamptz),
       state = case when exists (select from tierlink.approval_item i where i.approval_id = a.id and i.state = 'applied')
         then 'applied' else 'left_out' end
     where a.program = $1 and a.state in ('open', 'approved') and not exists
       (select from tierlink.approval_item i where i.approval_id = a.id and i.state in ('open', 'approved'))`,
    [program.name, now],
  );
}

export interface NewApproval {
  program: Program;
  asOf: string;
  /** Why they wait. */
  because: string;
  runId: string | null;
  now: string;
  moves: readonly TierMove[];
}

/** Puts changes on one list for a person. Returns its id. */
export async function createApproval(tx: Tx, approval: NewApproval): Promise<string> {
  const { program, asOf, because, runId, now, moves } = approval;
  const [row] = await tx.query<{ id: string }>(
    `insert into tierlink.approval (id, program, program_version, state, because, as_of, run_id, created_at)
     values ('a-' || lpad(nextval('tierlink.approval_number')::text, 6, '0'), $1, $2, 'open', $3, $4, $5, $6) returning id`,
    [program.name, program.version, because, asOf, runId, now],
  );
  const items = moves.map(({ partnerId, ladder, direction, from, to, why, key }) => {
    return { partnerId, ladder, direction, from, to, why, key };
  });
  await tx.query(
    `insert into tierlink.approval_item (approval_id, partner_id, ladder, direction, from_tier, to_tier, why, key, state)
     select $1, m."partnerId", m.ladder, m.direction, m."from", m."to", m.why, m.key, 'open'
     from jsonb_to_recordset($2::jsonb) as m("partnerId" text, ladder text, direction text, "from" text, "to" text,
       why text, key text)`,
    [row!.id, JSON.stringify(items)],
  );
  return row!.id;
}

/** How many changes wait for a person. */
export async function countWaitingMoves(executor: Executor, program: Program): Promise<number> {
  const [row] = await executor.query<{ waiting: number }>(
    `select count(*)::integer as waiting from tierlink.approval_item i join tierlink.approval a on a.id = i.approval_id
     where a.program = $1 and a.state = 'open' and i.state = 'open'`,
    [program.name],
  );
  return row!.waiting;
}
