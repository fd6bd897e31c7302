import { entities } from '../../model/entities.ts';
import { linkTo, partsOfCondition } from '../../program/check/condition.ts';
import type { AggregateCondition } from '../../program/schema/kpi.ts';
import type { ProgramDefinition } from '../../program/schema/schema.ts';
import type { DayRange } from '../windows.ts';
import { aggregateSql, divisorSql, halves } from './aggregate.ts';
import { comparators, filterSql, scaledBy } from './filter.ts';
import type { MeasureTurn } from './measure.ts';
import { absentSql, sourceSql } from './source.ts';
import { factorSql, type MeasureContext, pathSql, type RowContext, unratedCurrencySql } from './sql-parts.ts';
import { keySql } from './table.ts';
import { identitySql } from './value.ts';
import { outsideOf, windowSql } from './window.ts';

/** An aggregate that a record, or a group of them, has to come to; its number is listed beside each record. */
export interface Need {
  condition: AggregateCondition;
  /** Of has: what refers to the record, or what of the partner matches it. Of having: all records with the same value. */
  of: 'record' | 'partner' | 'group';
  /** Of having with windows of its own: the days that they cover; null of one that is open or of another kind. */
  days?: readonly (DayRange | null)[];
  /** SQL of the number as a text, to be divided by the denominator; an average is a fraction. */
  number: string;
  denominator: bigint;
}

/** A condition on records that refer to a record, with what time alone does to them. */
export interface HasSql extends Need {
  holds: string;
  turns: readonly (MeasureTurn & { column: string })[];
  usesStart: boolean;
  /** Whether amounts are converted, at the rates of the day of the evaluation. */
  usesRates: boolean;
}

/** Joins the aggregate of the records that refer to a record of `context`, or match it, once for each condition. */
export function hasSql(
  context: MeasureContext,
  { has, program, asOf }: { has: AggregateCondition; program: ProgramDefinition; asOf: string },
): HasSql {
  const parts = partsOfCondition(has);
  const { entity } = parts;
  const alias = `has_${context.joins.size}`;
  const root = `${alias}_r`;
  const { matching } = has;
  const { parameters } = context;
  const source =
    matching === undefined
      ? { ...context.source, isGathered: false }
      : sourceSql(entity, { parameters, record: root });
  const joins = new Map<string, string>();
  const inner: MeasureContext = {
    entity,
    root,
    isGathered: source.isGathered,
    source,
    parameters,
    timeZone: context.timeZone,
    custom: context.custom,
    currency: context.currency,
    rateDay: () => context.parameters.add(asOf, 'date'),
    rates: { isUsed: false },
    joins,
    homes: matching === undefined ? context.homes! : joins,
    unrated: [],
    certificates: context.certificates,
    regions: context.regions,
    calendars: context.calendars,
  };
  const filters = [has.where ?? []].flat().map((filter) => filterSql(inner, filter));
  const windows = [has.window ?? []].flat().map((window) => windowSql(inner, { window, asOf, program }));
  const matches = filters.length === 0 ? 'true' : `(${filters.join(' and ')})`;
  const share = matching !== undefined && entity === 'deal' ? inner.source.share : null;
  const { value, isUnrated, ...own } = nestedValueSql(inner, parts, share);
  const denominator = own.denominator * halves(parts.aggregate);
  const isIn = [
    share === null ? 'true' : `${share} is not null`,
    ...windows
      .flatMap(outsideOf)
      .filter((one) => one !== 'false')
      .map((one) => `not ${one}`),
  ].join(' and ');
  const standing = matching !== undefined && entity === 'fact' ? standingSql(inner, asOf) : null;
  const turns = [...windows.flatMap((window) => window.turns), ...(standing?.turns ?? [])];
  const isOpen = inner.unrated.length === 0 ? 'false' : `(${matches} is null or ${isUnrated})`;
  const rows = { value: () => value, isIn };
  const columns = [
    `${aggregateSql(parts.aggregate, rows)} as number`,
    ...(parts.aggregate === 'average' ? [`${divisorSql(rows)} as divisor`] : []),
    `coalesce(bool_or(${isOpen} and ${isIn}), false) as unrated`,
    `min(${unratedCurrencySql(inner)}) as unrated_currency`,
    ...turns.map(({ day, isAhead }, index) => `min(case when ${isAhead} then ${day} end) as turn_${index}`),
  ];
  const join =
    matching === undefined
      ? referringSql(context, { inner, alias, columns, matches })
      : matchingSql(context, {
          inner,
          alias,
          columns,
          matches,
          matching,
          standing: standing?.when ?? 'true',
        });
  context.joins.set(alias, join);
  const unrated = matching === undefined ? `${alias}.unrated` : `coalesce(${alias}.unrated, false)`;
  if (inner.unrated.length > 0)
    context.unrated.push({
      when: unrated,
      currency: `${alias}.unrated_currency`,
      day: inner.rateDay(),
    });
  // Where nothing matches, there is no row to join.
  const isNone = matching !== undefined && addsUp.has(parts.aggregate);
  const { holds, listed } = comparedSql(context, parts, {
    number: isNone ? `coalesce(${alias}.number, 0)` : `${alias}.number`,
    divisor: `${alias}.divisor`,
    denominator,
  });
  return {
    condition: has,
    of: matching === undefined ? 'record' : 'partner',
    number: listed,
    denominator,
    holds: inner.unrated.length === 0 ? holds : `(case when not ${unrated} then ${holds} end)`,
    turns: turns.map(({ window, edge }, index) => ({ window, edge, column: `${alias}.turn_${index}` })),
    usesStart: matching === undefined && windows.some((window) => window.usesStart),
    usesRates: inner.rates.isUsed,
  };
}

