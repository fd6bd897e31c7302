import { entityFreshness, type Feed, loadFeeds } from '../kpi/freshness.ts';
import type { StateReason } from '../kpi/types.ts';
import { nameKey } from '../model/values.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { factKinds } from '../program/schema/ladder.ts';
import { alive } from '../store/alive.ts';
import type { Executor } from '../store/store.ts';
import type { Override, PartnerFact, Waiver } from './types.ts';

interface ExceptionRow {
  id: string;
  partner_id: string;
  ladder: string;
  tier: string;
  reason: string;
  author: string;
  from_on: string;
  until_on: string;
  ended_at: string | null;
}

/** What an override and a waiver have in common. */
function exceptionOf(program: Program, row: ExceptionRow): Override & { partnerId: string; ladder: string } {
  return {
    id: row.id,
    partnerId: row.partner_id,
    ladder: row.ladder,
    tier: row.tier,
    reason: row.reason,
    author: row.author,
    fromOn: row.from_on,
    untilOn: row.until_on,
    endedOn: row.ended_at === null ? null : dayOf(Date.parse(row.ended_at), program.timeZone),
  };
}

const columns = 'id, partner_id, ladder, tier, reason, author, from_on, until_on';

/** Overrides of partners, in the order in which they were made. */
export async function loadOverrides(
  executor: Executor,
  program: Program,
  partners: readonly string[],
): Promise<(Override & { partnerId: string; ladder: string })[]> {
  const rows = await executor.query<ExceptionRow & Record<string, unknown>>(
    `select ${columns}, ended_at from tierlink.tier_override
     where program = $1 and partner_id = any($2::text[]) order by created_at, id collate "C"`,
    [program.name, partners],
  );
  return rows.map((row) => exceptionOf(program, row));
}

/**
 * Waivers in the order in which they were made. `partners`: only theirs; null for everybody's. `knownAt`: as they were known
 * at that instant, with an end only where they had been ended by then.
 */
export async function loadWaivers(
  executor: Executor,
  program: Program,
  partners: readonly string[] | null,
  knownAt: string | null = null,
): Promise<(Waiver & { partnerId: string; ladder: string })[]> {
  const rows = await executor.query<ExceptionRow & { requirement: string } & Record<string, unknown>>(
    `select ${columns}, requirement,
       case when $3::timestamptz is null or ended_at <= $3 then ended_at end as ended_at
     from tierlink.waiver
     where program = $1 and ($2::text[] is null or partner_id = any($2)) and ($3::timestamptz is null or created_at <= $3)
     order by created_at, id collate "C"`,
    [program.name, partners, knownAt],
  );
  return rows.map((row) => ({ ...exceptionOf(program, row), requirement: row.requirement }));
}

/** What was taken back of an entry up to the day of each reversal; null where one says no quantity. */
const takenSoFar = `case when bool_or(quantity is null) over taken then null else sum(quantity) over taken end`;

/**
 * The facts about partners that requirements ask for, or those of the kinds given, and by kind why they may be late or partial.
 * `feeds`: as they are now. (Default: read here)
 */
export async function loadPartnerFacts(
  executor: Executor,
  program: Program,
  of: { partners: readonly string[]; now: number; kinds?: readonly string[]; feeds?: readonly Feed[] },
): Promise<{ facts: Map<string, PartnerFact[]>; late: Map<string, StateReason> }> {
  const facts = new Map<string, PartnerFact[]>();
  const { partners, now } = of;
  const kinds = new Set([...(of.kinds ?? factKinds(program))].map(nameKey));
  if (kinds.size === 0) return { facts, late: new Map() };
  const rows = await executor.query<PartnerFact & { partner: string } & Record<string, unknown>>(
    `select partner, kind, occurred_on as "occurredOn", least(expires_on, gone.on - 1) as "expiresOn", author, reason
     from tierlink.fact f
     -- The first day on which nothing of an entry is left, by quantity; without one it is taken back whole.
     left join lateral (select min(back.on) as on
       from (select coalesce(occurred_on, date '-infinity') as on, ${takenSoFar} as taken from tierlink.fact
         where partner = f.partner and reverses = f.entry and ${alive('fact')}
         window taken as (order by coalesce(occurred_on, date '-infinity'))) as back
       where coalesce((f.quantity + back.taken) * f.quantity <= 0, true)) as gone on true
     where partner = any($1::text[]) and kind is not null and ${alive('f')}
       -- What takes an entry of a ledger back is no fact on file.
       and reverses is null and (gone.on is null or gone.on > coalesce(occurred_on, date '-infinity'))
     order by occurred_on, id collate "C"`,
    [partners],
  );
  for (const { partner, ...fact } of rows) {
    if (kinds.has(nameKey(fact.kind))) facts.set(partner, [...(facts.get(partner) ?? []), fact]);
  }
  const feeds = of.feeds ?? (await loadFeeds(executor));
  const late = [...kinds].flatMap((kind): [string, StateReason][] => {
    const { reason } = entityFreshness(program, { entity: 'fact', feeds, now, kinds: new Set([kind]) });
    return reason === null ? [] : [[kind, reason]];
  });
  return { facts, late: new Map(late) };
}
