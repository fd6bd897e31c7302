import { regionsWithin } from '../program/regions.ts';
import type { RowStep } from './having-sql.ts';
import { nowhere, pathSql, type RowContext, regionSql } from './sql-parts.ts';
import { asWritten } from './table-sql.ts';

/** A figure by region that rows are wanted for: its number in the statement, and its region or group. */
export interface AskedRegion {
  figure: number;
  region: string;
}

/**
 * Puts rows into the regions that figures are asked for, once for each figure. A row that is in no region may belong to any
 * of them: it stands in all of them, with the reason for which it is left out.
 */
export function regionStep(context: RowContext, asked: readonly AskedRegion[]): RowStep {
  const regions = context.regions!;
  const { region } = regionSql(context, pathSql(context, regions.records[context.entity]!));
  const wanted = asked.flatMap(({ figure, region: key }) =>
    [...regionsWithin(regions, key), nowhere].map((one) => ({ figure, region: one })),
  );
  const figures = context.parameters.add(
    wanted.map((one) => one.figure),
    'integer[]',
  );
  const places = context.parameters.add(
    wanted.map((one) => one.region),
    'text[]',
  );
  return {
    columns: [`${region} as region`, `${countrySql(context)} as region_country`],
    needs: [],
    tables: [],
    reasons: ['region_blank', 'region_unknown'],
    isOpen: 'false',
    wrap: (rows, { from, to }) => `with own as (${rows}),
      asked as (select * from unnest(${figures}, ${places}) as asked(figure, place))
      select own.*, asked.figure, (case when ${from} is not null or own.region <> '${nowhere}' then ${from}
        when coalesce(btrim(own.region_country), '') = '' then 'region_blank' else 'region_unknown' end) as ${to}
      from own join asked on asked.place = own.region`,
  };
}

/** The country by which a record is in a region, as it is written there. */
export function countrySql(context: RowContext): string {
  const attribute = context.regions?.records[context.entity];
  return attribute === undefined ? 'null::text' : asWritten(pathSql(context, attribute));
}
