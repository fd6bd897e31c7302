import { isDeepStrictEqual } from 'node:util';
import type { EntityName } from '../../model/entities.ts';
import type { Program } from '../../program/load.ts';
import { measuredBehind, ranksBehind, ranksInOrder } from '../../program/score-parts.ts';
import type { Executor, Tx } from '../../store/store.ts';
import { loadFacts } from '../../tier/load.ts';
import { away } from '../away.ts';
import { entitiesRead } from '../reads.ts';
import type { KpiValue } from '../types.ts';
import type { Compared } from '../value-rows.ts';
import { groupOf } from './rank.ts';

/**
 * Who is in which group of a rank, and the groups in which something has changed. A changed partner makes its groups
 * dirty, and only those are ranked anew.
 */

interface Member extends Record<string, unknown> {
  kpi: string;
  partner_id: string;
  group_key: string;
}

/**
 * Brings the groups of some partners up to date and marks those that somebody has left or joined; with `isAll` all that
 * they are in, as a rank itself may be another one, also one of ranks that stay as they are. Returns the partners that are
 * in no group, by rank.
 */
export async function settleGroups(
  tx: Tx,
  program: Program,
  {
    live,
    gone,
    isAll,
    now,
  }: { live: readonly string[]; gone: readonly string[]; isAll: boolean; now: string },
): Promise<Map<string, string[]>> {
  const ranks = ranksInOrder(program);
  if (ranks.length === 0) return new Map();
  const facts = await loadFacts(tx, live);
  const wanted = ranks.flatMap((kpi) =>
    facts.flatMap(({ id, facts: own }): Member[] => {
      const group = groupOf(program, program.kpis[kpi]!.rank!, own);
      return group === null ? [] : [{ kpi, partner_id: id, group_key: group }];
    }),
  );
  const known = await membersOf(tx, program, [...live, ...gone]);
  const keyOf = ({ kpi, partner_id, group_key }: Member) => `${kpi} ${partner_id} ${group_key}`;
  const [old, present] = [new Set(known.map(keyOf)), new Set(wanted.map(keyOf))];
  const left = known.filter((one) => !present.has(keyOf(one)));
  const joined = wanted.filter((one) => !old.has(keyOf(one)));
  await tx.query(
    `delete from tierlink.rank_member m using unnest($2::text[], $3::text[]) as l(kpi, partner_id)
     where m.program = $1 and m.kpi = l.kpi and m.partner_id = l.partner_id`,
    [program.name, left.map(({ kpi }) => kpi), left.map(({ partner_id }) => partner_id)],
  );
  await tx.query(
    `insert into tierlink.rank_member (program, kpi, partner_id, group_key)
     select $1, * from unnest($2::text[], $3::text[], $4::text[])`,
    [
      program.name,
      joined.map(({ kpi }) => kpi),
      joined.map(({ partner_id }) => partner_id),
      joined.map(({ group_key }) => group_key),
    ],
  );
  await markGroups(tx, program, { groups: [...left, ...(isAll ? wanted : joined)], now });
  const inGroup = new Set(wanted.map(({ kpi, partner_id }) => `${kpi} ${partner_id}`));
  return new Map(ranks.map((kpi) => [kpi, live.filter((id) => !inGroup.has(`${kpi} ${id}`))]));
}

/** Marks the groups in which figures that ranks compare have changed. */
export async function markChangedGroups(
  tx: Tx,
  program: Program,
  { compared, now }: { compared: readonly Compared[]; now: string },
): Promise<void> {
  const ranks = ranksInOrder(program);
  if (ranks.length === 0) return;
  const ranked = new Set(ranks.map((kpi) => program.kpis[kpi]!.rank!.of));
  const byKpi = new Map<string, Set<string>>();
  for (const { before, after } of compared) {
    if (!ranked.has(after.kpi)) continue;
    if (before !== undefined && comparesTheSame(before, after)) continue;
    byKpi.set(after.kpi, (byKpi.get(after.kpi) ?? new Set()).add(after.partnerId));
  }
  const moved = ranks.filter((kpi) => byKpi.has(program.kpis[kpi]!.rank!.of));
  if (moved.length === 0) return;
  const partners = new Set(moved.flatMap((kpi) => [...byKpi.get(program.kpis[kpi]!.rank!.of)!]));
  const groups = (await membersOf(tx, program, [...partners])).filter(
    ({ kpi, partner_id }) => moved.includes(kpi) && byKpi.get(program.kpis[kpi]!.rank!.of)!.has(partner_id),
  );
  await markGroups(tx, program, { groups, now });
}

/** What a rank and what it shows rest on. */
function comparesTheSame(left: KpiValue, right: KpiValue): boolean {
  return (
    left.numerator === right.numerator &&
    left.denominator === right.denominator &&
    left.counted === right.counted &&
    left.excluded === right.excluded &&
    (left.state === 'error') === (right.state === 'error') &&
    isDeepStrictEqual(left.error, right.error) &&
    isDeepStrictEqual(left.doubt, right.doubt)
  );
}

async function membersOf(
  executor: Executor,
  program: Program,
  partners: readonly string[],
): Promise<Member[]> {
  return await executor.query<Member>(
    `select kpi, partner_id, group_key from tierlink.rank_member
     where program = $1 and partner_id = any($2::text[]) and kpi = any($3::text[])`,
    [program.name, [...partners], ranksInOrder(program)],
  );
}

