import { codeDays, regionsOfCodes } from '../../program/certificates.ts';
import { addDays, parseDuration } from '../../program/civil-date.ts';
import type { WindowDefinition } from '../../program/schema/kpi.ts';
import type { ProgramDefinition } from '../../program/schema/schema.ts';
import type { ExclusionReason } from '../types.ts';
import { type Edge, isValidity, nearRange, recentDays, validOn, windowRange } from '../windows.ts';
import { mistypedDays } from './mistyped.ts';
import {
  anyOf,
  columnSql,
  daySql,
  nameSql,
  nowhere,
  pathSql,
  type RowContext,
  regionSql,
} from './sql-parts.ts';

/** A window over the records of one measure, as conditions on a row. Each is true or false, never null. */
export interface WindowSql {
  window: WindowDefinition;
  /** Nothing can be said, because the date is blank. */
  dateBlank: string;
  /** Nothing can be said, because the partner has no start. */
  startBlank: string;
  /** Whether it reads the first day of the partner. */
  usesStart: boolean;
  before: string;
  after: string;
  /** Why a record before the window, and one after it, is left out. */
  reasons: { before: ExclusionReason; after: ExclusionReason };
  /** Why else a record of the window is left out. */
  others: readonly (readonly [ExclusionReason, string])[];
  /** So far outside that leaving it out is no news: more than the window's length before or after it. */
  far: string;
  /** So far outside for good: time alone will not bring the record back. */
  isHistory: string;
  /** The days that decide when the record begins to lie in the window and when it ends; null when none does. */
  begins: string | null;
  ends: string | null;
  /** The last day of evaluation on which a record that is valid through a day of its own counts; null when there is none. */
  countsThrough: string | null;
  /** What time alone does next to a record: the edge, the day that decides when, and whether it is still to come. */
  turns: readonly WindowTurn[];
}

export interface WindowTurn {
  /** The window itself, or the one of several that it is about. */
  window: WindowDefinition;
  edge: Edge;
  day: string;
  isAhead: string;
}

const no = 'false';

/** The conditions of a window as of a day. `sp` is the partner that the figure is for. */
export function windowSql(
  context: RowContext,
  {
    window,
    asOf,
    program,
  }: { window: WindowDefinition; asOf: string; program: Pick<ProgramDefinition, 'fiscalYearStart'> },
): WindowSql {
  if (window.any !== undefined)
    return eitherSql(
      window,
      window.any.map((one) => windowSql(context, { window: one, asOf, program })),
    );
  if (window.catalogue !== undefined) return catalogueSql(context, window, asOf);
  if (isValidity(window)) return validitySql(context, window, asOf);
  const day = daySql(context, window.by!);
  const dateBlank = `(${day} is null)`;
  if (window.sinceStart !== undefined) return sinceStartSql(context, { window, asOf, day });
  const { from, to } = windowRange(window, asOf, program);
  const near = nearRange(window, asOf, program);
  const isBefore = (bound: string | null) =>
    bound === null ? no : holds(`${day} < ${context.parameters.add(bound, 'date')}`);
  const isFrom = (bound: string | null) =>
    bound === null ? no : holds(`${day} >= ${context.parameters.add(bound, 'date')}`);
  const [before, after] = [isBefore(from), isFrom(to)];
  const [isHistory, isFarAhead] = [isBefore(near.from), isFrom(near.to)];
  const within = (first: string | null, end: string | null) => dayWithin(context, { day, first, end });
  const turns = [
    { edge: 'nears' as const, day, isAhead: near.to === null ? no : within(near.to, null) },
    { edge: 'enters' as const, day, isAhead: to === null ? no : within(to, near.to) },
    { edge: 'leaves' as const, day, isAhead: from === null ? no : within(from, to) },
    { edge: 'fades' as const, day, isAhead: near.from === null ? no : within(near.from, from) },
  ];
  return {
    window,
    dateBlank,
    startBlank: no,
    usesStart: false,
    before,
    after,
    reasons: ofWindow,
    others: [],
    far: near.from === null ? no : `(${isHistory} or ${isFarAhead})`,
    isHistory,
    begins: day,
    ends: day,
    countsThrough: null,
    turns: turns.filter(({ isAhead }) => isAhead !== no).map((turn) => ({ ...turn, window })),
  };
}

/** Whether a day lies from one through the last one before another; null is open. Not true of a blank. */
function dayWithin(
  { parameters }: RowContext,
  { day, first, end }: { day: string; first: string | null; end: string | null },
): string {
  const bounds = [
    ...(first === null ? [] : [`${day} >= ${parameters.add(first, 'date')}`]),
    ...(end === null ? [] : [`${day} < ${parameters.add(end, 'date')}`]),
  ];
  return `(${bounds.join(' and ')})`;
}