/** Of nothing these are 0. */
const addsUp: ReadonlySet<string> = new Set(['count', 'sum', 'distinct']);

interface Nested {
  inner: MeasureContext;
  alias: string;
  columns: readonly string[];
  matches: string;
}

/** What refers to the record, looked up record by record. */
function referringSql(context: RowContext, { inner, alias, columns, matches }: Nested): string {
  const { entity, root } = inner;
  return `left join lateral (select ${columns.join(', ')} from tierlink.${entities[entity].table} ${root}
      ${[...inner.joins.values()].join('\n')}
      where ${root}.${linkTo(entity, context.entity)!} = ${context.root}.id and ${root}.merged_into is null
        and ${root}.deleted_at is null and ${root}.in_scope and ${matches} is not false) ${alias} on true`;
}

/** What of the partner has the same in common with the record, put together once for all records. */
function matchingSql(
  context: MeasureContext,
  {
    inner,
    alias,
    columns,
    matches,
    matching,
    standing,
  }: Nested & { matching: Record<string, string>; standing: string },
): string {
  const { from, partner, isOwn, isGathered } = inner.source;
  const pairs = Object.entries(matching).map(([own, other], index) => ({
    own: sameText(pathSql(inner, own)),
    other: sameText(pathSql(context, other)),
    as: `key_${index}`,
  }));
  const { gone, outside } = absentSql(inner);
  const keys = [partner, ...pairs.map(({ own }) => own)];
  return `left join (select ${partner} as partner_id, ${pairs.map(({ own, as }) => `${own} as ${as}`).join(', ')},
        ${columns.join(', ')} from ${from}
      join tierlink.partner sp on sp.id = ${partner}
      ${[...inner.joins.values()].join('\n')}
      where ${isOwn}${isGathered ? '' : ` and ${inner.root}.merged_into is null`} and not ${gone} and not ${outside} and ${matches} is not false and ${standing}
      group by ${keys.join(', ')}) ${alias}
    on ${[`${alias}.partner_id = ${context.source.partner}`, ...pairs.map(({ as, other }) => `${alias}.${as} = ${other}`)].join(' and ')}`;
}

