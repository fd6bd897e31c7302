import type { MeasureDefinition } from '../../program/schema/kpi.ts';
import { type RowStep, takesPart } from './having.ts';
import { choosesRecords, isCounted, newestBy } from './latest.ts';
import type { RowContext } from './sql-parts.ts';
import { noValue, type ValueSql } from './value.ts';

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

/** The column in which a row's value is until it is known what others take back of it. */
export const givenValue = 'given_value';

/**
 * Where records are chosen among, such as only the newest entry, what takes one back is no figure of its own: of an entry the rest counts, and one of
 * which nothing is left is none, so that the entry before it counts again. In one currency the rest is worked out before it is
 * converted: what was taken back whole leaves nothing, whatever the rates were. Where records are counted, their quantity says
 * whether anything is left; one taken back without a quantity is taken back whole. Comes behind the step of the ledger, whose
 * columns it reads, and makes the value.
 */
export function takenBackStep(
  context: RowContext,
  { measure, part }: { measure: MeasureDefinition; part: ValueSql },
  { isRegional }: { isRegional: boolean },
): RowStep | undefined {
  if (context.entity !== 'fact' || !choosesRecords(measure)) return undefined;
  const keys = [...(isRegional ? ['figure'] : []), 'partner_id', 'owner'];
  const ofCount = isCounted(measure);
  const divisible = ofCount ? { own: `${context.root}.quantity`, one: noValue } : part.divisible;
  const rest = ofCount
    ? givenValue
    : `case when g.is_alike then (taken_amount + g.amount) * taken_unit else ${givenValue} + coalesce(g.given, 0) end`;
  const isGone =
    divisible === null
      ? 'true'
      : `case when g.is_alike then coalesce((taken_amount + g.amount) * taken_amount <= 0, true)
           else not g.is_open and (${givenValue} + g.given) * ${givenValue} <= 0 end`;
  const begins = newestBy(measure);
  return {
    columns: [
      `${divisible?.own ?? noValue} as taken_amount`,
      `${divisible?.one ?? noValue} as taken_unit`,
      `${part.currency} as taken_currency`,
    ],
    needs: [],
    tables: [],
    reasons: ['takes_back', 'taken_back'],
    isOpen: 'false',
    wrap: (rows, { from, to }) => `with own as (${rows}),
      numbered as (select own.*, coalesce(reverses, entry) as number from own),
      entries as (select ${keys.join(', ')}, number,
          case when not bool_or(reverses is not null and taken_amount is null)
            then sum(taken_amount) filter (where reverses is not null) end as amount,
          sum(${givenValue}) filter (where reverses is not null) as given,
          bool_or(reverses is not null) as is_taken,
          bool_or(reverses is not null and ${givenValue} is null) as is_open,
          count(distinct coalesce(taken_currency, '')) = 1 as is_alike,
          max(${begins}) filter (where reverses is null) as stands_on
        from numbered where ${takesPart(from)} and number is not null group by ${keys.join(', ')}, number)
      select own.*,
        case when own.reverses is null and g.is_taken then ${rest} else ${givenValue} end as value,
        coalesce(case when own.reverses is not null then g.stands_on end, ${begins}) as stands_on,
        (case when not ${takesPart(from)} then ${from}
          when own.reverses is not null then (case when ${givenValue} is null and not g.is_alike and g.stands_on is not null then ${from} else 'takes_back' end)
          when g.is_taken and ${isGone} then 'taken_back' else ${from} end) as ${to}
      from numbered own left join entries g
        on ${[...keys, 'number'].map((key) => `g.${key} = own.${key}`).join(' and ')}`,
  };
}
