import { otherRegion, regionsByCountry, regionsWithin } from '../program/regions.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { RowStep } from './having-sql.ts';
import { nameSql, pathSql, type RowContext } from './sql-parts.ts';
import { asWritten } from './table-sql.ts';

/** A figure by region that rows are wanted for: its number in the statement, and its region or group. */
export interface AskedRegion {
  figure: number;
  region: string;
}

/** No region: that of a blank country, and of one that no region has. */
const nowhere = '';

/**
 * Puts rows into the regions that figures are asked for, once for each figure. A row that is in no region may belong to any
 * of them: it stands in all of them, with the reason for which it is left out.
 */
export function regionStep(
  context: RowContext,
  { program, asked }: { program: ProgramDefinition; asked: readonly AskedRegion[] },
): RowStep {
  const regions = program.regions!;
  const country = pathSql(context, regions.records[context.entity]!);
  const name = country.path.isName ? country.sql : nameSql(country.sql);
  const isBlank = `(coalesce(${name}, '') = '')`;
  const named = context.parameters.add(
    JSON.stringify(Object.fromEntries(regionsByCountry(regions))),
    'jsonb',
  );
  const other = context.parameters.add(otherRegion(regions) ?? nowhere, 'text');
  const region = `(case when ${isBlank} then '${nowhere}' else coalesce(${named} ->> ${name}, ${other}) end)`;
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
    columns: [`${region} as region`, `${asWritten(country)} as country`],
    needs: [],
    tables: [],
    reasons: ['region_blank', 'region_unknown'],
    wrap: (rows, { from, to }) => `with own as (${rows}),
      asked as (select * from unnest(${figures}, ${places}) as asked(figure, place))
      select own.*, asked.figure, (case when ${from} is not null or own.region <> '${nowhere}' then ${from}
        when coalesce(btrim(own.country), '') = '' then 'region_blank' else 'region_unknown' end) as ${to}
      from own join asked on asked.place = own.region`,
  };
}
