import { addDays, daysBetween, parseDuration } from '../program/civil-date.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { WindowDefinition } from '../program/schema-kpi.ts';
import { daySql, type RowContext } from './sql-parts.ts';
import type { ExclusionReason } from './types.ts';
import { isValidity, windowRange } from './windows.ts';

/** A window over the records of one measure, as conditions on a row. Each is true or false, never null. */
export interface WindowSql {
  window: WindowDefinition;
  /** Nothing can be said, because the date is blank. */
  dateBlank: string;
  /** Nothing can be said, because the partner has no start. */
  startBlank: string;
  before: string;
  after: string;
  /** Why a record before the window, and one after it, is left out. */
  reasons: { before: ExclusionReason; after: ExclusionReason };
  /** So far outside that leaving it out is no news: more than the window's length before or after it. */
  far: string;
  /** The record will never lie in the window again, or never has. */
  never: string;
  /** The day whose edge decides when the record enters, and when it leaves; null when it does not. */
  entersBy: string | null;
  leavesBy: string | null;
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
  if (isValidity(window)) return validitySql(context, window, asOf);
  const day = daySql(context, window.by!);
  const dateBlank = `(${day} is null)`;
  if (window.sinceStart !== undefined) return sinceStartSql(context, { window, asOf, day });
  const { from, to } = windowRange(window, asOf, program);
  const before = from === null ? no : holds(`${day} < ${context.parameters.add(from, 'date')}`);
  const after = to === null ? no : holds(`${day} >= ${context.parameters.add(to, 'date')}`);
  const length = from === null || to === null ? null : daysBetween(from, to);
  const far = [
    ...(length === null ? [] : [`${day} < ${context.parameters.add(addDays(from!, -length), 'date')}`]),
    ...(length === null ? [] : [`${day} >= ${context.parameters.add(addDays(to!, length), 'date')}`]),
  ];
  return {
    window,
    dateBlank,
    startBlank: no,
    before,
    after,
    reasons: ofWindow,
    far: far.length === 0 ? no : holds(`(${far.join(' or ')})`),
    never: before,
    entersBy: day,
    leavesBy: day,
  };
}

const ofWindow = { before: 'before_window', after: 'after_window' } as const;

/** An end that long ago is history, not a near miss. */
const recentDays = 365;

function validitySql(context: RowContext, window: WindowDefinition, asOf: string): WindowSql {
  const today = context.parameters.add(asOf, 'date');
  const from = window.validFrom === undefined ? null : daySql(context, window.validFrom);
  const through = window.validThrough === undefined ? null : daySql(context, window.validThrough);
  const before = through === null ? no : holds(`${through} < ${today}`);
  const after = from === null ? no : holds(`${from} > ${today}`);
  const isOwn = !(window.validThrough ?? window.validFrom)!.includes('.');
  const longAgo = context.parameters.add(addDays(asOf, -recentDays), 'date');
  return {
    window,
    dateBlank: no,
    startBlank: no,
    before,
    after,
    reasons: isOwn ? { before: 'expired', after: 'not_yet_valid' } : { before: 'left', after: 'left' },
    far: through === null ? no : holds(`${through} < ${longAgo}`),
    never: before,
    entersBy: from,
    leavesBy: through,
  };
}

/** From each partner's own start; a day that is not over yet does not count either. */
function sinceStartSql(
  context: RowContext,
  { window, asOf, day }: { window: WindowDefinition; asOf: string; day: string },
): WindowSql {
  const { unit, count } = parseDuration(window.sinceStart!);
  const end = `(sp.started_on + ${context.parameters.add(`${count} ${unit}`, 'interval')})::date`;
  const before = holds(`${day} < sp.started_on`);
  const late = holds(`${day} >= ${end}`);
  const notYet = holds(`${day} >= ${context.parameters.add(asOf, 'date')}`);
  const twice = context.parameters.add(`${2 * count} ${unit}`, 'interval');
  const once = context.parameters.add(`${count} ${unit}`, 'interval');
  return {
    window,
    dateBlank: `(${day} is null)`,
    startBlank: '(sp.started_on is null)',
    before,
    after: `(${late} or ${notYet})`,
    reasons: ofWindow,
    far: holds(`(${day} < sp.started_on - ${once} or ${day} >= sp.started_on + ${twice})`),
    never: `(${before} or ${late})`,
    entersBy: day,
    leavesBy: null,
  };
}

function holds(condition: string): string {
  return `coalesce(${condition}, false)`;
}
