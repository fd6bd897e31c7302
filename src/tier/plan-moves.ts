import { instantOf } from '../model/clock.ts';
import { dayOf, startOfDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { Direction } from '../program/schema/approval.ts';
import { alive } from '../store/alive.ts';
import type { Executor, Store } from '../store/store.ts';
import { createApproval } from './approval-items.ts';
import { kpisOfEvidence } from './computed.ts';
import { type DueRequest, type LadderInputs, nextPartners } from './due.ts';
import { goesDown } from './evaluate-page.ts';
import { changesLadder, evaluatePartner, lacksFigures } from './evaluate-partner.ts';
import { type Holds, holdReason, type TierMove, verdictOf } from './gate.ts';
import { sameInstant } from './ladder-changes.ts';
import { loadInputs } from './load.ts';

/** What an evaluation would change, before anything of it is stored. */
export interface PlannedMoves {
  /** Changes by the rules that nobody was asked about yet. */
  moves: TierMove[];
  /** Whether somebody would be warned or go down. */
  goesDown: boolean;
}

const everything: Holds = { up: true, down: true };

/**
 * Evaluates everybody whose turn it is without storing anything. A change that follows from another one, such as a tier
 * that asks for a specialisation, is on the list with it. `after`: the last partner that is left out.
 */
export async function planMoves(
  store: Store,
  request: DueRequest,
  { after: from, inputs }: { after: string; inputs: LadderInputs },
): Promise<PlannedMoves> {
  const { program, now } = request;
  const asOf = dayOf(now, program.timeZone);
  const planned: PlannedMoves = { moves: [], goesDown: false };
  const kpis = kpisOfEvidence(program);
  let after = from;
  for (;;) {
    const partners = await nextPartners(store, request, { after, inputs });
    if (partners.length === 0) return planned;
    after = partners.at(-1)!;
    for (const one of await loadInputs(store, { program, partners, now, kpis })) {
      if (inputs.unread !== null && changesLadder(program, one)) continue;
      if (lacksFigures(program, one, asOf)) continue;
      const outcome = evaluatePartner(program, one, asOf);
      planned.goesDown ||= goesDown(outcome);
      const policy = program.approval;
      for (const { move } of outcome.ladders) {
        if (move === null) continue;
        const verdict = verdictOf(move, { asked: one.asked, policy, holds: everything, asOf });
        if (verdict.kind === 'hold' && verdict.asked === null) planned.moves.push(move);
      }
    }
  }
}

/** A list for a person that was made. */
export interface HeldMoves {
  approval: string;
  up: number;
  down: number;
  because: string;
}

/**
 * Decides from all that would change whether it waits, and puts what does on one list, in one transaction. What still waits
 * and what has moved on the same day counts as well, so that an error that arrives in parts is seen; what a person approved
 * does not.
 */
export async function holdMoves(
  store: Store,
  of: { program: Program; now: number; runId: string | null; moves: readonly TierMove[] },
): Promise<{ holds: Holds; held: HeldMoves | null }> {
  const { program, now, runId, moves } = of;
  return await store.transaction(async (tx) => {
    const already = await movedToday(tx, program, now);
    const partners = await countOnLadders(tx, program);
    const reasonOf = (direction: Direction) => {
      const fresh = moves.filter((move) => move.direction === direction).map(({ partnerId }) => partnerId);
      const all = fresh.length === 0 ? 0 : new Set([...fresh, ...already[direction]]).size;
      const counted = { direction, moves: all, partners };
      return holdReason(program.approval, counted);
    };
    const reasons = { up: reasonOf('up'), down: reasonOf('down') };
    const holds = { up: reasons.up !== null, down: reasons.down !== null };
    const waiting = moves.filter(({ direction }) => holds[direction]);
    if (waiting.length === 0) return { holds, held: null };
    const because = [reasons.down, reasons.up].filter((reason) => reason !== null).join('; ');
    const asOf = dayOf(now, program.timeZone);
    const approval = await createApproval(tx, {
      program,
      asOf,
      because,
      runId,
      now: instantOf(now),
      moves: waiting,
    });
    const up = waiting.filter(({ direction }) => direction === 'up').length;
    return { holds, held: { approval, up, down: waiting.length - up, because } };
  });
}

/**
 * The partners that the rules moved today, and those that wait, by direction. Of subsidiaries only what was about them
 * alone: what their company did counts once, for the company.
 */
async function movedToday(
  executor: Executor,
  program: Program,
  now: number,
): Promise<Record<Direction, Set<string>>> {
  const today = startOfDay(dayOf(now, program.timeZone), program.timeZone);
  const made = await executor.query<{
    partner_id: string;
    ladder: string;
    f: string | null;
    t: string | null;
  }>(
    `select distinct d.partner_id, d.ladder, d.from_tier as f, d.to_tier as t
     from tierlink.decision d
     where d.program = $1 and d.decided_at >= $2 and d.mode = 'owned' and d.from_tier is distinct from d.to_tier
       and not d.evidence ? 'approval'
       -- What comes with a change of ladder belongs to that.
       and not (d.ladder <> all($3::text[]) and exists (select from tierlink.ladder_change c
         where c.program = d.program and c.partner_id = d.partner_id and c.ladder <> all($3::text[])
           and c.ladder <> d.ladder and c.change = 'left' and c.tier is not null
           and c.at >= d.decided_at - ${sameInstant} and c.at < d.decided_at + ${sameInstant}))
       and case when d.evidence ? 'inherited' then d.evidence -> 'inherited' ? 'isOwnMove'
         else d.movement in ('promote', 'demote', 'override_end') end`,
    [program.name, today, program.ladders.filter(({ beside }) => beside).map(({ key }) => key)],
  );
  const changed = await executor.query<{ direction: Direction; partner_id: string }>(
    `select distinct moved as direction, partner_id from tierlink.ladder_change
     where program = $1 and at >= $2 and moved is not null`,
    [program.name, today],
  );
  const waiting = await executor.query<{ direction: Direction; partner_id: string }>(
    `select distinct i.direction, i.partner_id
     from tierlink.approval_item i join tierlink.approval a on a.id = i.approval_id
     where a.program = $1 and a.state = 'open' and i.state = 'open'`,
    [program.name],
  );
  const moved = { up: new Set<string>(), down: new Set<string>() };
  for (const { direction, partner_id } of [...waiting, ...changed]) moved[direction].add(partner_id);
  for (const { partner_id, ladder, f, t } of made) {
    const tiers = program.ladders.find(({ key }) => key === ladder)?.tiers ?? [];
    const rank = (tier: string | null) => tiers.findIndex(({ key }) => key === tier);
    moved[rank(t) > rank(f) ? 'up' : 'down'].add(partner_id);
  }
  return moved;
}

async function countOnLadders(executor: Executor, program: Program): Promise<number> {
  const [row] = await executor.query<{ partners: number }>(
    `select count(distinct p.id)::integer as partners from tierlink.tier_state t join tierlink.partner p on p.id = t.partner_id
     where t.program = $1 and t.closed_at is null and ${alive('p')}`,
    [program.name],
  );
  return row!.partners;
}
