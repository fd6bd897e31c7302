import type { RowStep } from './having-sql.ts';
import type { RowContext } from './sql-parts.ts';

/**
 * A fact that takes another one back counts only where that one does: once the points of an entry have lapsed, its
 * reversal would take them a second time. A reversal itself cannot be taken back. Numbers are those of one partner, also where
 * a company counts the entries of several.
 */
export function ledgerStep(context: RowContext): RowStep | undefined {
  if (context.entity !== 'fact') return undefined;
  return {
    columns: ['r.partner as owner', 'r.entry', 'r.reverses'],
    needs: [],
    tables: [],
    reasons: ['entry_gone'],
    isOpen: 'false',
    // Joined, not looked up row by row: there may be hundreds of thousands of entries.
    wrap: (rows, { from, to }) => `with own as (${rows}),
      entries as (select distinct partner_id, owner, entry from own
        where ${from} is null and reverses is null and entry is not null)
      select own.*, (case when ${from} is null and own.reverses is not null and e.entry is null
        then 'entry_gone' else ${from} end) as ${to}
      from own left join entries e
        on e.partner_id = own.partner_id and e.owner = own.owner and e.entry = own.reverses`,
  };
}
