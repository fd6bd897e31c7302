import { lockStates } from '../kpi/due-states.ts';
import { entityFreshness, freshnessOf, loadFeeds, missingReason } from '../kpi/freshness.ts';
import { kpisOfLadders } from '../kpi/recompute-page.ts';
import { Parameters } from '../kpi/sql/sql-parts.ts';
import { ownReason } from '../kpi/state-reason.ts';
import type { StateReason } from '../kpi/types.ts';
import { instantOf } from '../model/clock.ts';
import { pathsOfFilter } from '../program/filter-paths.ts';
import type { Program } from '../program/load.ts';
import { factKinds } from '../program/schema/ladder.ts';
import { anniversaryAttribute } from '../program/schema/movement.ts';
import { alive } from '../store/alive.ts';
import type { Executor, Tx } from '../store/store.ts';
import { anyLadderSql } from './ladder-of.ts';
import { asksForStart } from './tenure.ts';

/** Which partners an evaluation is asked for. */
export interface DueRequest {
  program: Program;
  /** Epoch milliseconds. */
  now: number;
  /** (Default: due) */
  only?: 'due' | 'all';
  /** (Default: everybody) */
  partners?: readonly string[];
  /** Only those without a parent, or with one. (Default: both) */
  family?: 'top' | 'below';
  /** (Default: 500) */
  pageSize?: number;
}

const inProgram = alive('r');

/** How complete the figures of the ladders are right now. */
export interface LadderInputs {
  /** What makes some of them provisional. */
  reasons: StateReason[];
  /** Why some of them say nothing yet, so that nobody joins a ladder by them; null when all say something. */
  unread: StateReason | null;
}

export async function ladderInputs(executor: Executor, program: Program, now: number): Promise<LadderInputs> {
  const feeds = await loadFeeds(executor);
  const kpis = [...kpisOfLadders(program)].map((kpi) => freshnessOf(program, { kpi, feeds, now }));
  const kinds = factKinds(program);
  const facts = [...kinds].map((kind) =>
    entityFreshness(program, { entity: 'fact', feeds, now, kinds: new Set([kind]) }),
  );
  const found = [...kpis, ...facts];
  const reasons = found.flatMap(({ reason }) => reason ?? []);
  const own = attributesOfLadders(program);
  const unread = [
    ...found.flatMap(({ isUnread, reason }) => (isUnread ? (reason ?? []) : [])),
    ...feeds.flatMap((feed) => missingReason(feed, (attribute) => own.has(attribute)) ?? []),
  ];
  return { reasons: reasons.map(ownReason), unread: unread[0] ?? null };
}

/** The attributes of partners, such as partner.types, that say on which ladder they are, and since when. */
function attributesOfLadders({ ladders }: Pick<Program, 'ladders'>): Set<string> {
  return new Set(
    ladders.flatMap(({ partnerTypes, where, movement, tiers }) => [
      'partner.status',
      ...(partnerTypes === undefined ? [] : ['partner.types']),
      ...(movement.rampDays > 0 || asksForStart({ tiers }) ? ['partner.startedOn'] : []),
      ...(anniversaryAttribute(movement) === null ? [] : [`partner.${anniversaryAttribute(movement)}`]),
      ...(where === undefined ? [] : pathsOfFilter(where)).map((path) => `partner.${path}`),
    ]),
  );
}

/**
 * The next partners to evaluate, in the order of their ids. Who is due is found by index: it costs what is due, not what
 * there is. `after`: the last one of the page before.
 */
export async function nextPartners(
  executor: Executor,
  request: DueRequest,
  { after, inputs }: { after: string; inputs: LadderInputs },
): Promise<string[]> {
  const { program, only = 'due', partners = null, family, pageSize = 500 } = request;
  if (program.ladders.length === 0) return [];
  const parameters = new Parameters();
  const name = parameters.add(program.name, 'text');
  const past = parameters.add(after, 'text');
  const wanted =
    only === 'all'
      ? everybodySql(program, { parameters, name })
      : `r.id in (${dueSql(request, { parameters, name, past, inputs })})`;
  const asked = parameters.add(partners, 'text[]');
  const rows = await executor.query<{ id: string }>(
    `select r.id from tierlink.partner r
     where ${inProgram} and r.id > ${past} and (${asked} is null or r.id = any(${asked})) and ${wanted}
       ${inputs.unread === null ? '' : `and ${onLadderSql(name)}`}
       ${family === undefined ? '' : `and r.parent is ${family === 'top' ? '' : 'not '}null`}
     order by r.id limit ${parameters.add(pageSize, 'integer')}`,
    parameters.values,
  );
  return rows.map(({ id }) => id);
}

/** Everybody whom a ladder fits, or who stands on one that fits no longer. */
function everybodySql(
  program: Program,
  { parameters, name }: { parameters: Parameters; name: string },
): string {
  return `(${anyLadderSql(program, parameters)} or ${onLadderSql(name)}
      or exists (select from tierlink.newcomer n where n.program = ${name} and n.partner_id = r.id))`;
}

function onLadderSql(name: string): string {
  return `exists (select from tierlink.tier_state t
    where t.program = ${name} and t.partner_id = r.id and t.closed_at is null)`;
}

