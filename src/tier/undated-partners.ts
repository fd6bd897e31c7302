import type { Program } from '../program/load.ts';
import { calendarFor, lacksAnniversary } from '../program/review-calendar.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import { anniversaryAttribute } from '../program/schema/movement.ts';
import { firstLinkSql } from '../store/first-link.ts';
import type { Executor } from '../store/store.ts';
import { loadFacts } from './load.ts';
import type { DebtRecord } from './method/debt.ts';
import { startOf } from './method/method-inputs.ts';
import { asksForStart } from './tenure.ts';
import type { PartnerFacts } from './types.ts';

interface Row {
  id: string;
  ladders: string[];
  name: string | null;
  owner: string | null;
  connection: string | null;
  object: string | null;
  crmId: string | null;
}

/** Partners that are not reviewed on their own day, or rise no further, because the date that this goes by is blank or no date. */
export async function undatedPartners(executor: Executor, program: Program): Promise<DebtRecord[]> {
  const ladders = program.ladders.filter(
    (ladder) => anniversaryAttribute(ladder.movement) !== null || asksForStart(ladder),
  );
  if (ladders.length === 0) return [];
  const rows = await executor.query<Row & Record<string, unknown>>(
    `select r.id, r.name, r.owner, l.connection, l.object, l.crm_id as "crmId",
       array_agg(t.ladder order by t.ladder collate "C") as ladders
     from tierlink.tier_state t join tierlink.partner r on r.id = t.partner_id
     left join lateral (${firstLinkSql('partner', 'r.id')}) l on true
     where t.program = $1 and t.ladder = any($2::text[]) and t.closed_at is null and t.inherited_from is null
     group by r.id, r.name, r.owner, l.connection, l.object, l.crm_id order by r.id collate "C"`,
    [program.name, ladders.map(({ key }) => key)],
  );
  const facts = new Map(
    (
      await loadFacts(
        executor,
        rows.map(({ id }) => id),
      )
    ).map((one) => [one.id, one.facts]),
  );
  return rows.flatMap(({ ladders: own, ...row }) => {
    const partner = facts.get(row.id);
    if (partner === undefined) return [];
    const why = blankDates(
      program,
      ladders.filter(({ key }) => own.includes(key)),
      partner,
    );
    if (why === '') return [];
    return [{ ...row, entity: 'partner', partnerId: row.id, partner: row.name, kpis: [], why, amount: null }];
  });
}

/** Which dates of a partner its ladders lack, and for what; '' for none. */
function blankDates(program: Program, ladders: readonly LadderDefinition[], partner: PartnerFacts): string {
  const reviewed = ladders.filter(({ movement }) =>
    lacksAnniversary(movement, calendarFor(program, movement, { partner, since: null })),
  );
  const dates = [...new Set(reviewed.map(({ movement }) => anniversaryAttribute(movement)!))];
  const isStartBlank = ladders.some(asksForStart) && startOf({ partner }) === null;
  return [
    ...(dates.length === 0
      ? []
      : [`its ${dates.join(' and ')} is blank or no date, and its reviews go by that`]),
    ...(isStartBlank ? ['its startedOn is blank, and how long it is in the program goes by that'] : []),
  ].join('; ');
}
