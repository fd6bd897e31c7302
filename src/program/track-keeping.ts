import { addDuration, parseDuration, periodShift, periodStart } from './civil-date.ts';
import { periodSchema } from './schema/kpi.ts';
import type { ProgramDefinition } from './schema/schema.ts';
import { segmentsOfScore } from './score-parts.ts';

type Keeping = Pick<ProgramDefinition, 'trackKeeping' | 'fiscalYearStart'>;

/** The first day on which a track that is given on a day may change; undefined where tracks are not kept. */
export function trackKeptUntil({ trackKeeping, fiscalYearStart }: Keeping, day: string): string | undefined {
  if (trackKeeping === undefined) return undefined;
  const period = periodSchema.safeParse(trackKeeping);
  if (!period.success) return addDuration(day, parseDuration(trackKeeping));
  return periodShift(periodStart(day, period.data, fiscalYearStart), period.data, 1);
}

/** Whether a number of a score differs by a track that partners keep. */
export function differsByKeptTrack(program: ProgramDefinition, kpi: string): boolean {
  const { score } = program.kpis[kpi]!;
  if (program.trackKeeping === undefined || score === undefined) return false;
  return segmentsOfScore(program, score).dimensions.has('track');
}
