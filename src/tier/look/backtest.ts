import { availabilityAt, readKnownHistory } from '../../kpi/known-history.ts';
import { type Pasts, withPasts } from '../../kpi/known-then.ts';
import { addDays, dayOf, periodShift, periodStart, startOfDay } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import { reviewOf as nextReviewOf } from '../../program/review-calendar.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import { calendarOf, countedFrom } from '../../program/schema/movement.ts';
import type { Executor, Store } from '../../store/store.ts';
import { companiesFirst } from '../company/company.ts';
import { type EarnedTier, earnedTiers, inForce, type Supposed } from '../company/earned.ts';
import { evaluatePartner, openStates } from '../evaluate-partner.ts';
import { type KeptTrack, trackGiven } from '../kept-track.ts';
import { type LadderState, partnersInProgram } from '../load.ts';
import { type BenefitCost, benefitCost } from '../method/benefit-cost.ts';
import { laddersLookedBack, spellsAfter } from '../tier-spells.ts';
import type { TierSpells } from '../types.ts';
import { decisionsInForce } from './decided-then.ts';

/** How many partners would have stood on one tier of a ladder after a review. */
export interface TierShare {
  /** Key; null for no tier. */
  tier: string | null;
  label: string | null;
  /** By the movement of the ladder: reviews, warnings, grace. */
  held: number;
  /** By the figures alone. */
  earned: number;
}

export interface LadderReview {
  ladder: string;
  tiers: TierShare[];
  /** What became of partners since its review before. */
  up: number;
  down: number;
  joined: number;
  left: number;
  /** Of the partners that had a tier in force then: those that would have held another one. */
  inForce: { partners: number; higher: number; lower: number };
}

export interface BacktestReview {
  /** The day of the review; what is said is as of it, as known right before. */
  asOf: string;
  /** Why what was known then is not available, so that the records of today stand for it; null when it is. */
  reconstructed: string | null;
  /** The ladders that have a review on that day. */
  ladders: LadderReview[];
  /** What the benefits come to that the partners have from that day on until the next one. */
  cost: BenefitCost;
}

export interface BacktestRequest {
  program: Program;
  /** How far back it begins: with the reviews after so many quarters. */
  quarters: number;
  now: number;
}

/** Where each partner stands, on every ladder that it is on, as the reviews go by. */
type Standings = Map<string, LadderState[]>;

/** What goes on from review to review. */
interface Course {
  standings: Standings;
  /** What everybody held on the way, where rules look back on that. */
  spells: Map<string, ReadonlyMap<string, TierSpells>>;
  /** Where everybody stood at the review before, by ladder. */
  reviewed: Map<string, Standings>;
  /** The tracks that partners are given on the way. */
  tracks: Map<string, KeptTrack>;
}

/**
 * What a program would have done in the past: at each review of its ladders, as known right before. The first one is where
 * everybody begins; from then on tiers move by the movement of the ladder, also on the days between on which partners have
 * reviews of their own. Stores nothing.
 */
export async function backtest(store: Store, request: BacktestRequest): Promise<BacktestReview[]> {
  return await withPasts(store, async (pasts) => {
    const course: Course = {
      standings: new Map(),
      spells: new Map(),
      reviewed: new Map(),
      tracks: new Map(),
    };
    const days = reviewDays(request);
    const found: BacktestReview[] = [];
    for (const [index, [asOf, ladders]] of days.entries()) {
      const until = days[index + 1]?.[0] ?? dayAfterLast(request.program, asOf);
      const first = days[0]![0];
      const between =
        index === 0
          ? null
          : await holdOwnReviews(pasts, request, { after: days[index - 1]![0], until: asOf, first, course });
      const review = await reviewOf(pasts, request, { asOf, first, until, ladders, course });
      found.push({ ...review, reconstructed: review.reconstructed ?? between });
    }
    return found;
  });
}

/** Each day on which ladders are reviewed, with those ladders, up to the start of the running quarter. */
function reviewDays({ program, quarters, now }: BacktestRequest): [string, LadderDefinition[]][] {
  const running = periodStart(dayOf(now, program.timeZone), 'quarter', program.fiscalYearStart);
  const first = periodShift(running, 'quarter', 1 - quarters);
  const days = new Map<string, LadderDefinition[]>();
  for (const ladder of program.ladders) {
    const own = new Set<string>();
    for (const direction of ['up', 'down'] as const) {
      let day = reviewAfter(program, ladder, { direction, day: addDays(first, -1) });
      for (; day <= running; day = reviewAfter(program, ladder, { direction, day })) own.add(day);
    }
    for (const day of own) days.set(day, [...(days.get(day) ?? []), ladder]);
  }
  return [...days].sort(([one], [other]) => (one < other ? -1 : 1));
}

/**
 * The next review of a ladder that is told. One that is reviewed each day has one on the first of months, and so has one that
 * reviews each partner on days of its own, which are held on these: then it is told what came of those of the month before.
 */
