import { markToEvaluate } from '../../kpi/due-states.ts';
import type { Program } from '../../program/load.ts';
import { alive } from '../../store/alive.ts';
import type { Executor, Tx } from '../../store/store.ts';
import { laddersOf } from '../ladder-of.ts';
import { grouped, loadFacts, loadStates } from '../load.ts';
import type { PartnerFacts, TierState } from '../types.ts';

/**
 * Tiers that a company holds: the partner at the top of a family has it, and its subsidiaries inherit it. A family are the
 * partners in the program that are joined by their parents; one that is not in it (any more) parts it. Who is at the top
 * differs by ladder: the highest one that is on it.
 */

/** The partner whose tier others have. */
export interface Holder {
  partnerId: string;
  name: string;
  /** Null while nothing is decided there. */
  state: TierState | null;
}

type Partner = { id: string; facts: PartnerFacts };

/** Whether any ladder is held by companies. */
export function hasCompanyLadders({ ladders }: Pick<Program, 'ladders'>): boolean {
  return ladders.some(({ heldBy }) => heldBy === 'company');
}

/**
 * For each partner and ladder the one at the top, where that is another one. `outside`: partners that are taken for ones
 * that are not in the program. (Default: none)
 */
export async function holdersOf(
  executor: Executor,
  program: Program,
  partners: readonly Partner[],
  outside: ReadonlySet<string> = new Set(),
): Promise<Map<string, Map<string, Partner>>> {
  const holders = new Map<string, Map<string, Partner>>();
  if (!hasCompanyLadders(program)) return holders;
  const above = await ancestorsOf(
    executor,
    partners.map(({ id }) => id),
  );
  const known = await loadFacts(executor, [...new Set([...above.values()].flat())]);
  const byId = new Map(known.map((one) => [one.id, one]));
  for (const { id, facts } of partners) {
    const parents = above.get(id) ?? [];
    const gap = parents.findIndex((one) => outside.has(one));
    const inProgram = gap === -1 ? parents : parents.slice(0, gap);
    const family = inProgram.flatMap((one) => byId.get(one) ?? []);
    const own = new Map<string, Partner>();
    for (const ladder of laddersOf(program, facts)) {
      if (ladder.heldBy !== 'company') continue;
      const top = family.findLast((one) => laddersOf(program, one.facts).includes(ladder));
      if (top !== undefined) own.set(ladder.key, top);
    }
    if (own.size > 0) holders.set(id, own);
  }
  return holders;
}

/** The same with what is in force there. */
export async function loadHolders(
  executor: Executor,
  program: Program,
  partners: readonly Partner[],
): Promise<Map<string, Map<string, Holder>>> {
  const holders = await holdersOf(executor, program, partners);
  const tops = [...holders.values()].flatMap((own) => [...own.values()]).map(({ id }) => id);
  if (tops.length === 0) return new Map();
  const states = await loadStates(executor, program, [...new Set(tops)]);
  const open = grouped(
    states.filter(({ isClosed }) => !isClosed),
    ({ partnerId, ladder }) => `${partnerId} ${ladder}`,
  );
  const holderOf = ({ id, facts }: Partner, ladder: string): Holder => ({
    partnerId: id,
    name: typeof facts.name === 'string' ? facts.name : id,
    state: open.get(`${id} ${ladder}`)?.[0]?.state ?? null,
  });
  return new Map(
    [...holders].map(([id, own]) => [
      id,
      new Map([...own].map(([ladder, top]) => [ladder, holderOf(top, ladder)])),
    ]),
  );
}

/**
 * The parents of partners all the way up as long as they are in the program, the nearest first. Nobody in a circle of
 * parents has any; for those below one it ends where they come to it.
 */
export async function ancestorsOf(
  executor: Executor,
  partners: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await executor.query<{ id: string; above: string[] }>(
    `with recursive up(id, above) as (
       select p.id, array[]::text[] from tierlink.partner p where p.id = any($1::text[])
       union all
       select up.id, up.above || parent.id
       from up join tierlink.partner own on own.id = coalesce(up.above[cardinality(up.above)], up.id)
         join tierlink.partner parent on parent.id = own.parent
       where ${alive('parent')}
         and parent.id <> up.id and not parent.id = any(up.above))
     select way.id, case when top.parent = way.id then '{}'
         else way.above[:coalesce(array_position(way.above, top.parent), cardinality(way.above))] end as above
     from (select distinct on (id) id, above from up order by id, cardinality(above) desc) as way
       join tierlink.partner top on top.id = coalesce(way.above[cardinality(way.above)], way.id)`,
    [[...partners]],
  );
  return new Map(rows.map(({ id, above }) => [id, above]));
}

/**
 * Partners in an order in which a company comes before those that have its tier, also where it has that of another one on
 * another ladder. `companiesOf`: ids of the companies that one has tiers of.
 */
export function companiesFirst<Item extends { partnerId: string }>(
  items: readonly Item[],
  companiesOf: (item: Item) => readonly string[],
): Item[] {
  const byId = new Map(items.map((one) => [one.partnerId, one]));
  const ordered = new Set<Item>();
  const visit = (one: Item): void => {
    if (ordered.has(one)) return;
    for (const id of companiesOf(one)) {
      const company = byId.get(id);
      if (company !== undefined) visit(company);
    }
    ordered.add(one);
  };
  for (const one of items) visit(one);
  return [...ordered];
}

/** Ids of the companies whose tiers a partner has. */
export function companyIds({ holders }: { holders?: ReadonlyMap<string, Holder> | undefined }): string[] {
  return [...new Set([...(holders?.values() ?? [])].map(({ partnerId }) => partnerId))];
}

/** The subsidiaries of partners whose tier has changed are evaluated next, those included that are on no ladder yet. */
export async function makeFamiliesDue(
  tx: Tx,
  { program, partners, now }: { program: Program; partners: readonly string[]; now: string },
): Promise<void> {
  if (!hasCompanyLadders(program) || partners.length === 0) return;
  const rows = await tx.query<{ id: string }>(
    `with recursive below(id) as (
       select p.id from tierlink.partner p where p.parent = any($1::text[])
       union
       select p.id from below join tierlink.partner p on p.parent = below.id)
     select id from below`,
    [[...partners]],
  );
  await markToEvaluate(tx, program, { partners: rows.map(({ id }) => id), now });
}
