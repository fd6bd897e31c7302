import { isDeepStrictEqual } from 'node:util';
import { addDays, dayOf, daysBetween, laterDay } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import { calendarFor, inForceOn, type PartnerCalendar, reviewAfter } from '../../program/review-calendar.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import { calendarOf, countedFrom } from '../../program/schema/movement.ts';
import { programAsKnown, ruleChanges } from '../../program/versions.ts';
import type { Executor } from '../../store/store.ts';
import { labelOf, ladderOf } from '../ladder-of.ts';
import { type LadderState, type PartnerInputs, partnersInProgram } from '../load.ts';
import {
  type Change,
  changeOf,
  changingCourse,
  loadOwn,
  type Own,
  type Step,
  stayingCourse,
} from '../notice-course.ts';
import { graceEnd, hasGrace } from '../reviews.ts';

/** A partner that would lose its tier earlier than by the rules in force, or with less notice than they give. */
export interface LostNotice {
  partnerId: string;
  name: string | null;
  /** Label of the tier. */
  tier: string;
  /** Day on which it would lose it by the rules in force; null when it would keep it. */
  before: string | null;
  /** The same by the new version. */
  after: string;
  /** Whether it would be warned before. */
  isWarned: boolean;
  /** Days from the warning to the loss: as the rules in force would give from the same day on, and by the new version. */
  notice: { before: number; after: number };
}

/** What taking a version into use does to those who rely on the rules. */
export interface ChangeGuard {
  /** First day of the version, or today when that is past. */
  inUseOn: string;
  /** Changes of the rules in the days up to it, itself included, the oldest first. */
  changes: { version: string; inUseOn: string }[];
  otherReviews: OtherReviews[];
  noticeLost: LostNotice[];
}

/** A ladder whose tiers are reviewed on other days than by the rules in force. */
export interface OtherReviews {
  /** Label of the ladder. */
  ladder: string;
  /** The first review by the new version; null where each partner has its own. */
  first: string | null;
}

/** So many days are looked back for changes of the rules. */
export const guardDays = 90;

/**
 * Looks at a version before it is taken into use: how often the rules have changed lately, and which partners would lose
 * their tier earlier than by the rules in force, or with less notice, if all figures stayed as they are. Stores nothing.
 * Null when no version of the program is in use.
 */
export async function guardChange(
  executor: Executor,
  { program, now }: { program: Program; now: number },
): Promise<ChangeGuard | null> {
  const today = dayOf(now, program.timeZone);
  const knownAt = new Date(now).toISOString();
  const before = await programAsKnown(executor, program, { day: today, knownAt });
  if (before === null) return null;
  const inUseOn = laterDay(program.validFrom, today);
  const known = await ruleChanges(executor, program);
  const own = known.find(({ hash }) => hash === program.hash);
  const all =
    own === undefined ? [...known, { version: program.version, hash: program.hash, inUseOn }] : known;
  const until = own?.inUseOn ?? inUseOn;
  const changes = all
    .slice(1)
    .filter((one) => one.inUseOn <= until && one.inUseOn > addDays(until, -guardDays))
    .map(({ version, inUseOn: day }) => ({ version, inUseOn: day }));
  const change = { before, after: program, today, inUseOn, now };
  const noticeLost =
    before.hash === program.hash ? [] : await lostNotices(executor, await changeOf(executor, change));
  return { inUseOn: until, changes, otherReviews: otherReviews(change), noticeLost };
}

/** The ladders of both versions whose reviews differ. */
function otherReviews({
  before,
  after,
  inUseOn,
}: Pick<Change, 'before' | 'after' | 'inUseOn'>): OtherReviews[] {
  return after.ladders.flatMap(({ key, label, movement }) => {
    const old = before.ladders.find((one) => one.key === key);
    if (old === undefined || isDeepStrictEqual(reviewDays(before, old), reviewDays(after, { movement })))
      return [];
    const first =
      countedFrom(movement) === null
        ? reviewAfter(inUseOn, movement, { ...after, anniversaryOf: null })
        : null;
    return [{ ladder: label, first }];
  });
}

