import type { Program } from '../program/load.ts';
import { calendarFor, lacksAnniversary } from '../program/review-calendar.ts';
import { anniversaryAttribute } from '../program/schema-movement.ts';
import { firstLinkSql } from '../store/first-link.ts';
import type { Executor } from '../store/store.ts';
import type { DebtRecord } from './debt.ts';
import { loadFacts } from './load.ts';

interface Row {
  id: string;
  ladders: string[];
  name: string | null;
  owner: string | null;
  connection: string | null;
  object: string | null;
  crmId: string | null;
}

/** Partners that are not reviewed on their own day, because the date that says which one it is is blank or no date. */
export async function undatedPartners(executor: Executor, program: Program): Promise<DebtRecord[]> {
  const ladders = program.ladders.filter(({ movement }) => anniversaryAttribute(movement) !== null);
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
    const missing = ladders.filter(
      ({ key, movement }) =>
        partner !== undefined &&
        own.includes(key) &&
        lacksAnniversary(movement, calendarFor(program, movement, partner)),
    );
    const dates = [...new Set(missing.map(({ movement }) => anniversaryAttribute(movement)!))];
    if (dates.length === 0) return [];
    const why = `its ${dates.join(' and ')} is blank or no date, and its reviews go by that`;
    return [{ ...row, entity: 'partner', partnerId: row.id, partner: row.name, kpis: [], why, amount: null }];
  });
}
