import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import type { AskedMove } from './gate.ts';

type Row = Omit<AskedMove, 'decidedOn'> & { partnerId: string; decidedAt: string | null };

/** The changes of partners' tiers that a person was asked about and that still say something, the first one first. */
export async function loadAsked(
  executor: Executor,
  program: Program,
  partners: readonly string[],
): Promise<Map<string, AskedMove[]>> {
  const rows = await executor.query<Row & Record<string, unknown>>(
    `select i.partner_id as "partnerId", i.approval_id as "approvalId", i.ladder, i.direction, i.from_tier as "from",
       i.to_tier as "to", i.key, i.state, a.as_of as "askedOn", i.until_on as "untilOn", a.decided_by as "decidedBy",
       a.decided_at as "decidedAt", a.reason, i.decision_id as "decisionId"
     from tierlink.approval_item i join tierlink.approval a on a.id = i.approval_id
     where a.program = $1 and i.partner_id = any($2::text[]) and i.state in ('open', 'approved', 'rejected')
     order by a.created_at, a.id collate "C"`,
    [program.name, partners],
  );
  const found = new Map<string, AskedMove[]>();
  for (const { partnerId, decidedAt, ...row } of rows) {
    const decidedOn = decidedAt === null ? null : dayOf(Date.parse(decidedAt), program.timeZone);
    found.set(partnerId, [...(found.get(partnerId) ?? []), { ...row, decidedOn }]);
  }
  return found;
}
