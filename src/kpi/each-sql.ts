import type { PerEachDefinition } from '../program/schema-each.ts';
import type { MeasureDefinition } from '../program/schema-kpi.ts';
import { type AddedUp, aggregateSql, divisorSql, halves } from './aggregate-sql.ts';
import { scaledBy } from './filter-sql.ts';
import { type RowStep, takesPart } from './having-sql.ts';
import type { RowContext } from './sql-parts.ts';
import { pathSql } from './sql-parts.ts';
import { identitySql } from './value-sql.ts';

/** What a measure comes to for each customer, person or the like, and what the figure makes of that. */
export interface EachSql {
  definition: PerEachDefinition;
  /** Whether a row is one of nobody. */
  isBlank: string;
  /** How the rows of one of them are added up. */
  inner: AddedUp;
  /** What the number of one is divided by. */
  denominator: bigint;
  /** Leaves out what is too much of one, where only so many records count. */
  limit: RowStep | undefined;
  /** Gives the number of each to one of its rows (`eachValue`). */
  figure: RowStep;
}

/** The column in which one row of each has what that comes to; those of averages are pairs, a sum and what it is divided by. */
export const eachValue = 'each_value';

/** The column that says whose a row is. */
export const eachOf = 'each_of';

interface Asked {
  inner: AddedUp;
  /** What the number of a row is divided by. */
  denominator: bigint;
  isWeighted: boolean;
  isRegional: boolean;
}

export function eachSql(
  context: RowContext,
  { perEach }: MeasureDefinition,
  asked: Asked,
): EachSql | undefined {
  if (perEach === undefined) return undefined;
  const parts = [perEach.of].flat().map((path) => identitySql(context, pathSql(context, path)));
  const isBlank = `(${parts.map((part) => `${part} is null`).join(' or ')})`;
  const key = parts.length === 1 ? parts[0]! : `array[${parts.join(', ')}]::text`;
  const keys = ['partner_id', ...(asked.isRegional ? ['figure'] : []), eachOf];
  const denominator = asked.denominator * halves(asked.inner);
  const most =
    perEach.atMost === undefined
      ? null
      : context.parameters.add(scaledBy(String(perEach.atMost), denominator), 'numeric');
  return {
    definition: perEach,
    isBlank,
    inner: asked.inner,
    denominator,
    limit: perEach.records === undefined ? undefined : limitStep(perEach.records, keys),
    figure: figureStep({ ...asked, keys, most, column: `${key} as ${eachOf}` }),
  };
}

const step = { needs: [], tables: [], isOpen: 'false' } as const;

/** One whose value is not known for want of a rate may be the largest. */
function limitStep(records: number, keys: readonly string[]): RowStep {
  return {
    ...step,
    columns: [],
    reasons: ['beyond_limit'],
    wrap: (rows, { from, to }) => `with own as (${rows}),
      placed as (select own.*, row_number() over (partition by ${keys.join(', ')}, ${takesPart(from)}
        order by value desc nulls first, id collate "C") as place from own)
      select placed.*,
        (case when ${takesPart(from)} and place > ${records} then 'beyond_limit' else ${from} end) as ${to} from placed`,
  };
}

function figureStep({
  inner,
  isWeighted,
  keys,
  most,
  column,
}: Asked & { keys: readonly string[]; most: string | null; column: string }): RowStep {
  const rows = (isIn: string) => ({
    value: () => (inner === 'distinct' ? 'identity' : 'value'),
    isIn,
    weight: isWeighted ? 'weight' : null,
  });
  const capped = most === null ? 'g.number' : `least(g.number, ${most})`;
  // An average is not divided here, where no digit may be lost.
  const isPair = inner === 'average';
  return {
    ...step,
    columns: [column],
    reasons: [],
    wrap: (text, { from, to }) => {
      const own = rows(`${from} is null`);
      const divisor = isPair ? divisorSql(own) : '1';
      return `with own as (${text}),
      groups as (select ${keys.join(', ')}, min(id collate "C") as first_id,
          ${aggregateSql(inner, own)} as number, ${divisor} as divisor
        from own where ${from} is null group by ${keys.join(', ')})
      select own.*, ${from} as ${to}, g.number as each_sum, g.divisor as each_divisor,
        case when g.first_id = own.id and ${from} is null then ${isPair ? 'array[g.number, g.divisor]::text[]' : capped} end as ${eachValue}
      from own left join groups g on ${keys.map((key) => `g.${key} = own.${key}`).join(' and ')}`;
    },
  };
}
