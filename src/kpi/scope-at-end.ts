import { addDays } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { atPeriodEnd } from '../program/period-end.ts';
import type { ComputeScope } from './compute.ts';

/** The day as of which a period that is over is computed: windows do not hold the day that they are asked on. */
export function dayAfter({ endsOn }: { endsOn: string }): string {
  return addDays(endsOn, 1);
}

/**
 * How a period that is over is computed: as of the day after it, by rules whose running periods stand for the one that has
 * just ended, with the tracks of its last day (the next one may be given on the day after). Pure.
 */
export function scopeAtEnd(
  program: Program,
  endsOn: string,
): Required<Pick<ComputeScope, 'program' | 'asOf' | 'tracksOn'>> {
  return { program: atPeriodEnd(program, endsOn), asOf: dayAfter({ endsOn }), tracksOn: endsOn };
}
