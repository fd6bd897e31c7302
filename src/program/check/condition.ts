import { type AttributeType, type EntityName, entities } from '../../model/entities.ts';
import {
  checkEntity,
  type MeasurableEntity,
  measurableEntities,
  resolveEntityPath,
  resolvePath,
  typePlaces,
  typeText,
} from '../attribute-path.ts';
import { hasOfFilter } from '../filter-paths.ts';
import type { AggregateCondition, MeasureDefinition } from '../schema/kpi.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import { type Bound, bounds } from '../threshold.ts';
import type { Report } from './check.ts';
import { checkFilter, type FilterTarget, isNumber } from './filter.ts';
import { checkTimes } from './table.ts';
import { checkWindows } from './window.ts';

const aggregates = ['count', 'sum', 'distinct', 'average', 'median', 'min', 'max'] as const;
type ConditionAggregate = (typeof aggregates)[number];

/** What a condition aggregates: the entity alone for count, otherwise entity.attribute. */
interface ConditionParts {
  aggregate: ConditionAggregate;
  value: string;
  entity: MeasurableEntity;
  bound: Bound;
  threshold: string;
}

/** The parts of a condition that passed its check. */
export function partsOfCondition(condition: AggregateCondition): ConditionParts {
  const aggregate = aggregates.find((one) => condition[one] !== undefined)!;
  const value = condition[aggregate]!;
  const bound = bounds.find((one) => condition[one] !== undefined)!;
  return {
    aggregate,
    value,
    entity: value.split('.')[0] as MeasurableEntity,
    bound,
    threshold: String(condition[bound]),
  };
}

/**
 * The reference by which records of an entity belong to one of another; undefined when there is none. What belongs to a
 * partner does so in more ways than by a reference, and is measured itself.
 */
export function linkTo(inner: EntityName, outer: EntityName): string | undefined {
  if (outer === 'partner') return undefined;
  const found = Object.entries(entities[inner].attributes).find(
    ([, { type, to }]) => type === 'ref' && to === outer,
  );
  return found?.[0];
}

/** Reports what is wrong with a condition on records that refer to a record of the entity. */
export function checkHas(
  report: Report,
  has: AggregateCondition,
  { entity, program, path }: FilterTarget & { path: PathKey[] },
): void {
  const inner = checkCondition(report, has, { program, path });
  if (inner === undefined) return;
  if (has.matching !== undefined) checkMatching(report, has, { inner, entity, program, path });
  else if (linkTo(inner, entity) === undefined) {
    const known = measurableEntities.filter((one) => linkTo(one, entity) !== undefined);
    const which = known.length === 0 ? 'nothing does' : `${known.join(', ')} can stand here`;
    const matching = 'or say with "matching" which attributes are the same';
    report(
      'PROGRAM_WRONG_RECORDS',
      path,
      `has is about what refers to a ${entity}, not ${inner}; ${which}, ${matching}`,
    );
    return;
  }
  const filters = [has.where ?? []].flat();
  if (filters.some((filter) => hasOfFilter(filter).length > 0))
    report('PROGRAM_MISPLACED', [...path, 'where'], 'a has cannot stand inside another one');
  if (has.times !== undefined)
    report(
      'PROGRAM_MISPLACED',
      [...path, 'times'],
      'records of a has are not multiplied; group them with having',
    );
  checkWindows(report, { entity: inner, program, windows: has.window, path });
}

