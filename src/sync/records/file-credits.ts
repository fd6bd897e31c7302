import { filesAlias, newRecordId } from '../../model/record-id.ts';
import type { Executor } from '../../store/store.ts';
import { type RecordRow, recordOf } from './record-rows.ts';

/** A credit as it is stored, and who said it. */
export interface SaidCredit {
  credit: RecordRow;
  /** The CRM that has the deal and says the credit; null for what a file says. */
  connection: string | null;
}

/** Names a credit in the files of deals. `dealKey`: names its deal there. */
export function fileCreditKey(dealKey: string, { partner, role }: Record<string, unknown>): string {
  return JSON.stringify([dealKey, partner, role]);
}

/** Our id of a credit that a file says. */
export function fileCreditId(dealKey: string, credit: Record<string, unknown>): string {
  return newRecordId('credit', filesAlias, 'deals', fileCreditKey(dealKey, credit));
}

/**
 * Credits of deals that files brought, those that have ended too, by deal. What a file says of a partner stays what it said once
 * the partner is merged into another one, whose the credit is then.
 */
export async function saidCredits(
  executor: Executor,
  deals: readonly string[],
): Promise<Map<string, SaidCredit[]>> {
  const rows = await executor.query<Record<string, unknown>>(
    `select c.*, f.crm_id as deal_key, array(
         with recursive losers as (
           select p.id from tierlink.partner p where p.merged_into = c.partner
           union select p.id from losers join tierlink.partner p on p.merged_into = losers.id)
         select id from losers) as losers,
       (select min(l.connection collate "C") from tierlink.link l
       where l.entity = 'deal' and l.record_id = c.deal and l.state = 'live' and l.connection <> $2) as said_in
     from tierlink.credit c
     left join tierlink.link f on f.entity = 'deal' and f.record_id = c.deal and f.connection = $2 and f.state = 'live'
     where c.deal = any($1::text[]) and c.merged_into is null order by c.id collate "C"`,
    [[...new Set(deals)], filesAlias],
  );
  const byDeal = new Map<string, SaidCredit[]>();
  for (const { deal_key: dealKey, said_in: connection, losers, ...row } of rows) {
    const credit = recordOf('credit', row);
    const { partner } = credit.values;
    const isOf = (one: unknown) =>
      credit.id === fileCreditId(String(dealKey), { ...credit.values, partner: one });
    const isOfFile = dealKey !== null && [partner, ...(losers as string[])].some(isOf);
    const said = { credit, connection: isOfFile ? null : (connection as string | null) };
    const known = byDeal.get(credit.values.deal as string);
    if (known === undefined) byDeal.set(credit.values.deal as string, [said]);
    else known.push(said);
  }
  return byDeal;
}
