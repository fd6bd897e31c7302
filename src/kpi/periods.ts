import { instantOf } from '../model/clock.ts';
import { idOfParts } from '../model/record-id.ts';
import { canonicalDecimal } from '../model/values.ts';
import { ratioToDecimal } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import { currentPeriod, type NamedPeriod } from '../program/period-names.ts';
import { digitsOf } from '../program/units.ts';
import type { Executor, Tx } from '../store/store.ts';
import type { ComputeScope } from './compute.ts';
import { unreadKpis } from './freshness.ts';
import { fitsOf, isFitUnread } from './period-fit.ts';
import type { KpiValue } from './types.ts';
import type { HeldFigure } from './value-rows.ts';

/** A figure as a canonical decimal text (money in the program's currency); null when there is none. */
export function figureText(value: HeldFigure): string | null {
  if (value.numerator === null || value.denominator === null) return null;
  return canonicalDecimal(ratioToDecimal(value.numerator, value.denominator, digitsOf(value.unit)));
}

interface PeriodWork {
  partners: readonly string[];
  /** What these partners have; those that say how well they fit the profile are all there. */
  values: readonly KpiValue[];
  /** What else they have. (Default: nothing) */
  others?: readonly HeldFigure[];
  period: NamedPeriod;
}

/**
 * Brings the record that each partner has of a period up to date; only records whose figures changed are touched. Those of
 * partners that were merged into one of them go blank: its figures hold theirs now, and a sum over the period must not
 * count them twice. Records of periods that had their final figures before the merge stay as they were, and so do those of
 * a closed period. `period`: the one that the values are about. (Default: the running one) Returns how many changed.
 */
export async function writePeriods(
  tx: Tx,
  scope: ComputeScope,
  of: Omit<PeriodWork, 'period'> & { period?: NamedPeriod },
): Promise<number> {
  const work = { ...of, period: of.period ?? currentPeriod(scope.program, scope.asOf) };
  if (of.partners.length === 0 || (await isPeriodClosed(tx, scope.program, work.period))) return 0;
  return (await writeFigures(tx, scope, work)) + (await blankMerged(tx, scope, work));
}

/**
 * Puts some new figures into the records that their partners have of the running period, and leaves the other figures there
 * as they are. Returns how many records changed, and the partners that have none; those of a closed period stay as they
 * were.
 */
export async function updatePeriods(
  tx: Tx,
  scope: ComputeScope,
  values: readonly KpiValue[],
): Promise<{ changed: number; missing: string[] }> {
  const { program } = scope;
  const { period } = currentPeriod(program, scope.asOf);
  if (values.length === 0 || (await isPeriodClosed(tx, program, { period })))
    return { changed: 0, missing: [] };
  const figures = figuresOf(values, unreadKpis(program, scope));
  const [row] = await tx.query<{ changed: number; missing: string[] }>(
    `with new as (select * from json_to_recordset($1::json) as r(partner_id text, figures jsonb)),
     known as (
       select k.id, new.partner_id, k.figures || new.figures as figures from new
       join tierlink.kpi_period k on k.program = $2 and k.partner_id = new.partner_id and k.period = $3),
     written as (
       update tierlink.kpi_period k set currency = $4, figures = known.figures, changed_at = $5
       from known where k.id = known.id and (k.currency, k.figures) is distinct from ($4::text, known.figures)
       returning k.id),
     marked as (${markWritten('$5')})
     select (select count(*) from written)::int as changed,
       array(select partner_id from new where partner_id not in (select partner_id from known) order by 1) as missing`,
    [
      JSON.stringify([...figures].map(([partnerId, own]) => ({ partner_id: partnerId, figures: own }))),
      program.name,
      period,
      program.currency.code,
      instantOf(scope.now),
    ],
  );
  return row!;
}

/** The figures of each partner as a record keeps them, without those that say nothing. */
function figuresOf(
  values: readonly HeldFigure[],
  unread: readonly string[],
): Map<string, Record<string, string | null>> {
  const figures = new Map<string, Record<string, string | null>>();
  const silent = new Set(unread);
  for (const held of values) {
    const own = figures.get(held.partnerId) ?? {};
    figures.set(held.partnerId, own);
    if (!silent.has(held.kpi)) own[held.kpi] = figureText(held);
  }
  return figures;
}