function reviewAfter(
  program: Program,
  { movement }: LadderDefinition,
  { direction, day }: { direction: 'up' | 'down'; day: string },
): string {
  const { every, onAnniversaryOf } = calendarOf(movement, direction);
  const isMonthly = every === 'day' || (onAnniversaryOf ?? null) !== null;
  const calendar = { ...program, anniversaryOf: null };
  return nextReviewOf(direction, day, isMonthly ? { review: 'month' as const } : movement, calendar);
}

/** The first review of any ladder after the last one that is looked at. */
function dayAfterLast(program: Program, day: string): string {
  const directions = ['up', 'down'] as const;
  const next = program.ladders.flatMap((ladder) =>
    directions.map((direction) => reviewAfter(program, ladder, { direction, day })),
  );
  return next.sort()[0]!;
}

async function reviewOf(
  pasts: Pasts,
  { program, now }: BacktestRequest,
  {
    asOf,
    first,
    until,
    ladders,
    course,
  }: { asOf: string; first: string; until: string; ladders: readonly LadderDefinition[]; course: Course },
): Promise<BacktestReview> {
  const { standings, reviewed } = course;
  const { earned, knownAt, reconstructed } = await holdOn(pasts, { program, now }, { asOf, first, course });
  const decisions = await decisionsInForce(pasts.today, {
    program,
    partners: earned.map(({ partnerId }) => partnerId),
    at: knownAt,
    day: asOf,
  });
  return {
    asOf,
    reconstructed,
    ladders: ladders.map((ladder) => {
      const last = reviewed.get(ladder.key) ?? new Map();
      reviewed.set(ladder.key, new Map(standings));
      return ladderReview(ladder, { earned, before: last, standings, decisions });
    }),
    cost: benefitCost(
      program,
      earned.map(({ partnerId, facts }) => ({
        partnerId,
        partner: facts,
        states: standings.get(partnerId) ?? [],
      })),
      { from: asOf, until },
    ),
  };
}

/**
 * Holds the reviews that partners have on days of their own between two days, which themselves are not between. Returns why one of
 * them is held with the records of today; null where none is.
 */
async function holdOwnReviews(
  pasts: Pasts,
  request: Pick<BacktestRequest, 'program' | 'now'>,
  { after, until, first, course }: { after: string; until: string; first: string; course: Course },
): Promise<string | null> {
  const own = new Set(
    request.program.ladders.filter(({ movement }) => countedFrom(movement) !== null).map(({ key }) => key),
  );
  if (own.size === 0) return null;
  let found: string | null = null;
  for (let last = after; ; ) {
    const due = [...course.standings].flatMap(([id, states]) =>
      states.flatMap(({ ladder, state: { nextReview: day } }) =>
        own.has(ladder) && day !== null && day > last && day < until ? [{ id, day }] : [],
      ),
    );
    const [day] = due.map((one) => one.day).sort();
    if (day === undefined) return found;
    const partners = due.filter((one) => one.day === day).map(({ id }) => id);
    const held = { asOf: day, first, course, partners: [...new Set(partners)].sort() };
    found ??= (await holdOn(pasts, request, held)).reconstructed;
    last = day;
  }
}

/** Moves partners on by what was known right before a day; everybody, unless some are named. */
async function holdOn(
  pasts: Pasts,
  { program, now }: Pick<BacktestRequest, 'program' | 'now'>,
  {
    asOf,
    first,
    course,
    partners,
  }: { asOf: string; first: string; course: Course; partners?: readonly string[] },
): Promise<{ earned: EarnedTier[]; knownAt: string; reconstructed: string | null }> {
  const { standings, tracks } = course;
  const knownAt = new Date(Date.parse(startOfDay(asOf, program.timeZone)) - 1).toISOString();
  const past = availabilityAt(await readKnownHistory(pasts.today), knownAt);
  const executor = past.isKnown ? pasts.at(knownAt) : pasts.today;
  // By what it decided itself: other rules were in force then.
  const supposed = await supposedOf(executor, program, { first, course });
  const earned = await earnedTiers(executor, {
    program,
    asOf,
    now,
    heldAt: knownAt,
    others: 'earned',
    feeds: [],
    tracks,
    supposed,
    outside: past.isKnown ? new Set<string>() : await notStarted(executor, asOf),
    // Who is not in the program any more has no review.
    partners: partners?.filter((id) => supposed.has(id)) ?? [...supposed.keys()],
  });
  for (const { partnerId, facts: partner, kpis } of earned) {
    const figures = new Map(kpis.map((one) => [one.kpi, one]));
    const track = trackGiven({ program, kpis: figures, partner }, asOf);
    if (track !== null) tracks.set(partnerId, track);
  }
  const before = new Map(standings);
  if (partners === undefined) standings.clear();
  for (const one of companiesFirst(earned, ({ holders }) => [...holders.values()]))
    move(program, one, { asOf, before, course });
  return { earned, knownAt, reconstructed: past.isKnown ? null : past.reason };
}