/** What says on which days there are reviews, in full. */
function reviewDays(program: Program, { movement }: Pick<LadderDefinition, 'movement'>): unknown[] {
  return (['up', 'down'] as const).map((direction) => {
    const { inForceAfter: _lag, cancel: _cancel, ...days } = calendarOf(movement, direction);
    const isFiscal = days.every === 'fiscalYear' || days.every === 'fiscalQuarter';
    return { ...days, starts: isFiscal ? program.fiscalYearStart : null };
  });
}

/** Partners per statement. */
const pageSize = 1000;

async function lostNotices(executor: Executor, change: Change): Promise<LostNotice[]> {
  const partners = await partnersInProgram(executor);
  const lost: LostNotice[] = [];
  for (let from = 0; from < partners.length; from += pageSize) {
    const page = partners.slice(from, from + pageSize);
    const isAsked = (one: PartnerInputs) => standingOf(change.before, one) !== null;
    const own = await loadOwn(executor, change, { partners: page, isAsked });
    lost.push(...own.flatMap((one) => lostBy(one, change)));
  }
  return lost;
}

function lostBy(own: Own, change: Change): LostNotice[] {
  const { before } = change;
  const open = standingOf(before, own.before)!;
  const loses = lossOf(changingCourse(own, change), open);
  if (loses === null) return [];
  const stays = lossOf(stayingCourse(own, change), open);
  // Whatever notice the rules in force promise: this loss and its warning are theirs as well.
  if (stays !== null && stays.on === loses.on && stays.warnedOn === loses.warnedOn) return [];
  const ladder = before.ladders.find(({ key }) => key === open.ladder)!;
  const notice = {
    before: noticeBy(
      calendarFor(before, ladder.movement, { partner: own.before.partner, since: open.state.since }),
      ladder,
      loses,
    ),
    after: noticeOf(loses),
  };
  const isEarlier = stays !== null && loses.on < stays.on;
  if (!isEarlier && notice.after >= notice.before) return [];
  const { partnerId, partner } = own.before;
  const name = typeof partner.name === 'string' ? partner.name : null;
  const tier = labelOf(ladder, open.state.tier)!;
  const isWarned = loses.warnedOn !== null;
  return [{ partnerId, name, tier, before: stays?.on ?? null, after: loses.on, isWarned, notice }];
}

interface Loss {
  on: string;
  /** Null where no warning came before. */
  warnedOn: string | null;
}

function noticeOf({ on, warnedOn }: Loss): number {
  return warnedOn === null ? 0 : daysBetween(warnedOn, on);
}

/** Days of notice that rules give from the day of the warning on, or of the loss where none came; none without a grace. */
function noticeBy(calendar: PartnerCalendar, { movement }: LadderDefinition, { on, warnedOn }: Loss): number {
  if (!hasGrace(movement)) return 0;
  const from = warnedOn ?? on;
  return daysBetween(from, inForceOn('down', graceEnd(from, movement, calendar), movement));
}

/** The standing on the ladder of its tier, where it has a tier there. */
function standingOf(program: Program, { partner, states }: PartnerInputs): LadderState | null {
  const key = ladderOf(program, partner)?.key;
  return states.find((one) => !one.isClosed && one.ladder === key && one.state.tier !== null) ?? null;
}

/** When the tier of a standing is lost; null when it is not. */
function lossOf(course: Iterable<Step>, { ladder, state: first }: LadderState): Loss | null {
  let { warnedOn } = first;
  for (const { day, outcome } of course) {
    const own = outcome.ladders.find((one) => one.ladder.key === ladder);
    // Its company was not decided yet.
    if (own === undefined && outcome.isBehind) continue;
    if (own === undefined) return { on: day, warnedOn };
    const { state } = own.state;
    const tiers = own.ladder.tiers.map(({ key }) => key);
    if (tiers.indexOf(state.tier!) < tiers.indexOf(first.tier!)) return { on: day, warnedOn };
    warnedOn = state.warnedOn;
  }
  return null;
}
