import { TierlinkError } from '../../errors.ts';
import { withReplaced } from '../../program/certificates.ts';
import { operatorOf } from '../../program/check/filter.ts';
import { regionsWithin } from '../../program/regions.ts';
import type { AggregateCondition, Filter } from '../../program/schema/kpi.ts';
import { lengthSql, secondsPerHour } from './length.ts';
import {
  columnSql,
  dayOfInstant,
  factorSql,
  filledSql,
  nameSql,
  type PathSql,
  pathSql,
  type RowContext,
  regionSql,
  textSql,
} from './sql-parts.ts';

/** The SQL comparison of each bound. */
export const comparators = { atLeast: '>=', moreThan: '>', atMost: '<=', lessThan: '<' } as const;

/**
 * A condition as SQL that is true or false: a comparison with a blank does not hold. It is null only where that cannot be
 * known, because it turns on an amount that has no rate; `and`, `or` and `not` then do what they should.
 */
export function filterSql(context: RowContext, filter: Filter): string {
  if (filter.all !== undefined) return joined(context, filter.all, 'and');
  if (filter.any !== undefined) return joined(context, filter.any, 'or');
  if (filter.not !== undefined) return `(not ${filterSql(context, filter.not)})`;
  if (filter.has !== undefined) return hasSql(context, filter.has);
  if (filter.codes !== undefined) return codesSql(context, filter.codes);
  if ((filter.daysFrom ?? filter.hoursFrom) !== undefined) return timeSql(context, filter);
  return comparisonSql(context, filter, pathSql(context, filter.attribute!));
}

function hasSql(context: RowContext, has: AggregateCondition): string {
  if (context.hasSql === undefined)
    throw new TierlinkError('INTERNAL', { reason: 'a condition that cannot look at other records' });
  return context.hasSql(has);
}

/** The codes asked for, and those that they replaced. */
function codesSql(context: RowContext, codes: readonly string[]): string {
  const wanted = context.parameters.add(withReplaced(context.certificates!, codes), 'text[]');
  return definite(`${nameSql(columnSql(context, context.root, 'code'))} = any(${wanted})`);
}

function joined(context: RowContext, filters: readonly Filter[], word: 'and' | 'or'): string {
  return `(${filters.map((filter) => filterSql(context, filter)).join(` ${word} `)})`;
}

/** Hours are compared as the seconds that they are. */
function timeSql(context: RowContext, filter: Filter): string {
  const operator = operatorOf(filter) as keyof typeof comparators;
  const denominator = filter.hoursFrom === undefined ? 1n : secondsPerHour;
  const bound = context.parameters.add(scaledBy(String(filter[operator]), denominator), 'numeric');
  return definite(`${lengthSql(context, filter).length} ${comparators[operator]} ${bound}`);
}

function comparisonSql(context: RowContext, filter: Filter, attribute: PathSql): string {
  const { type } = attribute.path;
  const operator = operatorOf(filter)!;
  if (operator === 'blank') {
    const isBlank =
      type === 'list'
        ? `(coalesce(cardinality(${attribute.sql}), 0) = 0)`
        : `(${filledSql(attribute)} is null)`;
    return filter.blank === true ? isBlank : `(not ${isBlank})`;
  }
  if (operator === 'inRegion') return inRegionSql(context, [filter.inRegion!].flat(), attribute);
  if (operator in comparators) return orderSql(context, filter, attribute);
  const values = [filter[operator] as string | number | boolean].flat().map(String);
  const isNegative = operator === 'isNot' || operator === 'notIn';
  return membershipSql(context, { attribute, values, isNegative });
}

function inRegionSql(context: RowContext, regions: readonly string[], attribute: PathSql): string {
  const wanted = regions.flatMap((key) => regionsWithin(context.regions!, key));
  const { region } = regionSql(context, attribute);
  return definite(`${region} = any(${context.parameters.add(wanted, 'text[]')})`);
}