async function markGroups(
  tx: Tx,
  program: Program,
  { groups, now }: { groups: readonly Pick<Member, 'kpi' | 'group_key'>[]; now: string },
): Promise<void> {
  if (groups.length === 0) return;
  await tx.query(
    `insert into tierlink.dirty_group (program, kpi, group_key, since)
     select distinct $1, g.kpi, g.group_key, $4::timestamptz from unnest($2::text[], $3::text[]) as g(kpi, group_key)
     order by 2, 3 on conflict do nothing`,
    [program.name, groups.map(({ kpi }) => kpi), groups.map(({ group_key }) => group_key), now],
  );
}

/**
 * Takes the marks of some groups of ranks, by rank; they are gone with the transaction that ranks them. Groups of the same
 * partners come together, whichever rank they are of.
 */
export async function takeGroups(
  tx: Tx,
  program: Program,
  { kpis, limit }: { kpis: readonly string[]; limit: number },
): Promise<Map<string, string[]>> {
  const rows = await tx.query<Pick<Member, 'kpi' | 'group_key'>>(
    `delete from tierlink.dirty_group where program = $1 and (kpi, group_key) in
       (select kpi, group_key from tierlink.dirty_group where program = $1 and kpi = any($2::text[])
        order by group_key collate "C", kpi collate "C" limit $3)
     returning kpi, group_key`,
    [program.name, kpis, limit],
  );
  const taken = new Map<string, string[]>();
  for (const { kpi, group_key } of rows) taken.set(kpi, [...(taken.get(kpi) ?? []), group_key]);
  return new Map(kpis.flatMap((kpi) => (taken.has(kpi) ? [[kpi, taken.get(kpi)!.sort()]] : [])));
}

/** Whether groups of the program's ranks wait to be ranked. */
export async function hasDirtyGroups(executor: Executor, program: Program): Promise<boolean> {
  const ranks = ranksInOrder(program);
  if (ranks.length === 0) return false;
  const [row] = await executor.query<{ found: boolean }>(
    `select exists (select from tierlink.dirty_group where program = $1 and kpi = any($2::text[])) as found`,
    [program.name, ranks],
  );
  return row!.found;
}

/** Each rank with one that it rests on through what it compares. */
function nestedRanks(program: Program): { outer: string; inner: string }[] {
  return ranksInOrder(program).flatMap((outer) =>
    ranksBehind(program, [program.kpis[outer]!.rank!.of]).map((inner) => ({ outer, inner })),
  );
}

/**
 * The figures of some partners that rest on a group in which something has changed, or is to change by now, and that has
 * not been ranked since: as "partner kpi". Of a rank that rests on another one every group is such with a member in such a
 * group of that one. A partner that changed itself may be about to join any group.
 */
export async function staleByOthers(
  executor: Executor,
  program: Program,
  { partners, now }: { partners: readonly string[]; now: string },
): Promise<Set<string>> {
  const ranks = ranksInOrder(program);
  if (ranks.length === 0) return new Set();
  const entities = ranks.flatMap((kpi) =>
    [...entitiesRead(program, kpi)].map((entity): [string, EntityName] => [kpi, entity]),
  );
  const behind = ranks.flatMap((kpi) => {
    const { of } = program.kpis[kpi]!.rank!;
    return measuredBehind(program, of).map((one): [string, string] => [kpi, one]);
  });
  const nested = nestedRanks(program);
  const rows = await executor.query<Member>(
    `with recursive changed(kpi, group_key) as (
       select kpi, group_key from tierlink.dirty_group where program = $1
       union
       select m.kpi, m.group_key from tierlink.dirty_partner d
         join unnest($5::text[], $6::text[]) as e(kpi, entity) on e.entity = d.entity
         join tierlink.rank_member m on m.program = $1 and m.partner_id = d.partner_id and m.kpi = e.kpi
       union
       select m.kpi, m.group_key from tierlink.kpi_value v
         join unnest($7::text[], $8::text[]) as b(kpi, behind) on b.behind = v.kpi
         join tierlink.rank_member m on m.program = $1 and m.partner_id = v.partner_id and m.kpi = b.kpi
         where v.program = $1 and v.next_change_at > '${away}' and v.next_change_at <= $4::timestamptz),
     doubtful(kpi, group_key) as (
       select kpi, group_key from changed
       union
       select outer_one.kpi, outer_one.group_key from doubtful d
         join unnest($9::text[], $10::text[]) as n(outer_kpi, inner_kpi) on n.inner_kpi = d.kpi
         join tierlink.rank_member inner_one
           on inner_one.program = $1 and inner_one.kpi = d.kpi and inner_one.group_key = d.group_key
         join tierlink.rank_member outer_one
           on outer_one.program = $1 and outer_one.partner_id = inner_one.partner_id and outer_one.kpi = n.outer_kpi)
     select kpi, partner_id, group_key from tierlink.rank_member own
     where own.program = $1 and own.partner_id = any($2::text[]) and own.kpi = any($3::text[])
       and (exists (select from doubtful d where d.kpi = own.kpi and d.group_key = own.group_key)
         or exists (select from tierlink.dirty_partner where entity = 'partner'))`,
    [
      program.name,
      [...partners],
      ranks,
      now,
      entities.map(([kpi]) => kpi),
      entities.map(([, entity]) => entity),
      behind.map(([kpi]) => kpi),
      behind.map(([, one]) => one),
      nested.map(({ outer }) => outer),
      nested.map(({ inner }) => inner),
    ],
  );
  const doubtful = new Set(rows.map(({ kpi, partner_id }) => `${partner_id} ${kpi}`));
  const resting = Object.keys(program.kpis).map((kpi) => ({ kpi, own: ranksBehind(program, [kpi]) }));
  return new Set(
    partners.flatMap((id) =>
      resting.flatMap(({ kpi, own }) =>
        own.some((rank) => doubtful.has(`${id} ${rank}`)) ? [`${id} ${kpi}`] : [],
      ),
    ),
  );
}