/** Of facts what was taken back in part is known to a measure alone, so that they are only counted here. */
function checkMatching(
  report: Report,
  has: AggregateCondition,
  { inner, entity, program, path }: FilterTarget & { inner: EntityName; path: PathKey[] },
): void {
  const at = [...path, 'matching'];
  const matching = has.matching!;
  if (inner === 'partner')
    report('PROGRAM_WRONG_RECORDS', at, 'a partner has no other partners; ask for its own attributes');
  if (inner === 'fact' && (has.count ?? has.distinct) === undefined)
    report(
      'PROGRAM_WRONG_RECORDS',
      at,
      'facts that match are only counted, with count or distinct; measure their sum instead',
    );
  if (Object.keys(matching).length === 0)
    report('PROGRAM_INCOMPLETE', at, 'says nothing; name an attribute and what it is the same as');
  for (const [own, other] of Object.entries(matching)) {
    const found = resolvePath(inner, own, program.attributes);
    const wanted = resolvePath(entity, other, program.attributes);
    for (const one of [found, wanted]) {
      if (typeof one === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', [...at, own], one);
      else if (!textual.includes(one.type))
        report(
          'PROGRAM_WRONG_TYPE',
          [...at, own],
          `${one.attribute} is ${one.type}; only texts and references are matched`,
        );
    }
  }
}

const textual: readonly AttributeType[] = ['text', 'choice', 'ref'];

/** Reports what is wrong with the conditions on the groups of a measure. */
export function checkHaving(
  report: Report,
  measure: MeasureDefinition,
  { entity, program, path }: FilterTarget & { path: PathKey[] },
): void {
  if (measure.having === undefined) return;
  if (measure.distinct === undefined && measure.perEach === undefined) {
    report(
      'PROGRAM_MISPLACED',
      [...path, 'having'],
      'having is about different values; use it with distinct or perEach',
    );
    return;
  }
  [measure.having].flat().forEach((condition, index) => {
    const at = [...path, 'having', ...(Array.isArray(measure.having) ? [index] : [])];
    const own = checkCondition(report, condition, { program, path: at });
    if (own !== undefined && own !== entity)
      report(
        'PROGRAM_WRONG_RECORDS',
        at,
        `is about the records that the measure groups: ${entity}, not ${own}`,
      );
    if (own !== undefined) checkTimes(report, condition, { program, entity: own, path: at });
    if (condition.matching !== undefined)
      report(
        'PROGRAM_MISPLACED',
        [...at, 'matching'],
        'the records of a group have the same value already; use it in has',
      );
    checkWindows(report, { entity, program, windows: condition.window, path: at });
  });
}

function checkCondition(
  report: Report,
  condition: AggregateCondition,
  { program, path }: { program: ProgramDefinition; path: PathKey[] },
): EntityName | undefined {
  const used = aggregates.filter((aggregate) => condition[aggregate] !== undefined);
  const compared = bounds.filter((bound) => condition[bound] !== undefined);
  if (used.length !== 1 || compared.length !== 1) {
    report(
      'PROGRAM_NOT_ONE_OF',
      path,
      `is exactly one of ${aggregates.join(', ')}, compared with one of ${bounds.join(', ')}`,
    );
    return undefined;
  }
  const [aggregate, bound] = [used[0]!, compared[0]!];
  if (!isNumber(condition[bound])) report('PROGRAM_WRONG_TYPE', [...path, bound], 'is a number');
  const entity = checkAggregated(report, { aggregate, value: condition[aggregate]! }, { program, path });
  if (entity === undefined) return undefined;
  [condition.where ?? []].flat().forEach((filter, index) => {
    checkFilter(report, { entity, program }, filter, [
      ...path,
      'where',
      ...(Array.isArray(condition.where) ? [index] : []),
    ]);
  });
  return entity;
}

function checkAggregated(
  report: Report,
  { aggregate, value }: { aggregate: ConditionAggregate; value: string },
  { program, path }: { program: ProgramDefinition; path: PathKey[] },
): EntityName | undefined {
  const at = [...path, aggregate];
  if (aggregate === 'count') {
    const wrong = checkEntity(value);
    if (wrong !== undefined) report('PROGRAM_UNKNOWN_ENTITY', at, wrong);
    return wrong === undefined ? (value as EntityName) : undefined;
  }
  const resolved = resolveEntityPath(value, program.attributes);
  if (typeof resolved === 'string') {
    report('PROGRAM_UNKNOWN_ATTRIBUTE', at, resolved);
    return undefined;
  }
  const isNumeric = ['money', 'integer', 'decimal'].includes(resolved.type);
  if (aggregate !== 'distinct' && !isNumeric) {
    const reason = `${aggregate} needs a number or an amount; ${value} ${typeText(resolved)}`;
    report('PROGRAM_WRONG_TYPE', at, reason, ...typePlaces(resolved));
    return undefined;
  }
  return resolved.entity;
}