/** What was signed off is never rewritten; what comes later is an adjustment of it. */
export async function isPeriodClosed(
  executor: Executor,
  { name }: Pick<Program, 'name'>,
  { period }: Pick<NamedPeriod, 'period'>,
): Promise<boolean> {
  const [closed] = await executor.query<{ id: string }>(
    'select id from tierlink.period_close where program = $1 and period = $2 and reopened_at is null',
    [name, period],
  );
  return closed !== undefined;
}

/** A figure of which inputs were never read says nothing: the record keeps what it had, and none is made for it. */
async function writeFigures(
  tx: Tx,
  scope: ComputeScope,
  { partners, values, others = [], period: { period, startsOn, endsOn } }: PeriodWork,
): Promise<number> {
  const { program } = scope;
  const unread = unreadKpis(program, scope);
  const isFitUnknown = isFitUnread(program, scope);
  const hasFit = program.idealProfile !== undefined && !isFitUnknown;
  // A profile of the partner's own attributes is known without any figure.
  if (!hasFit && unread.length > 0 && unread.length === Object.keys(program.kpis).length) return 0;
  const figures = figuresOf([...values, ...others], unread);
  const fits = await fitsOf(tx, { program, partners, values });
  const none = Object.fromEntries(Object.keys(program.kpis).map((kpi) => [kpi, null]));
  const rows = [...figures].map(([partnerId, found]) => ({
    id: idOfParts('kpp', [program.name, partnerId, period]),
    partner_id: partnerId,
    fit: isFitUnknown ? null : canonicalDecimal(fits.get(partnerId) ?? ''),
    figures: { ...none, ...found },
  }));
  if (rows.length === 0) return 0;
  const changed = await tx.query<{ id: string }>(
    `with new as (select * from json_to_recordset($1::json) as r(id text, partner_id text, fit numeric, figures jsonb)),
     written as (
       insert into tierlink.kpi_period (id, program, partner_id, period, starts_on, ends_on, currency, fit, figures, changed_at)
       select id, $2, partner_id, $3, $4, $5, $7, fit, figures, $6 from new order by id
       on conflict (program, partner_id, period) do update
         set currency = excluded.currency, fit = ${fitSql}, figures = ${figuresSql}, changed_at = excluded.changed_at
         where (kpi_period.currency, kpi_period.fit, kpi_period.figures)
           is distinct from (excluded.currency, ${fitSql}, ${figuresSql})
       returning id),
     marked as (${markWritten('$6')})
     select id from written`,
    [
      JSON.stringify(rows),
      program.name,
      period,
      startsOn,
      endsOn,
      instantOf(scope.now),
      program.currency.code,
      unread,
      isFitUnknown,
    ],
  );
  return changed.length;
}

const figuresSql = `excluded.figures || (select coalesce(jsonb_object_agg(key, value), '{}')
  from jsonb_each(kpi_period.figures) where key = any($8::text[]))`;

const fitSql = 'case when $9::boolean then kpi_period.fit else excluded.fit end';

async function blankMerged(
  tx: Tx,
  { program, now }: ComputeScope,
  { partners, period: { period } }: PeriodWork,
): Promise<number> {
  const blanked = await tx.query<{ id: string }>(
    `with recursive merged(id) as (
       select id from tierlink.partner where merged_into = any($1::text[])
       union
       select p.id from merged join tierlink.partner p on p.merged_into = merged.id),
     written as (
       update tierlink.kpi_period k set fit = null, figures = '{}', changed_at = $4 from merged
       where k.partner_id = merged.id and k.program = $2 and k.period = $3 and (k.figures <> '{}' or k.fit is not null)
       returning k.id),
     marked as (${markWritten('$4')})
     select id from written`,
    [[...partners], program.name, period, instantOf(now)],
  );
  return blanked.length;
}

function markWritten(now: string): string {
  return `insert into tierlink.outbox (entity, record_id, since) select 'kpiPeriod', id, ${now} from written order by id
    on conflict (entity, record_id) do update set since = excluded.since`;
}
