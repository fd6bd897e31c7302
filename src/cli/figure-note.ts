import type { KpiValue } from '../kpi/types.ts';
import { exact, exactRatio } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import { standInText } from '../tier/requirement.ts';
import { formatFigure } from './figure.ts';

/** Of a figure that stands in for none what is missing; of one at its cap that it is no more than that; null of any other. */
export function noteOnFigure(program: Pick<Program, 'kpis' | 'currency'>, value: KpiValue): string | null {
  const definition = program.kpis[value.kpi]!;
  const cap = definition.measure?.cap;
  if (cap === undefined || value.numerator === null) return standInText(program, definition, value);
  if (!exactRatio(value.numerator, value.denominator!).equals(exact(cap))) return null;
  return `at most ${formatFigure({ ...value, numerator: String(cap), denominator: '1' })}, whatever the records come to`;
}
