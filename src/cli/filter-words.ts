import { pathWords } from '../kpi/attribute-words.ts';
import { boundWords } from '../kpi/need-text.ts';
import type { EntityName } from '../model/entities.ts';
import { resolvePath } from '../program/attribute-path.ts';
import { partsOfCondition } from '../program/check/condition.ts';
import { operatorOf } from '../program/check/filter.ts';
import type { Program } from '../program/load.ts';
import type { AggregateCondition, Filter, ValueDefinition } from '../program/schema/kpi.ts';
import { tableLabel } from '../program/table-label.ts';
import { conditionText, valueName } from '../tier/partner-condition.ts';
import { withSeparators } from './figure.ts';
import { takenOf } from './record-words.ts';
import { windowWords } from './window-sentences.ts';

/** Conditions on records as people say them, made from the program file alone. */

/** What is asked of, such as "customer's country"; of what is so or not, that itself: "won" of isWon. */
function attributeWords(path: string): string {
  return pathWords(path).replace(/(?<=^|'s )is /, '');
}

/** What has to hold for a record: "won is true, and customer's country is in region Nordics". */
export function filterWords(program: Program, filter: Filter | readonly Filter[]): string {
  return [filter]
    .flat()
    .map((one) => oneOf(program, one))
    .join(', and ');
}

function oneOf(program: Program, filter: Filter): string {
  const { all, any, not, has, codes } = filter;
  const inner = (one: Filter) =>
    (one.all ?? one.any ?? []).length > 1 ? `(${oneOf(program, one)})` : oneOf(program, one);
  if (all !== undefined) return all.map(inner).join(' and ');
  if (any !== undefined) return any.map(inner).join(' or ');
  if (not !== undefined) return `not (${oneOf(program, not)})`;
  if (has !== undefined) return hasWords(program, has);
  if (codes !== undefined) return `its code is ${codes.join(' or ')}, or one that this replaced`;
  if (operatorOf(filter) !== 'inRegion')
    return conditionText(filter, {
      attribute: attributeWords,
      value: (at, one) => valueName(program, at, one),
    });
  const { regions } = program;
  const labels = [filter.inRegion!]
    .flat()
    .map((key) => regions?.list.find((region) => region.key === key)?.label ?? key);
  return `${attributeWords(filter.attribute!)} is in region ${labels.join(' or ')}`;
}

function hasWords(program: Program, has: AggregateCondition): string {
  const pairs = Object.entries(has.matching ?? {});
  const whose =
    pairs.length === 0
      ? 'that belong to it'
      : `of the partner whose ${pairs.map(([inner, outer]) => `${pathWords(inner)} is its ${pathWords(outer)}`).join(' and ')}`;
  return aggregateWords(program, has, whose);
}

/** What records come to, and what they have to: "the number of certificates that belong to it is at least 2". */
export function aggregateWords(program: Program, condition: AggregateCondition, whose: string): string {
  const { aggregate, value, bound, threshold } = partsOfCondition(condition);
  const of = takenOf(aggregate, value);
  const times = timesWords(program, condition.times).map((words) => `, ${words}`);
  const where = condition.where === undefined ? '' : ` where ${filterWords(program, condition.where)}`;
  const when = [condition.window ?? []].flat().map((window) => `, ${windowWords(window)}`);
  const wanted = thresholdWords(program, { aggregate, value, times: condition.times, threshold });
  return `${of} ${whose}${where}${when.join('')}${times.join('')} is ${boundWords[bound]} ${wanted}`;
}

type Compared = { aggregate: string; value: ValueDefinition; times?: Times; threshold: string };

/** What records are compared with: an amount in the currency of the program, which what they are multiplied by could change. */
export function thresholdWords(
  { attributes, currency }: Program,
  { aggregate, value, times, threshold }: Compared,
): string {
  const words = withSeparators(threshold);
  if (aggregate === 'count' || aggregate === 'distinct' || typeof value !== 'string') return words;
  const [entity, ...path] = value.split('.');
  const found = resolvePath(entity as EntityName, path.join('.'), attributes);
  const isAmount = typeof found !== 'string' && found.type === 'money' && times === undefined;
  return isAmount && Number.isFinite(Number(threshold)) ? `${words} ${currency.code}` : words;
}

type Times = AggregateCondition['times'];

/** What each record is multiplied by. */
export function timesWords({ tables }: Pick<Program, 'tables'>, times: Times): string[] {
  return [times ?? []].flat().map(({ table, by, dated }) => {
    const day = dated === undefined ? '' : `, as it was on its ${pathWords(dated)}`;
    return `each record times what the table "${tableLabel({ tables }, table)}" has for its ${pathWords(by)}${day}`;
  });
}