function membershipSql(
  context: RowContext,
  { attribute, values, isNegative }: { attribute: PathSql; values: string[]; isNegative: boolean },
): string {
  const { type } = attribute.path;
  if (type === 'list') {
    const overlaps = `${attribute.sql} && ${context.parameters.add(values, 'text[]')}`;
    return definite(isNegative ? `cardinality(${attribute.sql}) > 0 and not (${overlaps})` : overlaps);
  }
  const sqlType = sqlTypeOf(type);
  const left =
    type === 'money'
      ? ratedSql(context, attribute)
      : type === 'instant'
        ? dayOfInstant(context, attribute)
        : isNegative
          ? filledSql(attribute)
          : attribute.sql;
  const wanted = type === 'money' ? values.map((value) => scaled(context, value)) : values;
  const compared = `${left} ${memberSql(context, { wanted, sqlType, isNegative, isText: attribute.path.isText })}`;
  return type === 'money' ? ofAmount(attribute, compared) : definite(compared);
}

/** A comparison with one value takes a fraction of the time of one with a list. */
function memberSql(
  { parameters }: RowContext,
  of: { wanted: readonly string[]; sqlType: string; isNegative: boolean; isText: boolean },
): string {
  const { wanted, sqlType, isNegative, isText } = of;
  const [only, ...others] = wanted;
  if (only !== undefined && others.length === 0) {
    const given = parameters.add(only, sqlType);
    return `${isNegative ? '<>' : '='} ${isText ? textSql(given) : given}`;
  }
  const given = parameters.add(wanted, `${sqlType}[]`);
  const list = isText ? `array(select ${textSql('word')} from unnest(${given}) as word)` : given;
  return isNegative ? `<> all(${list})` : `= any(${list})`;
}

function orderSql(context: RowContext, filter: Filter, attribute: PathSql): string {
  const operator = operatorOf(filter) as keyof typeof comparators;
  const bound = String(filter[operator]);
  const { type } = attribute.path;
  const sign = comparators[operator];
  if (type === 'money') {
    const compared = `${ratedSql(context, attribute)} ${sign} ${context.parameters.add(scaled(context, bound), 'numeric')}`;
    return ofAmount(attribute, compared);
  }
  if (type === 'instant') {
    return definite(`${dayOfInstant(context, attribute)} ${sign} ${context.parameters.add(bound, 'date')}`);
  }
  return definite(
    `${attribute.sql} ${sign} ${context.parameters.add(bound, type === 'date' ? 'date' : 'numeric')}`,
  );
}

/** An amount in parts of the program's currency; notes the rows whose currency has no rate. */
function ratedSql(context: RowContext, attribute: PathSql): string {
  const factor = factorSql(context, attribute);
  context.unrated.push({
    when: `(${attribute.sql} is not null and ${factor} is null)`,
    currency: attribute.currency!,
    day: null,
  });
  return `(${attribute.sql} * ${factor})`;
}

/** A bound in the program's currency, in the same parts as the amounts. */
function scaled(context: RowContext, value: string): string {
  return scaledBy(value, context.currency.denominator);
}

/** A decimal times a whole number, as text, exactly. */
export function scaledBy(value: string, factor: bigint): string {
  const [whole = '0', fraction = ''] = value.replace('-', '').split('.');
  const digits = BigInt(whole + fraction) * factor;
  const text = digits.toString().padStart(fraction.length + 1, '0');
  const unsigned =
    fraction === '' ? text : `${text.slice(0, -fraction.length)}.${text.slice(-fraction.length)}`;
  return value.startsWith('-') ? `-${unsigned}` : unsigned;
}

function sqlTypeOf(type: string): string {
  if (type === 'boolean') return 'boolean';
  if (type === 'integer' || type === 'decimal' || type === 'money') return 'numeric';
  return type === 'date' || type === 'instant' ? 'date' : 'text';
}

/** A comparison of an amount: a blank one does not hold, and one without a rate is not known. */
function ofAmount(attribute: PathSql, compared: string): string {
  return `(${attribute.sql} is not null and ${compared})`;
}

function definite(sql: string): string {
  return `coalesce(${sql}, false)`;
}
