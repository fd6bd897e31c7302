import type { EntityName } from '../../model/entities.ts';
import { resolvePath, typePlaces, typeText } from '../attribute-path.ts';
import { wholePeriods } from '../each-periods.ts';
import { eachPaths, eachPeriod, type PerEachDefinition, periodTake } from '../schema/each.ts';
import type { MeasureDefinition } from '../schema/kpi.ts';
import { periodWords } from '../schema/movement.ts';
import { periodKinds } from '../schema/period.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import { isNumeric } from './filter.ts';

interface Place {
  entity: EntityName;
  program: ProgramDefinition;
  path: PathKey[];
}

/** Reports what is wrong with what a measure says of each customer, person or the like. */
export function checkPerEach(
  report: Report,
  measure: MeasureDefinition,
  { entity, program, path }: Place,
): void {
  const { perEach } = measure;
  if (perEach === undefined) return;
  const at = [...path, 'perEach'];
  const period = eachPeriod(perEach);
  if (period !== undefined) {
    const [by] = eachPaths(perEach);
    checkPeriod(report, measure, { period, by: by!, path: [...at, 'of'] });
  } else checkPaths(report, perEach, { entity, program, path: at });
  if (perEach.best !== undefined) checkBest(report, measure, [...at, 'best']);
  checkLimits(report, measure, { entity, at });
}

function checkPaths(report: Report, perEach: PerEachDefinition, { entity, program, path }: Place): void {
  const all = eachPaths(perEach);
  all.forEach((one, index) => {
    const place = [...path, 'of', ...(Array.isArray(perEach.of) ? [index] : [])];
    const resolved = resolvePath(entity, one, program.attributes);
    if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', place, resolved);
    else if (resolved.type === 'list')
      report(
        'PROGRAM_WRONG_TYPE',
        place,
        `"${one}" has several values; a record is counted with one customer, person or the like`,
      );
    if (all.indexOf(one) !== index) report('PROGRAM_DUPLICATE', place, `"${one}" is there twice`);
  });
  const asked = periodTake(perEach);
  if (asked !== undefined)
    report(
      'PROGRAM_MISPLACED',
      [...path, 'take'],
      asked === 'count'
        ? 'how many different values there are is a measure by itself; write distinct, with having'
        : `only periods come in a row; write of: { period: month, by: ... } for ${asked}`,
    );
}

/** The periods in which each kind lies whole. */
const wholeIn: Readonly<Record<(typeof periodKinds)[number], readonly string[]>> = {
  month: periodKinds,
  quarter: ['quarter', 'year'],
  year: ['year'],
  fiscalQuarter: ['fiscalQuarter', 'fiscalYear'],
  fiscalYear: ['fiscalYear'],
};

/** Parts of periods at the edges of a window would be compared with whole ones. */
function checkPeriod(
  report: Report,
  { window }: MeasureDefinition,
  { period, by, path }: { period: (typeof periodKinds)[number]; by: string; path: PathKey[] },
): void {
  const dated = [window ?? []].flat().filter((one) => one.by === by);
  const [only] = dated;
  const unit = only === undefined ? undefined : wholePeriods(only)?.unit;
  if (dated.length !== 1 || unit === undefined || !wholeIn[period].includes(unit))
    report(
      'PROGRAM_INCOMPLETE',
      path,
      `needs one window of whole periods by ${by}, such as window: { ${period.startsWith('fiscal') ? 'previous: fiscalYear' : `lastFull: 4 ${period}s`}, by: ${by} }`,
    );
}

/** The best period is the one that comes to the most, which is asked of numbers that grow with their records. */
function checkBest(report: Report, measure: MeasureDefinition, path: PathKey[]): void {
  const { best, records } = measure.perEach!;
  checkPeriod(report, measure, { ...best!, path });
  const whole = [measure.window ?? []]
    .flat()
    .map((one) => (one.by === best!.by ? wholePeriods(one) : undefined));
  if (whole.some((one) => one?.unit === best!.period && one.count === 1))
    report(
      'PROGRAM_NO_EFFECT',
      path,
      `the window is one ${periodWords[best!.period]}, which is the best one of each; leave out best, or look at several`,
    );
  if (eachPeriod(measure.perEach!) !== undefined)
    report(
      'PROGRAM_MISPLACED',
      path,
      'each period is taken by itself already; for the best of them write take: max',
    );
  if ((measure.sum ?? measure.count ?? measure.distinct) === undefined)
    report(
      'PROGRAM_MISPLACED',
      path,
      'the best period is the one with the most; use it with sum, count or distinct',
    );
  if (records !== undefined)
    report('PROGRAM_MISPLACED', path, 'which records count is said by the period; leave out records');
}

function checkLimits(
  report: Report,
  measure: MeasureDefinition,
  { entity, at }: { entity: EntityName; at: PathKey[] },
): void {
  const { records, atMost, take } = measure.perEach!;
  const isOfPeriods = periodTake(measure.perEach) !== undefined;
  const each = eachPeriod(measure.perEach!) ?? eachPaths(measure.perEach!).join(' and ');
  if (measure.latest !== undefined)
    report(
      'PROGRAM_MISPLACED',
      at,
      `latest is one record alone; for the newest of each write newestOfEach: ${each}, with sum or the like`,
    );
  else if (
    (measure.count ?? measure.sum) !== undefined &&
    (records ?? atMost ?? measure.having ?? measure.perEach!.best) === undefined &&
    take === 'sum'
  )
    report(
      'PROGRAM_NO_EFFECT',
      at,
      `says nothing: everything of each ${each} counts and is added up; limit it with records or atMost, take something else of the sums (take: median), or ask for something (having)`,
    );
  if (isOfPeriods && measure.having === undefined && eachPeriod(measure.perEach!) !== undefined)
    report(
      'PROGRAM_NO_EFFECT',
      [...at, 'take'],
      `each ${each} is there whether or not it has a record, so that the number is always the same; say with having which are counted, such as having: { count: ${entity}, atLeast: 1 }`,
    );
  if (isOfPeriods && (records ?? atMost) !== undefined)
    report(
      'PROGRAM_NO_EFFECT',
      at,
      'how many there are does not depend on what of each counts; leave out records and atMost',
    );
  if (measure.distinct !== undefined && records !== undefined)
    report(
      'PROGRAM_MISPLACED',
      [...at, 'records'],
      `of different values it is not said which records count; write atMost: ${records}`,
    );
  if (measure.count !== undefined && measure.times === undefined && atMost !== undefined)
    report('PROGRAM_MISPLACED', [...at, 'atMost'], `what is counted are records; write records: ${atMost}`);
  if (measure.distinct !== undefined && atMost !== undefined && !Number.isInteger(Number(atMost)))
    report('PROGRAM_WRONG_VALUE', [...at, 'atMost'], 'is a number of different values; write a whole number');
}

/** Reports a weight that is none. */
export function checkWeight(
  report: Report,
  { weightedBy, average }: MeasureDefinition,
  { entity, program, path }: Place,
): void {
  if (weightedBy === undefined) return;
  const at = [...path, 'weightedBy'];
  if (average === undefined)
    report('PROGRAM_MISPLACED', at, 'only an average is weighted; use it with average');
  const resolved = resolvePath(entity, weightedBy, program.attributes);
  if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', at, resolved);
  else if (!isNumeric(resolved.type))
    report(
      'PROGRAM_WRONG_TYPE',
      at,
      `a weight is a number or an amount; ${weightedBy} ${typeText(resolved)}`,
      ...typePlaces(resolved),
    );
}
