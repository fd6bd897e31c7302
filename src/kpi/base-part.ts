import { isDeepStrictEqual } from 'node:util';
import type { MeasurableEntity } from '../program/attribute-path.ts';
import { aggregateOf, entityOfValue } from '../program/check/kpi.ts';
import type { MeasureDefinition } from '../program/schema/kpi.ts';
import type { KpiDefinition } from '../program/schema/schema.ts';

/** Which measure's records stand behind the figure: what a ratio is a share of, the present of a growth or a difference. */
export function basePart(definition: KpiDefinition): 0 | 1 {
  return definition.ratio !== undefined || definition.every !== undefined ? 1 : 0;
}

/**
 * Whether the other part of a ratio is made of records of another entity, which are then left out for reasons of their own: tickets of
 * deals, revenue of people.
 */
export function areOthersApart(definition: KpiDefinition): boolean {
  if (definition.ratio === undefined) return false;
  return entityOfMeasure(definition.ratio.of) !== entityOfMeasure(definition.ratio.to);
}

/**
 * Whether the part of a ratio looks at other days than the whole, as that of a retention does: what falls short there is
 * seen in no list of the whole.
 */
export function isShortApart({ ratio }: KpiDefinition): boolean {
  if (ratio === undefined || entityOfMeasure(ratio.of) !== entityOfMeasure(ratio.to)) return false;
  return !isDeepStrictEqual(ratio.of.window, ratio.to.window);
}

/** The entity whose records a measure is made of. */
export function entityOfMeasure(measure: MeasureDefinition): MeasurableEntity {
  return entityOfValue(aggregateOf(measure)!.value) as MeasurableEntity;
}
