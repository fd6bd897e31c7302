import { TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { type ApprovalState, stateLabel } from '../model/states.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { calendarFor, reviewOf } from '../program/review-calendar.ts';
import type { Direction } from '../program/schema/approval.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import { writeAudit } from '../store/audit.ts';
import { despiteConflicts } from '../store/conflicts.ts';
import type { Executor, Store, Tx } from '../store/store.ts';
import { makeDue } from './due.ts';
import { labelOf } from './ladder-of.ts';
import { loadFacts } from './load.ts';

/** One list of changes of tiers that a person decides on as a whole. */
export interface Approval {
  id: string;
  program: string;
  programVersion: string;
  state: ApprovalState;
  /** Why they wait. */
  because: string;
  asOf: string;
  createdAt: string;
  decidedAt: string | null;
  decidedBy: string | null;
  reason: string | null;
  /** How many would go up and down in all, and how many of them are in which state. */
  up: number;
  down: number;
  states: Partial<Record<ApprovalState, number>>;
}

export interface ApprovalItem {
  partnerId: string;
  partner: string | null;
  ladder: string;
  direction: Direction;
  /** Labels of the tiers; null for none. */
  from: string | null;
  to: string | null;
  why: string;
  state: ApprovalState;
  /** Why it was left out. */
  note: string | null;
  /** Of a rejected one: the day from which it may be proposed again. */
  untilOn: string | null;
  decisionId: string | null;
}

interface Row {
  id: string;
  program: string;
  program_version: string;
  state: ApprovalState;
  because: string;
  as_of: string;
  created_at: string;
  decided_at: string | null;
  decided_by: string | null;
  reason: string | null;
  up: number;
  down: number;
  states: Approval['states'];
}

const selectApprovals = `select a.id, a.program, a.program_version, a.state, a.because, a.as_of, a.created_at, a.decided_at,
    a.decided_by, a.reason, i.up, i.down, i.states
  from tierlink.approval a cross join lateral (
    select coalesce(sum(n) filter (where direction = 'up'), 0)::integer as up,
      coalesce(sum(n) filter (where direction = 'down'), 0)::integer as down, jsonb_object_agg(state, total) as states
    from (select direction, state, count(*) as n, sum(count(*)) over (partition by state) as total
      from tierlink.approval_item where approval_id = a.id group by direction, state) as counted) as i`;

/** The approvals of a program, the latest first. `state`: only those in it. */
export async function listApprovals(
  executor: Executor,
  { program, states }: { program: Program; states?: readonly ApprovalState[] | undefined },
): Promise<Approval[]> {
  const rows = await executor.query<Row & Record<string, unknown>>(
    `${selectApprovals} where a.program = $1 and ($2::text[] is null or a.state = any($2))
     order by a.created_at desc, a.id collate "C" desc`,
    [program.name, states ?? null],
  );
  return rows.map(approvalOf);
}

/** One approval with every change in it, by name. Throws APPROVAL_UNKNOWN. */
export async function findApproval(
  executor: Executor,
  program: Program,
  id: string,
): Promise<Approval & { items: ApprovalItem[] }> {
  const [row] = await executor.query<Row & Record<string, unknown>>(
    `${selectApprovals} where a.program = $1 and a.id = $2`,
    [program.name, id.toLowerCase()],
  );
  if (row === undefined) throw new TierlinkError('APPROVAL_UNKNOWN', { approval: id });
  const items = await executor.query<ApprovalItem & Record<string, unknown>>(
    `select i.partner_id as "partnerId", p.name as partner, i.ladder, i.direction, i.from_tier as "from", i.to_tier as "to",
       i.why, i.state, i.note, i.until_on as "untilOn", i.decision_id as "decisionId"
     from tierlink.approval_item i left join tierlink.partner p on p.id = i.partner_id
     where i.approval_id = $1 order by i.direction, lower(p.name) collate "C", i.partner_id collate "C"`,
    [row.id],
  );
  return { ...approvalOf(row), items: items.map((item) => labelled(program, item)) };
}

function labelled(program: Program, item: ApprovalItem): ApprovalItem {
  const ladder = program.ladders.find(({ key }) => key === item.ladder);
  if (ladder === undefined) return item;
  return { ...item, ladder: ladder.label, from: labelOf(ladder, item.from), to: labelOf(ladder, item.to) };
}

function approvalOf(row: Row): Approval {
  const { id, program, state, because, reason, up, down, states } = row;
  const [programVersion, asOf, createdAt] = [row.program_version, row.as_of, row.created_at];
  const decided = { decidedAt: row.decided_at, decidedBy: row.decided_by, reason };
  return { id, program, programVersion, state, because, asOf, createdAt, ...decided, up, down, states };
}

export interface Answer {
  program: Program;
  id: string;
  actor: string;
  reason: string | null;
  /** Epoch milliseconds. */
  now: number;
}

/**
 * Lets the changes of an approval be made: the next evaluation, for which the partners are due at once, makes those that
 * are still what was shown. Returns how many. Throws APPROVAL_UNKNOWN, and APPROVAL_DECIDED when it is not open.
 */
export async function approveMoves(store: Store, answer: Answer): Promise<number> {
  return await decide(store, answer, 'approved');
}

/**
 * Keeps the tiers as they are until what a change rests on changes, or until the next review. Returns how many. Throws
 * APPROVAL_UNKNOWN, and APPROVAL_DECIDED when it is not open.
 */
export async function rejectMoves(store: Store, answer: Answer): Promise<number> {
  return await decide(store, answer, 'rejected');
}

async function decide(store: Store, answer: Answer, to: 'approved' | 'rejected'): Promise<number> {
  return await despiteConflicts(() =>
    store.transaction(async (tx) => {
      const id = await lockOpen(tx, answer);
      const partners = await decideItems(tx, { ...answer, id }, to);
      await tx.query(
        `update tierlink.approval set state = $2, decided_at = $3, decided_by = $4, reason = $5 where id = $1`,
        [id, to, instantOf(answer.now), answer.actor, answer.reason],
      );
      await makeDue(tx, { partners, now: instantOf(answer.now) });
      return partners.length;
    }),
  );
}

async function lockOpen(tx: Tx, { program, id }: Answer): Promise<string> {
  const [row] = await tx.query<{ id: string; state: ApprovalState }>(
    'select id, state from tierlink.approval where program = $1 and id = $2 for update',
    [program.name, id.toLowerCase()],
  );
  if (row === undefined) throw new TierlinkError('APPROVAL_UNKNOWN', { approval: id });
  if (row.state === 'open') return row.id;
  const state = stateLabel('approval', row.state).toLowerCase();
  throw new TierlinkError('APPROVAL_DECIDED', { approval: row.id, state });
}

/** The first review of each direction from tomorrow on, by partner, then by ladder. */
async function nextReviews(
  tx: Tx,
  { program, id, now }: Answer,
): Promise<Record<string, Record<string, Record<Direction, string>>>> {
  const today = dayOf(now, program.timeZone);
  const rows = await tx.query<{ partner: string; ladder: string; since: string | null }>(
    `select i.partner_id as partner, i.ladder, to_char(t.since, 'YYYY-MM-DD') as since
     from tierlink.approval_item i left join tierlink.tier_state t
       on t.partner_id = i.partner_id and t.ladder = i.ladder and t.program = $2 and t.closed_at is null
     where i.approval_id = $1 and i.state = 'open'`,
    [id, program.name],
  );
  const partners = [...new Set(rows.map(({ partner }) => partner))];
  const known = new Map((await loadFacts(tx, partners)).map((one) => [one.id, one.facts]));
  const reviewsOf = ({ partner, since }: (typeof rows)[number], { movement }: LadderDefinition) => {
    const calendar = calendarFor(program, movement, { partner: known.get(partner) ?? {}, since });
    const next = (direction: Direction) => reviewOf(direction, today, movement, calendar);
    return { up: next('up'), down: next('down') };
  };
  const found: Record<string, Record<string, Record<Direction, string>>> = {};
  for (const row of rows) {
    const ladder = program.ladders.find(({ key }) => key === row.ladder);
    if (ladder !== undefined)
      found[row.partner] = { ...found[row.partner], [row.ladder]: reviewsOf(row, ladder) };
  }
  return found;
}

/** Answers each change that still waits, and notes each in the audit. */
async function decideItems(tx: Tx, answer: Answer, to: 'approved' | 'rejected'): Promise<string[]> {
  const { id, actor, reason, now } = answer;
  const untilOn = to === 'rejected' ? await nextReviews(tx, answer) : {};
  const rows = await tx.query<{ partner: string; fromTier: string | null; toTier: string | null }>(
    `with answered as (
       update tierlink.approval_item set state = $2,
         until_on = case when $2 = 'rejected' then ($3::jsonb -> partner_id -> ladder ->> direction)::date end
       where approval_id = $1 and state = 'open' returning partner_id, from_tier, to_tier)
     select partner_id as partner, from_tier as "fromTier", to_tier as "toTier" from answered order by partner_id`,
    [id, to, JSON.stringify(untilOn)],
  );
  const action = to === 'approved' ? 'approve_tier' : 'reject_tier';
  const same = {
    at: instantOf(now),
    connection: '',
    object: '',
    entity: 'partner',
    action,
    actor,
    why: reason,
  };
  await writeAudit(
    tx,
    rows.map(({ partner, fromTier, toTier }) => ({
      ...same,
      recordId: partner,
      before: { tier: fromTier },
      after: { tier: toTier, approval: id },
    })),
  );
  return rows.map(({ partner }) => partner);
}