/** All that keeps a record out of a window. */
export function outsideOf({ dateBlank, startBlank, before, after, others }: WindowSql): string[] {
  return [dateBlank, startBlank, before, after, ...others.map(([, when]) => when)];
}

/** Several windows of which one is enough; the days of each can change whether a record counts. */
function eitherSql(window: WindowDefinition, members: readonly WindowSql[]): WindowSql {
  const allOf = (conditions: readonly string[]) =>
    conditions.includes(no) ? no : `(${conditions.join(' and ')})`;
  const firstOf = (days: readonly (string | null)[]) => {
    const known = days.filter((day) => day !== null);
    return known.length === 0 ? null : `coalesce(${known.join(', ')})`;
  };
  return {
    window,
    // What ended long ago by one of them is known to be outside of that one, whatever else is missing.
    dateBlank: allOf(members.map(({ dateBlank, far }) => unless(dateBlank, far))),
    startBlank: allOf(members.map(({ startBlank, dateBlank }) => unless(startBlank, dateBlank))),
    usesStart: members.some(({ usesStart }) => usesStart),
    before: no,
    after: no,
    reasons: ofWindow,
    others: [['no_window', allOf(members.map((member) => anyOf(outsideOf(member))))]],
    far: allOf(members.map(({ far }) => far)),
    isHistory: allOf(members.map(({ isHistory }) => isHistory)),
    begins: firstOf(members.map(({ begins }) => begins)),
    ends: firstOf(members.map(({ ends }) => ends)),
    countsThrough: null,
    turns: members.flatMap(({ turns }) => turns),
  };
}

/** A reason where the one that goes before it does not hold. */
function unless(reason: string, before: string): string {
  return reason === no || before === no ? reason : `(${reason} and not ${before})`;
}

const ofWindow = { before: 'before_window', after: 'after_window' } as const;

function validitySql(context: RowContext, window: WindowDefinition, asOf: string): WindowSql {
  const from = window.validFrom === undefined ? null : daySql(context, window.validFrom);
  const through = window.validThrough === undefined ? null : daySql(context, window.validThrough);
  const isOwn = pathSql(context, (window.validThrough ?? window.validFrom)!).path.steps.length === 0;
  const before = window.ahead !== undefined ? 'ends_soon' : isOwn ? 'expired' : 'left';
  const reasons = { before, after: isOwn ? 'not_yet_valid' : 'left' } as const;
  const between = betweenSql(context, { window, asOf, from, through, reasons });
  return { ...between, dateBlank: mistypedDays(context, window) };
}

/** How long the catalogue lets a code count, which depends on the code alone, and when it could be earned last. */
function catalogueSql(context: RowContext, window: WindowDefinition, asOf: string): WindowSql {
  const certificates = context.certificates!;
  const codes = codeDays(certificates);
  const code = nameSql(columnSql(context, context.root, 'code'));
  const dayOfCode = (day: 'through' | 'earnedBefore') => {
    const days = Object.fromEntries(codes.flatMap((one) => (one[day] === null ? [] : [[one.key, one[day]]])));
    return `(${context.parameters.add(JSON.stringify(days), 'jsonb')} ->> ${code})::date`;
  };
  const listed = () =>
    context.parameters.add(
      codes.map(({ key }) => key),
      'text[]',
    );
  const reasons = { before: 'retired', after: 'retired' } as const;
  const isLate = holds(`${columnSql(context, context.root, 'issued_on')} >= ${dayOfCode('earnedBefore')}`);
  return {
    ...betweenSql(context, { window, asOf, from: null, through: dayOfCode('through'), reasons }),
    others: [
      ['earned_late', isLate],
      ...elsewhereSql(context, code),
      ['unlisted', certificates.unlisted === 'count' ? no : `(not ${holds(`${code} = any(${listed()})`)})`],
    ],
  };
}

/** Codes that count in some regions only, with certificates that are in another region, or in none that is known. */
function elsewhereSql(context: RowContext, code: string): [ExclusionReason, string][] {
  const codes = regionsOfCodes(context);
  if (codes.length === 0) return [];
  const country = pathSql(context, context.regions!.records.certification!);
  const { region, isBlank } = regionSql(context, country);
  const allowed = `(${context.parameters.add(JSON.stringify(Object.fromEntries(codes)), 'jsonb')} -> ${code})`;
  const isBound = `(${allowed} is not null)`;
  return [
    ['region_blank', holds(`${isBound} and ${isBlank}`)],
    ['region_unknown', holds(`${isBound} and ${region} = '${nowhere}'`)],
    ['wrong_region', holds(`not ${allowed} @> to_jsonb(${region})`)],
  ];
}

