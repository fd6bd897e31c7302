import { choiceOf } from '../../program/schema/choice.ts';
import type { MeasureDefinition } from '../../program/schema/kpi.ts';
import { type RowStep, takesPart } from './having.ts';
import { pathSql, type RowContext } from './sql-parts.ts';
import { identitySql } from './value.ts';

/** Whether older records give way to newer ones. */
export function takesNewest({ latest, newestOfEach }: MeasureDefinition): boolean {
  return latest !== undefined || newestOfEach !== undefined;
}

/** Whether records are chosen among, so that what takes an entry back is no record of its own. */
export function choosesRecords(measure: MeasureDefinition): boolean {
  return takesNewest(measure) || choiceOf(measure) !== undefined || measure.perEach?.records !== undefined;
}

/** Whether a measure counts its records, or what they name, and adds nothing of them up. */
export function isCounted({ count, distinct }: MeasureDefinition): boolean {
  return count !== undefined || distinct !== undefined;
}

/** The column of the date by which records are the newest: that of the one window of the measure that has a date. */
export function newestBy({ window }: MeasureDefinition): string {
  const index = [window ?? []].flat().findIndex(({ by }) => by !== undefined);
  return index === -1 ? 'null::date' : `begins_${index}`;
}

/**
 * Of the records of a partner, in each region where figures are by region, or of those with the same value of an attribute,
 * only the newest counts, by the date of the measure's window (the column `day`); of several of one day the one with the largest value. One
 * whose value is not known for want of a rate is the newest all the same: an older value in its place would be a guess.
 */
export function latestStep(
  context: RowContext,
  measure: MeasureDefinition,
  { isRegional, day }: { isRegional: boolean; day: string },
): RowStep | undefined {
  if (!takesNewest(measure)) return undefined;
  const { newestOfEach: each } = measure;
  const keys = [
    ...(isRegional ? ['figure'] : []),
    'partner_id',
    ...(each === undefined ? [] : ['newest_of']),
  ];
  return {
    columns: each === undefined ? [] : [`${identitySql(context, pathSql(context, each))} as newest_of`],
    needs: [],
    tables: [],
    reasons: ['superseded'],
    isOpen: 'false',
    wrap: (rows, { from, to }) => `with own as (${rows}),
      placed as (select own.*, row_number() over (partition by ${keys.join(', ')}, ${takesPart(from)}
        order by ${day} desc, value desc nulls first, id collate "C") as age from own)
      select placed.*,
        (case when ${takesPart(from)} and age > 1 then 'superseded' else ${from} end) as ${to} from placed`,
  };
}
