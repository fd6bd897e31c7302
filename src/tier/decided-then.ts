import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import { grouped } from './load.ts';
import type { Evidence, KpiInput } from './types.ts';

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

/**
 * The decision about its tier that was in force for each partner on a day: the last one made by an instant that holds by
 * that day. What was decided on ladders beside it is left out.
 */
export async function decisionsInForce(
  executor: Executor,
  {
    program,
    partners,
    at,
    day,
  }: { program: Pick<Program, 'name' | 'ladders'>; partners: readonly string[]; at: string; day: string },
): Promise<Map<string, PastDecision>> {
  const rows = await executor.query<PastDecision & Record<string, unknown>>(
    `select distinct on (partner_id) id, partner_id as "partnerId", ladder, decided_at as "decidedAt",
       effective_on as "effectiveOn", to_tier as tier, status, summary, evidence
     from tierlink.decision where program = $1 and partner_id = any($2::text[]) and decided_at <= $3::timestamptz
       and effective_on <= $4::date and case
         -- Evidence is long: it is asked only about ladders that the program does not have (any more).
         when ladder = any($5::text[]) then true when ladder = any($6::text[]) then false
         else not evidence ? 'beside' end
     order by partner_id, decided_at desc, id collate "C"`,
    [program.name, [...partners], at, day, keysOf(program, false), keysOf(program, true)],
  );
  return new Map(rows.map((row) => [row.partnerId, row]));
}

/** The same on each ladder that counts beside the one of its tier, by partner, then by ladder; without the evidence. */
export async function decisionsBeside(
  executor: Executor,
  {
    program,
    partners,
    at,
    day,
  }: { program: Pick<Program, 'name' | 'ladders'>; partners: readonly string[]; at: string; day: string },
): Promise<Map<string, Map<string, Pick<PastDecision, 'id' | 'tier' | 'status'>>>> {
  const rows = await executor.query<
    Pick<PastDecision, 'id' | 'partnerId' | 'ladder' | 'tier' | 'status'> & Record<string, unknown>
  >(
    `select distinct on (partner_id, ladder) id, partner_id as "partnerId", ladder, to_tier as tier, status
     from tierlink.decision where program = $1 and partner_id = any($2::text[]) and decided_at <= $3::timestamptz
       and effective_on <= $4::date and ladder = any($5::text[])
     order by partner_id, ladder, decided_at desc, id collate "C"`,
    [program.name, [...partners], at, day, keysOf(program, true)],
  );
  const byPartner = grouped(rows, ({ partnerId }) => partnerId);
  return new Map([...byPartner].map(([id, own]) => [id, new Map(own.map((row) => [row.ladder, row]))]));
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