/**
 * Whose day has come, whose inputs thawed, and, once that may be, who is to join a ladder. A company counts also where late
 * inputs hold others and not itself. What an own figure says of itself, such as an error or that others of its group have one,
 * thaws with that figure, which makes its partner due when it changes.
 */
function dueSql(
  { now }: DueRequest,
  of: { parameters: Parameters; name: string; past: string; inputs: LadderInputs },
): string {
  const { parameters, name, past } = of;
  const isUnread = of.inputs.unread !== null;
  const marked = `exists (select from tierlink.newcomer n where n.program = t.program and n.partner_id = t.partner_id)`;
  const reasons = parameters.add(JSON.stringify(of.inputs.reasons), 'jsonb');
  const ownReason = `coalesce(case when v.state = 'error' then v.detail -> 'error' end, v.detail -> 'doubt') - 'behind'`;
  const thawed = (reason: string) => `union all select t.partner_id from tierlink.tier_state t
      where t.program = ${name} and t.closed_at is null and t.partner_id > ${past} and ${reason} is not null
        and not exists (select from jsonb_array_elements(${reasons}) as x(reason) where x.reason = ${reason} - 'behind')
        and not exists (select from tierlink.kpi_value v
          where v.program = t.program and v.partner_id = t.partner_id and (v.state = 'error' or v.detail ? 'doubt')
            and ${ownReason} = ${reason} - 'behind')
        ${isUnread ? `and not ${marked}` : ''}`;
  const at = parameters.add(instantOf(now), 'timestamptz');
  const joining = `union all select partner_id from tierlink.newcomer
      where program = ${name} and partner_id > ${past} and (evaluate_at is null or evaluate_at <= ${at})`;
  return `select partner_id from tierlink.tier_state
      where program = ${name} and closed_at is null and partner_id > ${past} and evaluate_at <= ${at}
    ${thawed('t.frozen_reason')}
    ${thawed("(t.may_reach -> 'reason')")} and t.may_reach is not null and t.inherited_from is null
    ${isUnread ? '' : joining}`;
}

/** Marks everybody whom a ladder fits and who is on none, so that they join once they may. */
export async function markNewcomers(executor: Executor, program: Program): Promise<void> {
  const parameters = new Parameters();
  const name = parameters.add(program.name, 'text');
  await executor.query(
    `insert into tierlink.newcomer (program, partner_id)
     select ${name}, r.id from tierlink.partner r
     where ${inProgram} and ${anyLadderSql(program, parameters)} and not ${onLadderSql(name)}
     order by r.id on conflict (program, partner_id) do update set evaluate_at = null
       where newcomer.evaluate_at is not null`,
    parameters.values,
  );
}

/** How many marked partners a ladder fits. */
export async function countNewcomers(executor: Executor, program: Program): Promise<number> {
  const parameters = new Parameters();
  const name = parameters.add(program.name, 'text');
  const [row] = await executor.query<{ waiting: number }>(
    `select count(*)::integer as waiting from tierlink.newcomer n join tierlink.partner r on r.id = n.partner_id
     where n.program = ${name} and ${inProgram} and ${anyLadderSql(program, parameters)}`,
    parameters.values,
  );
  return row!.waiting;
}

/**
 * Takes the marks of partners that had no ladder, before anything of them is read: what changes from now on marks them
 * again. Returns whose they were.
 */
export async function takeNewcomers(
  tx: Tx,
  program: Program,
  partners: readonly string[],
): Promise<string[]> {
  const rows = await tx.query<{ partner_id: string }>(
    'delete from tierlink.newcomer where program = $1 and partner_id = any($2::text[]) returning partner_id',
    [program.name, [...partners]],
  );
  return rows.map((row) => row.partner_id);
}

/** Leaves partners as they are until they may change ladders; their mark brings them back then. */
export async function letWait(tx: Tx, program: Program, partners: readonly string[]): Promise<void> {
  await returnNewcomers(tx, program, partners);
  await waitForFigures(tx, program, partners);
}

/** Leaves partners as they are until figures of theirs are computed; that marks them. */
export async function waitForFigures(tx: Tx, program: Program, partners: readonly string[]): Promise<void> {
  if (partners.length === 0) return;
  await tx.query(
    `update tierlink.tier_state set evaluate_at = null
     where program = $1 and partner_id = any($2::text[]) and closed_at is null`,
    [program.name, [...partners]],
  );
}

/**
 * Puts marks back that were taken for nothing. `at`: the instant from which they count. (Default: at once)
 */
export async function returnNewcomers(
  tx: Tx,
  program: Program,
  partners: readonly string[],
  at: string | null = null,
): Promise<void> {
  if (partners.length === 0) return;
  await tx.query(
    `insert into tierlink.newcomer (program, partner_id, evaluate_at)
     select $1, unnest($2::text[]), $3::timestamptz on conflict do nothing`,
    [program.name, [...partners], at],
  );
}

/** Partners of which something else than figures has changed, such as who owns their tier, are evaluated next. */
export async function makeDue(
  executor: Executor,
  { partners, now }: { partners: readonly string[]; now: string },
): Promise<void> {
  if (partners.length === 0) return;
  await lockStates(executor, partners);
  await executor.query(
    `update tierlink.tier_state set evaluate_at = $2::timestamptz
     where partner_id = any($1::text[]) and closed_at is null
       and (evaluate_at is null or evaluate_at > $2::timestamptz)`,
    [[...partners], now],
  );
}
