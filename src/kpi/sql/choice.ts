import { resolvePath } from '../../program/attribute-path.ts';
import { aggregateOf } from '../../program/check/kpi.ts';
import { type ChoiceDefinition, choiceOf } from '../../program/schema/choice.ts';
import type { MeasureDefinition } from '../../program/schema/kpi.ts';
import { type RowStep, takesPart } from './having.ts';
import { daySql, type MeasureContext } from './sql-parts.ts';
import { type ValueSql, valueSql } from './value.ts';

/** Which records are chosen by the size of a value, and what is asked of those alone. */
export interface ChoiceSql {
  /** Whether a row has no value to be chosen by. */
  isBlank: string;
  isUnrated: string;
  step: RowStep;
}

/** The largest records of a partner, in each region where figures are by region; undefined where all of them count. */
export function choiceSql(
  context: MeasureContext,
  measure: MeasureDefinition,
  { asOf, isRegional }: { asOf: string; isRegional: boolean },
): ChoiceSql | undefined {
  const choice = choiceOf(measure);
  if (choice === undefined) return undefined;
  const { value, isBlank, isUnrated, currency } = comparedBy(context, choice, asOf);
  if (isUnrated !== 'false') context.unrated.push({ when: isUnrated, currency, day: null });
  const isFact = context.entity === 'fact';
  return {
    isBlank: isFact ? `(${context.root}.reverses is null and ${isBlank})` : isBlank,
    isUnrated,
    step: chosenStep(choice, {
      columns: [`${value} as choose_by`],
      by: isFact && isAddedUp(measure, `fact.${choice.by}`) ? 'value' : 'choose_by',
      keys: ['partner_id', ...(isRegional ? ['figure'] : [])],
    }),
  };
}

type Compared = Pick<ValueSql, 'value' | 'isBlank' | 'isUnrated' | 'currency'>;

/** Dates go by their day, everything else by what it would bring to a sum. */
function comparedBy(context: MeasureContext, { by }: ChoiceDefinition, asOf: string): Compared {
  const path = resolvePath(context.entity, by, context.custom);
  if (typeof path === 'string' || (path.type !== 'date' && path.type !== 'instant'))
    return valueSql(context, { aggregate: 'sum', value: `${context.entity}.${by}`, asOf });
  const day = daySql(context, by);
  return {
    value: `(${day} - date '2000-01-01')::numeric`,
    isBlank: `(${day} is null)`,
    isUnrated: 'false',
    currency: 'null::text',
  };
}

/** Whether the rows bring just this attribute: then it is known of an entry what others leave of it. */
function isAddedUp(measure: MeasureDefinition, path: string): boolean {
  const { aggregate, value } = aggregateOf(measure)!;
  return aggregate !== 'distinct' && value === path && measure.times === undefined;
}

const step = { needs: [], tables: [], isOpen: 'false' } as const;

/** One of which it is not known how large it is, for want of a rate, may be the largest, and the smallest. */
function chosenStep(
  { end, records, ties }: NonNullable<ReturnType<typeof choiceOf>>,
  { columns, by, keys }: { columns: readonly string[]; by: string; keys: readonly string[] },
): RowStep {
  const order = `${by} ${end === 'largest' ? 'desc' : 'asc'} nulls first`;
  const [place, all] = ties === 'all' ? ['rank', order] : ['row_number', `${order}, id collate "C"`];
  return {
    ...step,
    columns,
    reasons: ['not_chosen'],
    wrap: (rows, { from, to }) => `with own as (${rows}),
      placed as (select own.*, ${place}() over (partition by ${keys.join(', ')}, ${takesPart(from)} order by ${all}) as size_place from own)
      select placed.*,
        (case when ${takesPart(from)} and size_place > ${records} then 'not_chosen' else ${from} end) as ${to} from placed`,
  };
}

/** Of those that were chosen, what does not satisfy the condition is left out. `holds`: the condition, in SQL. */
export function thenStep(holds: string): RowStep {
  return {
    ...step,
    columns: [`${holds} as then_holds`],
    reasons: ['not_then'],
    wrap: (rows, { from, to }) => `select own.*,
        (case when ${from} is null and then_holds is not true then 'not_then' else ${from} end) as ${to} from (${rows}) own`,
  };
}
