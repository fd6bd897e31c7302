import { aggregateOf, entityOfValue, measuresOf } from '../program/check-kpi.ts';
import type { KpiDefinition } from '../program/schema.ts';
import type { MeasureDefinition } from '../program/schema-kpi.ts';

/** Which measure's records stand behind the figure: the whole that a ratio is a share of, the present of a growth. */
export function basePart(definition: KpiDefinition): 0 | 1 {
  const [first, second] = measuresOf(definition).map(({ measure }) => entityOfMeasure(measure));
  const isShare = definition.ratio !== undefined || definition.every !== undefined;
  return isShare && second === first ? 1 : 0;
}

/** The entity whose records a measure is made of. */
export function entityOfMeasure(measure: MeasureDefinition): string {
  return entityOfValue(aggregateOf(measure)!.value);
}
