import { availabilityAt, readKnownHistory } from '../kpi/known-history.ts';
import { type Pasts, withPasts } from '../kpi/known-then.ts';
import { addDays, dayOf, periodShift, periodStart, startOfDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { currentPeriod } from '../program/period-names.ts';
import type { LadderDefinition } from '../program/schema-ladder.ts';
import type { Store } from '../store/store.ts';
import { decisionsInForce } from './decided-then.ts';
import { type EarnedTier, earnedTiers } from './earned.ts';
import { evaluatePartner } from './evaluate-partner.ts';
import type { LadderState } from './load.ts';
import type { PartnerFacts } from './types.ts';

/** How many partners would have stood on one tier of a ladder after a quarter. */
export interface TierShare {
  /** Key; null for no tier. */
  tier: string | null;
  label: string | null;
  /** By the movement of the ladder: reviews, warnings, grace. */
  held: number;
  /** By the figures alone. */
  earned: number;
}

export interface LadderQuarter {
  ladder: string;
  tiers: TierShare[];
  /** What became of partners since the quarter before. */
  up: number;
  down: number;
  joined: number;
  left: number;
  /** Of the partners that had a tier in force then: those that would have held another one. */
  inForce: { partners: number; higher: number; lower: number };
}

export interface BacktestQuarter {
  quarter: string;
  /** The review after the quarter. */
  asOf: string;
  /** Why what was known then is not available, so that the records of today stand for it; null when it is. */
  reconstructed: string | null;
  ladders: LadderQuarter[];
}

export interface BacktestRequest {
  program: Program;
  quarters: number;
  now: number;
}

/** The standing of each partner as the quarters go by. */
type Standings = Map<string, { ladder: string; tier: string | null; states: LadderState[] }>;

/**
 * What a program would have done in past quarters: each is evaluated as of the day after its end, as known at its end. The
 * first quarter is where everybody begins; from then on tiers move by the movement of the ladder. Stores nothing.
 */
export async function backtest(store: Store, request: BacktestRequest): Promise<BacktestQuarter[]> {
  const { program, now } = request;
  const today = dayOf(now, program.timeZone);
  const running = periodStart(today, 'quarter', program.fiscalYearStart);
  const reviews = Array.from({ length: request.quarters }, (_one, index) =>
    periodShift(running, 'quarter', index + 1 - request.quarters),
  );
  return await withPasts(store, async (pasts) => {
    const standings: Standings = new Map();
    const quarters: BacktestQuarter[] = [];
    for (const asOf of reviews) quarters.push(await quarterOf(pasts, request, { asOf, standings }));
    return quarters;
  });
}

async function quarterOf(
  pasts: Pasts,
  { program, now }: BacktestRequest,
  { asOf, standings }: { asOf: string; standings: Standings },
): Promise<BacktestQuarter> {
  const knownAt = new Date(Date.parse(startOfDay(asOf, program.timeZone)) - 1).toISOString();
  const past = availabilityAt(await readKnownHistory(pasts.today), knownAt);
  const executor = past.isKnown ? pasts.at(knownAt) : pasts.today;
  const found = await earnedTiers(executor, { program, asOf, now, heldAt: knownAt, feeds: [] });
  const earned = past.isKnown ? found : found.filter(({ facts }) => hadStarted(facts.startedOn, asOf));
  const partners = earned.map(({ partnerId }) => partnerId);
  const decisions = await decisionsInForce(pasts.today, {
    program: program.name,
    partners,
    at: knownAt,
    day: asOf,
  });
  const before = new Map(standings);
  standings.clear();
  for (const one of earned) move(program, one, { asOf, before, standings });
  const { period } = currentPeriod({ ...program, period: 'quarter' }, addDays(asOf, -1));
  return {
    quarter: period,
    asOf,
    reconstructed: past.isKnown ? null : past.reason,
    ladders: program.ladders.map((ladder) => ladderQuarter(ladder, { earned, before, standings, decisions })),
  };
}

/** The records of today hold partners that were none yet. */
function hadStarted(startedOn: PartnerFacts[string] | undefined, asOf: string): boolean {
  return typeof startedOn !== 'string' || startedOn < asOf;
}

/** One partner goes on from where the quarter before left it; what people kept by hand or overrode is left out. */
function move(
  program: Program,
  { partnerId, facts, ladder, evidence, onFile }: EarnedTier,
  { asOf, before, standings }: { asOf: string; before: Standings; standings: Standings },
): void {
  if (ladder === null || evidence === null) return;
  const states = before.get(partnerId)?.states.filter((one) => one.ladder === ladder.key) ?? [];
  const outcome = evaluatePartner(
    program,
    {
      partnerId,
      partner: { ...facts, crmTier: null },
      kpis: evidence.kpis,
      states,
      absorbed: [],
      overrides: [],
      waivers: [],
      facts: onFile,
      asked: [],
      mode: 'owned',
    },
    asOf,
  );
  const { state } = outcome.state!;
  const open: LadderState = { ladder: ladder.key, state, isClosed: false };
  standings.set(partnerId, { ladder: ladder.key, tier: state.tier, states: [open] });
}

function ladderQuarter(
  ladder: LadderDefinition,
  of: {
    earned: readonly EarnedTier[];
    before: Standings;
    standings: Standings;
    decisions: ReadonlyMap<string, { tier: string | null; ladder: string }>;
  },
): LadderQuarter {
  const rank = (key: string | null) => ladder.tiers.findIndex((tier) => tier.key === key);
  const own = [...of.standings].filter(([, standing]) => standing.ladder === ladder.key);
  const moves = { up: 0, down: 0, joined: 0 };
  const inForce = { partners: 0, higher: 0, lower: 0 };
  for (const [partnerId, { tier }] of own) {
    const old = of.before.get(partnerId);
    if (old?.ladder !== ladder.key) moves.joined += 1;
    else if (rank(tier) > rank(old.tier)) moves.up += 1;
    else if (rank(tier) < rank(old.tier)) moves.down += 1;
    const decided = of.decisions.get(partnerId);
    if (decided?.ladder !== ladder.key) continue;
    inForce.partners += 1;
    if (rank(tier) > rank(decided.tier)) inForce.higher += 1;
    if (rank(tier) < rank(decided.tier)) inForce.lower += 1;
  }
  const had = [...of.before].filter(([, standing]) => standing.ladder === ladder.key);
  const left = had.filter(([id]) => of.standings.get(id)?.ladder !== ladder.key).length;
  return { ladder: ladder.key, tiers: sharesOf(ladder, own, of.earned), ...moves, left, inForce };
}

/** The highest tier first, no tier last. */
function sharesOf(
  ladder: LadderDefinition,
  own: readonly (readonly [string, { tier: string | null }])[],
  earned: readonly EarnedTier[],
): TierShare[] {
  const tiers = [...ladder.tiers.toReversed(), { key: null, label: null }];
  return tiers.map(({ key, label }) => ({
    tier: key,
    label,
    held: own.filter(([, { tier }]) => tier === key).length,
    earned: earned.filter((one) => one.ladder?.key === ladder.key && one.evidence?.computedTier === key)
      .length,
  }));
}
