import type { Fraction } from 'fraction.js';
import { exact } from '../program/exact.ts';
import type { EmptyWord } from '../program/schema/empty.ts';
import type { KpiDefinition } from '../program/schema/schema.ts';

type Declared = Pick<KpiDefinition, 'whenEmpty'>;

/** What the program says that it means that a KPI has no figure. `reason`: why it has none, an EmptyReason; null where that is not known. */
export function emptyWord({ whenEmpty }: Declared, reason: string | null): EmptyWord {
  if (typeof whenEmpty === 'string') return whenEmpty;
  if (reason === 'over_zero' || reason === 'below_zero') return whenEmpty.overZero;
  return reason === 'minimum_sample' ? whenEmpty.tooFew : whenEmpty.zeroOverZero;
}

/** The figure that the program declares for a KPI without one, if it declares one. */
export function standIn(
  definition: Declared & Pick<KpiDefinition, 'unit'>,
  reason: string | null,
): Fraction | null {
  const word = emptyWord(definition, reason);
  if (word === 'zero') return exact(0);
  return word === 'one' ? exact(definition.unit === 'percent' ? 100 : 1) : null;
}
