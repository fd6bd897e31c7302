import { regionsWithin } from '../../program/regions.ts';
import { type RowStep, takesPart } from './having.ts';
import { nowhere, pathSql, type RowContext, regionSql, textSql } from './sql-parts.ts';
import { asWritten } from './table.ts';

/** A figure by region that rows are wanted for: its number in the statement, and its region or group. */
export interface AskedRegion {
  figure: number;
  region: string;
}

/**
 * Puts rows into the regions that figures are asked for, once for each figure. A row that is in no region may belong to any
 * of them: it stands in all of them, with the reason for which it is left out. That it is in none comes before what it comes to:
 * for want of that no region's figure is in doubt.
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
    columns: [`${region} as own_region`, `${countrySql(context)} as own_country`],
    needs: [],
    tables: [],
    reasons: ['region_blank', 'region_unknown'],
    isOpen: 'false',
    wrap: (rows, { from, to }) => `with placed as (${placedSql(context, rows)}),
      asked as (select * from unnest(${figures}, ${places}) as asked(figure, place))
      select placed.*, asked.figure, (case when placed.region <> '${nowhere}' or not ${takesPart(from)} then ${from}
        when ${textSql('placed.region_country')} is null then 'region_blank' else 'region_unknown' end) as ${to}
      from placed join asked on asked.place = placed.region`,
  };
}

/** An entry of a ledger that takes another one back is where that one is: what was given there is taken there. */
function placedSql({ entity }: RowContext, rows: string): string {
  if (entity !== 'fact')
    return `select own.*, own_region as region, own_country as region_country from (${rows}) own`;
  return `with own as (${rows}),
    entries as (select distinct on (partner_id, owner, entry) partner_id, owner, entry, own_region, own_country from own
      where reverses is null and entry is not null order by partner_id, owner, entry, id collate "C")
    select own.*, case when e.entry is null then own.own_region else e.own_region end as region,
      case when e.entry is null then own.own_country else e.own_country end as region_country
    from own left join entries e
      on e.partner_id = own.partner_id and e.owner = own.owner and e.entry = own.reverses`;
}

/** The country by which a record is in a region, as it is written there. */
export function countrySql(context: RowContext): string {
  const attribute = context.regions?.records[context.entity];
  return attribute === undefined ? 'null::text' : asWritten(pathSql(context, attribute));
}
