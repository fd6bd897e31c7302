import { availabilityAt, readKnownHistory } from '../kpi/known-history.ts';
import { type Pasts, withPasts } from '../kpi/known-then.ts';
import { addDays, dayOf, periodShift, periodStart, startOfDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { reviewOf as nextReviewOf } from '../program/review-calendar.ts';
import type { LadderDefinition } from '../program/schema-ladder.ts';
import { calendarOf } from '../program/schema-movement.ts';
import type { Store } from '../store/store.ts';
import { decisionsInForce } from './decided-then.ts';
import { type EarnedTier, earnedTiers, inForce } from './earned.ts';
import { evaluatePartner, openStates } from './evaluate-partner.ts';
import { type KeptTrack, trackGiven } from './kept-track.ts';
import type { LadderState } from './load.ts';
import type { PartnerFacts } from './types.ts';

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
  /** Where everybody stood at the review before, by ladder. */
  reviewed: Map<string, Standings>;
  /** The tracks that partners are given on the way. */
  tracks: Map<string, KeptTrack>;
}

/**
 * What a program would have done in the past: at each review of its ladders, as known right before. The first one is where
 * everybody begins; from then on tiers move by the movement of the ladder. Stores nothing.
 */
export async function backtest(store: Store, request: BacktestRequest): Promise<BacktestReview[]> {
  return await withPasts(store, async (pasts) => {
    const course: Course = { standings: new Map(), reviewed: new Map(), tracks: new Map() };
    const found: BacktestReview[] = [];
    for (const [asOf, ladders] of reviewDays(request))
      found.push(await reviewOf(pasts, request, { asOf, ladders, course }));
    return found;
  });
}

/** Each day on which ladders are reviewed, with those ladders; those that are reviewed each day, on the first of months. */
function reviewDays({ program, quarters, now }: BacktestRequest): [string, LadderDefinition[]][] {
  const running = periodStart(dayOf(now, program.timeZone), 'quarter', program.fiscalYearStart);
  const first = periodShift(running, 'quarter', 1 - quarters);
  const days = new Map<string, LadderDefinition[]>();
  for (const ladder of program.ladders) {
    const own = new Set<string>();
    for (const direction of ['up', 'down'] as const) {
      const isDaily = calendarOf(ladder.movement, direction).every === 'day';
      const policy = isDaily ? { review: 'month' as const } : ladder.movement;
      let day = nextReviewOf(direction, addDays(first, -1), policy, program);
      for (; day <= running; day = nextReviewOf(direction, day, policy, program)) own.add(day);
    }
    for (const day of own) days.set(day, [...(days.get(day) ?? []), ladder]);
  }
  return [...days].sort(([one], [other]) => (one < other ? -1 : 1));
}

async function reviewOf(
  pasts: Pasts,
  { program, now }: BacktestRequest,
  { asOf, ladders, course }: { asOf: string; ladders: readonly LadderDefinition[]; course: Course },
): Promise<BacktestReview> {
  const { standings, reviewed, tracks } = course;
  const knownAt = new Date(Date.parse(startOfDay(asOf, program.timeZone)) - 1).toISOString();
  const past = availabilityAt(await readKnownHistory(pasts.today), knownAt);
  const executor = past.isKnown ? pasts.at(knownAt) : pasts.today;
  const found = await earnedTiers(executor, { program, asOf, now, heldAt: knownAt, feeds: [], tracks });
  const earned = past.isKnown ? found : found.filter(({ facts }) => hadStarted(facts.startedOn, asOf));
  const partners = earned.map(({ partnerId }) => partnerId);
  const decisions = await decisionsInForce(pasts.today, {
    program,
    partners,
    at: knownAt,
    day: asOf,
  });
  for (const { partnerId, facts: partner, kpis } of earned) {
    const figures = new Map(kpis.map((one) => [one.kpi, one]));
    const track = trackGiven({ program, kpis: figures, partner }, asOf);
    if (track !== null) tracks.set(partnerId, track);
  }
  const before = new Map(standings);
  standings.clear();
  for (const one of companiesFirst(earned)) move(program, one, { asOf, before, standings });
  return {
    asOf,
    reconstructed: past.isKnown ? null : past.reason,
    ladders: ladders.map((ladder) => {
      const last = reviewed.get(ladder.key) ?? new Map();
      reviewed.set(ladder.key, new Map(standings));
      return ladderReview(ladder, { earned, before: last, standings, decisions });
    }),
  };
}

/** A company comes before those that have its tier, also where it has that of another one on another ladder. */
function companiesFirst(earned: readonly EarnedTier[]): EarnedTier[] {
  const byId = new Map(earned.map((one) => [one.partnerId, one]));
  const ordered = new Set<EarnedTier>();
  const visit = (one: EarnedTier): void => {
    if (ordered.has(one)) return;
    for (const id of one.holders.values()) {
      const company = byId.get(id);
      if (company !== undefined) visit(company);
    }
    ordered.add(one);
  };
  for (const one of earned) visit(one);
  return [...ordered];
}

/** The records of today hold partners that were none yet. */
function hadStarted(startedOn: PartnerFacts[string] | undefined, asOf: string): boolean {
  return typeof startedOn !== 'string' || startedOn < asOf;
}

/** One partner goes on from where the review before left it; what people kept by hand or overrode is left out. */
function move(
  program: Program,
  { partnerId, facts, kpis, onFile, waivers, holders, spells }: EarnedTier,
  { asOf, before, standings }: { asOf: string; before: Standings; standings: Standings },
): void {
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
  for (const [partnerId, tier] of own) {
    const old = had.get(partnerId);
    if (old === undefined) moves.joined += 1;
    else if (rank(tier) > rank(old)) moves.up += 1;
    else if (rank(tier) < rank(old)) moves.down += 1;
    const decided = decidedOn(ladder, partnerId, of);
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
    earned: readonly EarnedTier[];
    decisions: ReadonlyMap<string, { tier: string | null; ladder: string }>;
  },
): string | null | undefined {
  if (ladder.beside) {
    const own = of.earned.find((one) => one.partnerId === partnerId);
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