/** What everybody holds by the reviews so far; of the time before the first one nothing is known. */
async function supposedOf(
  executor: Executor,
  program: Program,
  { first, course }: { first: string; course: Course },
): Promise<Map<string, Supposed>> {
  const unknown: ReadonlyMap<string, TierSpells> = new Map(
    laddersLookedBack(program).map((key) => [key, { recordedFrom: first, spells: [] }]),
  );
  const partners = await partnersInProgram(executor);
  return new Map(
    partners.map((id) => {
      const states = course.standings.get(id) ?? [];
      const held = new Map(states.map(({ ladder, state }) => [ladder, state.tier] as const));
      return [id, { held, spells: course.spells.get(id) ?? unknown }];
    }),
  );
}

/** The records of today hold partners that were none yet: as those that are not in the program, they part families. */
async function notStarted(executor: Executor, asOf: string): Promise<Set<string>> {
  const rows = await executor.query<{ id: string }>(
    'select id from tierlink.partner where started_on >= $1::date',
    [asOf],
  );
  return new Set(rows.map(({ id }) => id));
}

/** One partner goes on from where the review before left it; what people kept by hand or overrode is left out. */
function move(
  program: Program,
  { partnerId, facts, kpis, onFile, waivers, holders, spells }: EarnedTier,
  { asOf, before, course }: { asOf: string; before: Standings; course: Course },
): void {
  const { standings } = course;
  const outcome = evaluatePartner(
    program,
    {
      partnerId,
      partner: { ...facts, crmTier: null },
      kpis,
      states: before.get(partnerId) ?? [],
      absorbed: [],
      overrides: [],
      waivers,
      facts: onFile,
      spells,
      holders: new Map(
        [...holders].map(([ladder, id]) => {
          const state = standings.get(id)?.find((one) => one.ladder === ladder)?.state ?? null;
          return [ladder, { partnerId: id, name: id, state }];
        }),
      ),
      asked: [],
      mode: 'owned',
    },
    asOf,
  );
  course.spells.set(partnerId, spellsAfter(spells, { outcome, day: asOf }));
  if (outcome.ladders.length > 0) standings.set(partnerId, openStates(outcome, before.get(partnerId) ?? []));
}

function ladderReview(
  ladder: LadderDefinition,
  of: {
    earned: readonly EarnedTier[];
    before: Standings;
    standings: Standings;
    decisions: ReadonlyMap<string, { tier: string | null; ladder: string }>;
  },
): LadderReview {
  const rank = (key: string | null) => ladder.tiers.findIndex((tier) => tier.key === key);
  const [own, had] = [tiersOn(ladder, of.standings), tiersOn(ladder, of.before)];
  const moves = { up: 0, down: 0, joined: 0 };
  const inForce = { partners: 0, higher: 0, lower: 0 };
  const byId = new Map(of.earned.map((one) => [one.partnerId, one]));
  for (const [partnerId, tier] of own) {
    const old = had.get(partnerId);
    if (old === undefined) moves.joined += 1;
    else if (rank(tier) > rank(old)) moves.up += 1;
    else if (rank(tier) < rank(old)) moves.down += 1;
    const decided = decidedOn(ladder, partnerId, { ...of, byId });
    if (decided === undefined) continue;
    inForce.partners += 1;
    if (rank(tier) > rank(decided)) inForce.higher += 1;
    if (rank(tier) < rank(decided)) inForce.lower += 1;
  }
  const left = [...had.keys()].filter((id) => !own.has(id)).length;
  return {
    ladder: ladder.key,
    tiers: sharesOf(ladder, [...own.values()], of.earned),
    ...moves,
    left,
    inForce,
  };
}

/** The tiers of the partners on a ladder. */
function tiersOn({ key }: LadderDefinition, standings: Standings): Map<string, string | null> {
  const found = [...standings].flatMap(([id, states]) => {
    const own = states.find(({ ladder }) => ladder === key);
    return own === undefined ? [] : [[id, own.state.tier] as const];
  });
  return new Map(found);
}

/** The tier that had really been decided; undefined where none had. */
function decidedOn(
  ladder: LadderDefinition,
  partnerId: string,
  of: {
    byId: ReadonlyMap<string, EarnedTier>;
    decisions: ReadonlyMap<string, { tier: string | null; ladder: string }>;
  },
): string | null | undefined {
  if (ladder.beside) {
    const own = of.byId.get(partnerId);
    return own && inForce(own, ladder.key);
  }
  const decided = of.decisions.get(partnerId);
  return decided?.ladder === ladder.key ? decided.tier : undefined;
}

/** The highest tier first, no tier last. */
function sharesOf(
  ladder: LadderDefinition,
  own: readonly (string | null)[],
  earned: readonly EarnedTier[],
): TierShare[] {
  const tiers = [...ladder.tiers.toReversed(), { key: null, label: null }];
  return tiers.map(({ key, label }) => ({
    tier: key,
    label,
    held: own.filter((tier) => tier === key).length,
    earned: earned.filter((one) =>
      one.all.some((evidence) => evidence.ladder === ladder.key && evidence.computedTier === key),
    ).length,
  }));
}
