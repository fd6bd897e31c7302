import type { Program } from '../../program/load.ts';
import type { Executor } from '../../store/store.ts';
import { lastChanges } from '../ladder-changes.ts';
import type { Evidence, KpiInput } from '../types.ts';

/** A decision of the past with the evidence that was kept with it. */
export interface PastDecision {
  id: string;
  partnerId: string;
  ladder: string;
  decidedAt: string;
  effectiveOn: string;
  tier: string | null;
  status: string;
  summary: string;
  evidence: Evidence;
}

/** The last decision about a tier, also where the partner has left the ladder since. */
export interface LastDecision extends PastDecision {
  /** Instant (ISO 8601) at which it left; null while it is on the ladder. */
  leftAt: string | null;
}

type Asked = {
  program: Pick<Program, 'name' | 'ladders'>;
  partners: readonly string[];
  at: string;
  day: string;
  /** Key of the ladder. (Default: those that give a tier) */
  ladder?: string | undefined;
};

/** The decisions that were in force: the last ones, without those of partners that were on no ladder any more. */
export async function decisionsInForce(executor: Executor, asked: Asked): Promise<Map<string, LastDecision>> {
  const last = await lastDecisions(executor, asked);
  return new Map([...last].filter(([, { leftAt }]) => leftAt === null));
}

/**
 * The last decision about its tier that holds for each partner on a day, of those made by an instant, on the ladder that it
 * came to last; where it had left all of them, on the one that it left. What was decided on ladders beside it is left out,
 * unless such a ladder is asked for.
 */
export async function lastDecisions(
  executor: Executor,
  { program, partners, at, day, ladder }: Asked,
): Promise<Map<string, LastDecision>> {
  const rows = await executor.query<LastDecision & Record<string, unknown>>(
    `with decided as (
       select distinct on (partner_id, ladder) * from tierlink.decision
       where program = $1 and partner_id = any($2::text[]) and decided_at <= $3::timestamptz
         and effective_on <= $4::date and case
           when $7::text is not null then ladder = $7
           -- Evidence is long: it is asked only about ladders that the program does not have (any more).
           when ladder = any($5::text[]) then true when ladder = any($6::text[]) then false
           else not evidence ? 'beside' end
       order by partner_id, ladder, decided_at desc, id collate "C"),
     changed as (${lastChanges})
     select distinct on (partner_id) id, partner_id as "partnerId", ladder, decided_at as "decidedAt",
       effective_on as "effectiveOn", to_tier as tier, status, summary, evidence,
       case when change = 'left' and at > decided_at then at end as "leftAt"
     from decided left join changed using (partner_id, ladder)
     order by partner_id, coalesce(change = 'left' and at > decided_at, false), greatest(decided_at, at) desc,
       id collate "C"`,
    [program.name, [...partners], at, day, keysOf(program, false), keysOf(program, true), ladder ?? null],
  );
  return new Map(rows.map((row) => [row.partnerId, row]));
}

function keysOf({ ladders }: Pick<Program, 'ladders'>, areBeside: boolean): string[] {
  return ladders.filter(({ beside }) => beside === areBeside).map(({ key }) => key);
}

/**
 * What the evidence of a decision and the same worked out again differ in, in words; none when they agree. A figure that
 * had not been worked out when the decision was made, or was old then, says nothing against it.
 */
export function disagreements(stored: Evidence, again: Evidence | null): string[] {
  if (again === null || again.ladder !== stored.ladder)
    return ['no ladder, or another one, fits as known then'];
  const asked = stored.kpis.filter(({ state }) => state === 'current' || state === 'provisional');
  const figures = asked.flatMap((before) => {
    const found = again.kpis.find(({ kpi }) => kpi === before.kpi);
    return found !== undefined && figureText(found) === figureText(before)
      ? []
      : [`${before.kpi}: ${figureText(before)} then, ${found === undefined ? '-' : figureText(found)} now`];
  });
  const isWhole = asked.length === stored.kpis.length;
  if (figures.length > 0 || !isWhole || stored.computedTier === again.computedTier) return figures;
  return [`tier: ${stored.computedTier ?? '-'} then, ${again.computedTier ?? '-'} now`];
}

function figureText({ numerator, denominator }: KpiInput): string {
  if (numerator === null) return '-';
  return denominator === '1' ? numerator : `${numerator}/${denominator}`;
}