/**
 * Facts that are looked up are counted while something of them is left on the day, by their quantity; one without a quantity
 * is taken back whole, and so is one that is taken back without a quantity. What takes another one back is none itself, and
 * does so from its own day on.
 */
function standingSql(
  { root, joins, parameters }: RowContext,
  asOf: string,
): { when: string; turns: (MeasureTurn & { day: string; isAhead: string })[] } {
  const back = `${root}_back`;
  const today = parameters.add(asOf, 'date');
  const isAhead = `occurred_on > ${today}`;
  const isNow = `${isAhead} is not true`;
  // Joined, not looked up row by row: there may be hundreds of thousands of entries.
  joins.set(
    back,
    `left join (select partner, reverses, bool_or(${isNow}) as is_taken,
        case when not bool_or(${isNow} and quantity is null) then sum(quantity) filter (where ${isNow}) end as quantity,
        min(occurred_on) filter (where ${isAhead}) as next_on
      from tierlink.fact where partner in (select member_id from members) and reverses is not null
        and merged_into is null and deleted_at is null and in_scope
      group by partner, reverses) ${back} on ${back}.partner = ${root}.partner and ${back}.reverses = ${root}.entry`,
  );
  const isLeft = `coalesce((${root}.quantity + ${back}.quantity) * ${root}.quantity > 0, false)`;
  return {
    when: `${root}.reverses is null and (${back}.is_taken is not true or ${isLeft})`,
    turns: [
      {
        window: { validFrom: 'occurredOn' },
        edge: 'enters',
        day: `${back}.next_on`,
        isAhead: `${back}.next_on is not null`,
      },
    ],
  };
}

/** A text in the form in which names are compared; case and blanks make no difference, and nothing but blanks is no text. */
function sameText(attribute: ReturnType<typeof pathSql>): string {
  return attribute.path.type === 'ref' ? attribute.sql : `nullif(${keySql(attribute)}, '')`;
}

function nestedValueSql(
  inner: RowContext,
  { aggregate, value }: ReturnType<typeof partsOfCondition>,
  share: string | null,
): { value: string; denominator: bigint; isUnrated: string } {
  const plain = { denominator: 1n, isUnrated: 'false' };
  if (aggregate === 'count') return { ...plain, value: '1' };
  const attribute = pathSql(inner, value.slice(value.indexOf('.') + 1));
  if (aggregate === 'distinct') return { ...plain, value: identitySql(inner, attribute) };
  if (attribute.path.type !== 'money') return { ...plain, value: `${attribute.sql}::numeric` };
  const factor = factorSql(inner, attribute);
  const isUnrated = `(${attribute.sql} is not null and ${factor} is null)`;
  inner.unrated.push({ when: isUnrated, currency: attribute.currency!, day: null });
  const whole = inner.currency.denominator;
  return share === null
    ? { value: `(${attribute.sql} * ${factor})`, denominator: whole, isUnrated }
    : { value: `(${attribute.sql} * ${factor} * ${share})`, denominator: whole * 100n, isUnrated };
}

/** Whether a number that was added up keeps to its bound, and how it is listed: an average as its sum over what that is divided by. */
export function comparedSql(
  context: RowContext,
  parts: ReturnType<typeof partsOfCondition>,
  { number, divisor, denominator }: { number: string; divisor: string; denominator: bigint },
): { holds: string; listed: string } {
  const sign = comparators[parts.bound];
  const bound = context.parameters.add(scaledBy(parts.threshold, denominator), 'numeric');
  if (parts.aggregate !== 'average')
    return { holds: `coalesce(${number} ${sign} ${bound}, false)`, listed: `${number}::text` };
  return {
    holds: `coalesce(${number} ${sign} ${bound} * ${divisor}, false)`,
    listed: `(${number}::text || '/' || ${divisor}::text)`,
  };
}
