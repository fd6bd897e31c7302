import { periodShift } from '../../program/civil-date.ts';
import {
  eachPaths,
  eachPeriod,
  type PerEachDefinition,
  type PeriodTake,
  periodTake,
} from '../../program/schema/each.ts';
import type { MeasureDefinition } from '../../program/schema/kpi.ts';
import type { ProgramDefinition } from '../../program/schema/schema.ts';
import { edgeDay, windowRange } from '../windows.ts';
import { type AddedUp, aggregateSql, divisorSql, halves } from './aggregate.ts';
import { scaledBy } from './filter.ts';
import { eachOf, fellShort, holdsOfNothing, type RowStep, takesPart } from './having.ts';
import { daySql, pathSql, type RowContext } from './sql-parts.ts';
import { identitySql } from './value.ts';

/** What a measure comes to for each customer, person or the like, and what the figure makes of that. */
export interface EachSql {
  definition: PerEachDefinition;
  /** Whether a row is one of nobody. */
  isBlank: string;
  /** How the rows of one of them are added up. */
  inner: AddedUp;
  /** What the number of one is divided by. */
  denominator: bigint;
  /** Whether all of them are given one by one, to be put together where fractions are exact. */
  isListed: boolean;
  /** How many periods there are, with records or without; null for what there is only with records. */
  periods: number | null;
  /** The day on which the window moves on, with which runs of periods change whatever the records are; null where they do not count. */
  changesOn: string | null;
  /** Whether a period without records is one of those that count. */
  isWithout: boolean;
  /** First days of the periods of which the best one counts, in the order of their numbers in `periodOf`. */
  bestStarts: readonly string[];
  /** Puts what takes an entry back to the customer or the like of that one. */
  placed: RowStep | undefined;
  /** Leaves out what is too much of one, where only so many records count. */
  limit: RowStep | undefined;
  /** Leaves out what is not in the best period of one. */
  best: RowStep | undefined;
  /** Gives the number of each to one of its rows (`eachValue`). */
  figure: RowStep;
}

/**
 * The column in which one row of each has what that comes to; those that are listed are a number, what it is divided by, and of
 * a period which one it is.
 */
export const eachValue = 'each_value';

interface Asked {
  inner: AddedUp;
  /** What the number of a row is divided by. */
  denominator: bigint;
  isWeighted: boolean;
  isRegional: boolean;
  program: ProgramDefinition;
  asOf: string;
}

/** As what the numbers of all of them are put together. */
export function aggregateOfEach(perEach: PerEachDefinition): AddedUp {
  const { take } = perEach;
  return periodTake(perEach) === undefined ? (take as Exclude<typeof take, PeriodTake>) : 'count';
}

export function eachSql(context: RowContext, measure: MeasureDefinition, asked: Asked): EachSql | undefined {
  const { perEach } = measure;
  if (perEach === undefined) return undefined;
  const { key, isBlank, periods, changesOn } =
    eachPeriod(perEach) === undefined
      ? ofValues(context, perEach)
      : ofPeriods(context, { measure, perEach, ...asked });
  const period =
    perEach.best === undefined ? null : periodSql(context, { measure, ...asked, ...perEach.best });
  const isListed = asked.inner === 'average' || periods !== null;
  const keys = ['partner_id', ...(asked.isRegional ? ['figure'] : []), eachOf];
  const denominator = asked.denominator * halves(asked.inner);
  const most =
    perEach.atMost === undefined
      ? null
      : context.parameters.add(scaledBy(String(perEach.atMost), denominator), 'numeric');
  return {
    definition: perEach,
    isBlank: context.entity === 'fact' ? `(${context.root}.reverses is null and ${isBlank})` : isBlank,
    inner: asked.inner,
    denominator,
    isListed,
    periods,
    changesOn,
    isWithout: [measure.having ?? []].flat().every(holdsOfNothing),
    bestStarts: period?.starts ?? [],
    placed: context.entity === 'fact' ? placedStep(key, period?.number ?? 'null::integer') : undefined,
    best:
      period === null
        ? undefined
        : bestStep(asked.inner, { keys, period: context.entity === 'fact' ? null : period.number }),
    limit: perEach.records === undefined ? undefined : limitStep(perEach.records, keys),
    figure: figureStep({
      ...asked,
      keys,
      most,
      isListed,
      isOfPeriods: periods !== null,
      isJudged: periods !== null && measure.having !== undefined,
      columns: context.entity === 'fact' ? [] : [`${key} as ${eachOf}`],
    }),
  };
}

interface Whose {
  key: string;
  isBlank: string;
  periods: number | null;
  changesOn: string | null;
}

function ofValues(context: RowContext, perEach: PerEachDefinition): Whose {
  const parts = eachPaths(perEach).map((path) => identitySql(context, pathSql(context, path)));
  return {
    key: parts.length === 1 ? parts[0]! : `array[${parts.join(', ')}]::text`,
    isBlank: `(${parts.map((part) => `${part} is null`).join(' or ')})`,
    periods: null,
    changesOn: null,
  };
}

function ofPeriods(
  context: RowContext,
  { perEach, ...asked }: Windowed & { perEach: PerEachDefinition },
): Whose {
  const [by] = eachPaths(perEach);
  const { number, starts, movesOn } = periodSql(context, {
    ...asked,
    by: by!,
    period: eachPeriod(perEach)!,
  });
  const isOfRuns = perEach.take === 'longestRun' || perEach.take === 'lastRun';
  return {
    key: `${number}::text`,
    isBlank: 'false',
    periods: starts.length,
    changesOn: isOfRuns ? movesOn : null,
  };
}

