import type { MeasureDefinition } from '../program/schema-kpi.ts';
import { type RowStep, takesPart } from './having-sql.ts';
import { takesNewest } from './latest-sql.ts';
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

/**
 * Where only the newest entry counts, one that was taken back is none, and what takes it back is no figure of its own: the
 * entry before it counts again. Comes behind the step of the ledger, whose columns it reads.
 */
export function takenBackStep(
  context: RowContext,
  measure: MeasureDefinition,
  { isRegional }: { isRegional: boolean },
): RowStep | undefined {
  if (context.entity !== 'fact' || !takesNewest(measure)) return undefined;
  const keys = [...(isRegional ? ['figure'] : []), 'partner_id', 'owner'];
  return {
    columns: [],
    needs: [],
    tables: [],
    reasons: ['takes_back', 'taken_back'],
    isOpen: 'false',
    wrap: (rows, { from, to }) => `with own as (${rows}),
      taken as (select distinct ${keys.join(', ')}, reverses from own where ${takesPart(from)} and reverses is not null)
      select own.*, (case when not ${takesPart(from)} then ${from} when own.reverses is not null then 'takes_back'
        when t.reverses is not null then 'taken_back' else ${from} end) as ${to}
      from own left join taken t
        on ${keys.map((key) => `t.${key} = own.${key}`).join(' and ')} and t.reverses = own.entry`,
  };
}