/** From a day through another one, both of which count; null is open. */
function betweenSql(
  context: RowContext,
  {
    window,
    asOf,
    from,
    through,
    reasons,
  }: Pick<WindowSql, 'window' | 'reasons'> & { asOf: string; from: string | null; through: string | null },
): WindowSql {
  const day = validOn(window, asOf);
  const asked = context.parameters.add(day, 'date');
  const before = through === null ? no : holds(`${through} < ${asked}`);
  const after = from === null ? no : holds(`${from} > ${asked}`);
  const longAgo = context.parameters.add(addDays(day, -recentDays), 'date');
  const isHistory = through === null ? no : holds(`${through} < ${longAgo}`);
  const ending =
    through === null
      ? []
      : [
          { edge: 'leaves' as const, day: through, isAhead: `(${through} >= ${asked})` },
          {
            edge: 'fades' as const,
            day: through,
            isAhead: `(${through} < ${asked} and ${through} >= ${longAgo})`,
          },
        ];
  return {
    window,
    dateBlank: no,
    startBlank: no,
    usesStart: false,
    before,
    after,
    reasons,
    others: [],
    far: isHistory,
    isHistory,
    begins: from,
    ends: through,
    countsThrough: through === null ? null : lastAskedForSql(window, through),
    turns: [
      ...(from === null ? [] : [{ edge: 'enters' as const, day: from, isAhead: after }]),
      ...ending,
    ].map((turn) => ({ ...turn, window })),
  };
}

/** The day before the first one for which a record has to be valid longer (firstAskedFor), in SQL; only lists ask for it. */
function lastAskedForSql({ ago, ahead }: WindowDefinition, through: string): string {
  const text = ago ?? ahead;
  if (text === undefined) return through;
  const { unit, count } = parseDuration(text);
  const sign = ago === undefined ? '-' : '+';
  const moved = (day: string) => `(${day} ${sign} interval '${count} ${unit}')::date`;
  if (unit === 'day') return moved(through);
  const next = `(${through} + 1)`;
  const isClamped = `extract(day from ${moved(next)}) <> extract(day from ${next})`;
  return `(${moved(next)} - (case when ${isClamped} then 0 else 1 end))`;
}

/** Everything since a partner's own start; what lies long before it is not named. */
function eversinceSql(
  context: RowContext,
  { window, asOf, day }: { window: WindowDefinition; asOf: string; day: string },
): WindowSql {
  const before = holds(`${day} < sp.started_on`);
  const after = holds(`${day} >= ${context.parameters.add(asOf, 'date')}`);
  const isHistory = holds(`${day} < sp.started_on - ${recentDays}`);
  return {
    window,
    dateBlank: `(${day} is null)`,
    startBlank: '(sp.started_on is null)',
    usesStart: true,
    before,
    after,
    reasons: ofWindow,
    others: [],
    far: isHistory,
    isHistory,
    begins: day,
    ends: null,
    countsThrough: null,
    turns: [{ window, edge: 'enters', day, isAhead: after }],
  };
}

/** So long from each partner's own start; a day that is not over yet does not count either. */
function sinceStartSql(
  context: RowContext,
  { window, asOf, day }: { window: WindowDefinition; asOf: string; day: string },
): WindowSql {
  if (window.sinceStart === true) return eversinceSql(context, { window, asOf, day });
  const { unit, count } = parseDuration(window.sinceStart!);
  const end = `(sp.started_on + ${context.parameters.add(`${count} ${unit}`, 'interval')})::date`;
  const before = holds(`${day} < sp.started_on`);
  const late = holds(`${day} >= ${end}`);
  const notYet = holds(`${day} >= ${context.parameters.add(asOf, 'date')}`);
  const twice = context.parameters.add(`${2 * count} ${unit}`, 'interval');
  const once = context.parameters.add(`${count} ${unit}`, 'interval');
  const far = holds(`(${day} < sp.started_on - ${once} or ${day} >= sp.started_on + ${twice})`);
  return {
    window,
    dateBlank: `(${day} is null)`,
    startBlank: '(sp.started_on is null)',
    usesStart: true,
    before,
    after: `(${late} or ${notYet})`,
    reasons: ofWindow,
    others: [],
    far,
    isHistory: far,
    begins: day,
    ends: null,
    countsThrough: null,
    turns: [{ window, edge: 'enters', day, isAhead: `(${notYet} and not ${late})` }],
  };
}

function holds(condition: string): string {
  return `coalesce(${condition}, false)`;
}