type Windowed = Pick<Asked, 'program' | 'asOf'> & { measure: MeasureDefinition };

/** Periods go by the number that each has in the window, which is made of whole ones and moves on with the next of these. */
function periodSql(
  context: RowContext,
  { measure, program, asOf, by, period }: Windowed & NonNullable<PerEachDefinition['best']>,
): { number: string; starts: string[]; movesOn: string | null } {
  const window = [measure.window!].flat().find((one) => one.by === by)!;
  const { from, to } = windowRange(window, asOf, program);
  const starts: string[] = [];
  for (let day = from!; day < to!; day = periodShift(day, period, 1)) starts.push(day);
  const number = `width_bucket(${daySql(context, by)}, ${context.parameters.add(starts, 'date[]')})`;
  return { number, starts, movesOn: edgeDay({ window, edge: 'enters', date: to!, asOf }, program) };
}

const step = { needs: [], tables: [], isOpen: 'false' } as const;

/**
 * An entry of a ledger that takes another one back is of the customer, the period or the like of that one, whatever it says itself:
 * what was given there is taken there. Comes behind the step of the ledger, whose columns it reads.
 */
function placedStep(key: string, period: string): RowStep {
  return {
    ...step,
    columns: [`${key} as own_each`, `${period} as own_period`],
    reasons: [],
    wrap: (rows, { from, to }) => `with own as (${rows}),
      entries as (select distinct on (partner_id, owner, entry) partner_id, owner, entry, own_each, own_period from own
        where ${takesPart(from)} and reverses is null and entry is not null
        order by partner_id, owner, entry, id collate "C")
      select own.*, ${from} as ${to}, case when own.reverses is null then own.own_each else e.own_each end as ${eachOf},
        case when own.reverses is null then own.own_period else e.own_period end as ${periodOf}
      from own left join entries e
        on e.partner_id = own.partner_id and e.owner = own.owner and e.entry = own.reverses`,
  };
}

/** The column with the number of the period of a row, from 1 on, where the best one of each counts. */
export const periodOf = 'period_of';

/** What is in no period that comes to as much as the best one is left out; `period` is null where a step before has told it. */
function bestStep(
  inner: AddedUp,
  { keys, period }: { keys: readonly string[]; period: string | null },
): RowStep {
  return {
    ...step,
    columns: period === null ? [] : [`${period} as ${periodOf}`],
    reasons: ['lesser_period'],
    wrap: (rows, { from, to }) => {
      const isIn = `${from} is null`;
      const number = aggregateSql(inner, {
        value: () => (inner === 'distinct' ? 'identity' : 'value'),
        isIn,
      });
      const by = keys.join(', ');
      return `with own as (${rows}),
      sums as (select ${by}, ${periodOf}, ${number} as number from own where ${isIn} group by ${by}, ${periodOf}),
      best as (select distinct on (${by}) ${by}, ${periodOf} from sums order by ${by}, number desc, ${periodOf} desc)
      select own.*,
        (case when ${isIn} and own.${periodOf} is distinct from b.${periodOf} then 'lesser_period' else ${from} end) as ${to}
      from own left join best b on ${keys.map((key) => `b.${key} = own.${key}`).join(' and ')}`;
    },
  };
}

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
  isListed,
  isOfPeriods,
  isJudged,
  columns,
}: Pick<Asked, 'inner' | 'isWeighted'> & {
  keys: readonly string[];
  most: string | null;
  isListed: boolean;
  isOfPeriods: boolean;
  isJudged: boolean;
  columns: readonly string[];
}): RowStep {
  const rows = (isIn: string) => ({
    value: () => (inner === 'distinct' ? 'identity' : 'value'),
    isIn,
    weight: isWeighted ? 'weight' : null,
  });
  const which = isOfPeriods ? `own.${eachOf}` : 'null';
  const told = `case when ${isJudged ? fellShort : 'false'} then array[null, null, ${which}]::text[] else array[g.number, g.divisor, ${which}]::text[] end`;
  const capped = most === null ? 'g.number' : `least(g.number, ${most})`;
  return {
    ...step,
    columns,
    reasons: [],
    wrap: (text, { from, to }) => {
      const own = rows(`${from} is null`);
      // A period that falls short is told as well: it is none of those that are without records.
      const isTaken = isJudged ? `(${from} is null or ${fellShort})` : `${from} is null`;
      // An average is not divided here, where no digit may be lost.
      const divisor = inner === 'average' ? divisorSql(own) : '1';
      return `with own as (${text}),
      groups as (select ${keys.join(', ')}, min(id collate "C") as first_id,
          ${aggregateSql(inner, own)} as number, ${divisor} as divisor
        from own where ${isTaken} group by ${keys.join(', ')})
      select own.*, ${from} as ${to}, g.number as each_sum, g.divisor as each_divisor,
        case when g.first_id = own.id and ${isTaken} then ${isListed ? told : capped} end as ${eachValue}
      from own left join groups g on ${keys.map((key) => `g.${key} = own.${key}`).join(' and ')}`;
    },
  };
}
