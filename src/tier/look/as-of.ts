import { loadFeeds } from '../../kpi/freshness.ts';
import {
  type Availability,
  availabilityAt,
  type KnownHistory,
  readKnownHistory,
} from '../../kpi/known-history.ts';
import { type Pasts, withPasts } from '../../kpi/known-then.ts';
import { type RecordChange, recordChanges } from '../../kpi/record-changes.ts';
import { kpiRecords } from '../../kpi/records.ts';
import { instantOf } from '../../model/clock.ts';
import { endOfDay } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import { programAsKnown, programOfHash, programOn } from '../../program/versions.ts';
import type { Executor, Store } from '../../store/store.ts';
import { type EarnedRequest, type EarnedTier, earnedTiers } from '../company/earned.ts';
import { figureWords } from '../explain/wording.ts';
import { type FlippedRequirement, flippedRequirements } from '../flipped.ts';
import { grouped, partnersInProgram } from '../load.ts';
import type { Evidence, KpiInput } from '../types.ts';
import { disagreements, lastDecisions, type PastDecision } from './decided-then.ts';

export interface AsOfRequest {
  /** The program file; the version that was in force on the day is used. */
  program: Program;
  /** The day, as known at its end. */
  day: string;
  /** (Default: everybody who was in the program) */
  partners?: readonly string[];
  /** Epoch milliseconds. */
  now: number;
  /** Key of the ladder. (Default: that of each partner's tier) */
  ladder?: string;
  /** Works out beside it what the records of today say about the day. (Default: false, where the past is known) */
  withToday?: boolean;
}

/** A figure that is another one with the records of today. */
export interface FigureDifference {
  kpi: string;
  label: string;
  known: string;
  today: string;
  records: RecordChange[];
}

export interface PartnerAsOf {
  partnerId: string;
  name: string | null;
  /** The decision that was in force; null when none had been made, or the partner was on no ladder any more. */
  decision: PastDecision | null;
  /** The ladder that it had left by then and the decision that was in force until it did; null while it was on one. */
  left: { at: string; decision: PastDecision } | null;
  /**
   * Whether what it rested on comes out the same again, as known when it was made; null where that cannot be told or was
   * not asked.
   */
  check: { agrees: boolean | null; differences: string[] } | null;
  /** As known then; null where that is not known, or no ladder fitted. */
  known: Evidence | null;
  /** By the same version as of the same day, with the records of today. */
  today: Evidence | null;
  differences: FigureDifference[];
  /** Requirements that are answered in another way with the records of today; before: as known then. */
  flipped: FlippedRequirement[];
}

export interface AsOfResult {
  day: string;
  /** Instant (ISO 8601) of which it is. */
  knownAt: string;
  program: Program;
  /** False: no version of the program had been loaded by then, so that the rules are those of today's versions. */
  isVersionKnown: boolean;
  availability: Availability;
  history: KnownHistory;
  partners: PartnerAsOf[];
}

/** Evaluates partners as of a day of the past, as known at the end of it. Stores nothing. */
export async function evaluateAsOf(store: Store, request: AsOfRequest): Promise<AsOfResult> {
  return await withPasts(store, (pasts) => asOfResult(pasts, request));
}

/** The same inside work that looks at the past already. */
export async function asOfResult(pasts: Pasts, request: AsOfRequest): Promise<AsOfResult> {
  const { day, now } = request;
  const knownAt = knownAtEndOf(day, request.program.timeZone, now);
  const history = await readKnownHistory(pasts.today);
  const availability = availabilityAt(history, knownAt);
  const version = await programAsKnown(pasts.today, request.program, { day, knownAt });
  const program = version ?? (await programOn(pasts.today, request.program, { day, now }));
  const partners = request.partners ?? (await everybody(pasts, availability, knownAt));
  const asked = { program, asOf: day, now, partners };
  const { ladder } = request;
  const known = availability.isKnown
    ? await earnedBy(pasts.at(knownAt), { ...asked, heldAt: knownAt, feeds: [] })
    : noOne;
  const isTodayAsked = request.withToday === true || !availability.isKnown;
  const feeds = await loadFeeds(pasts.today);
  const today = isTodayAsked ? await earnedBy(pasts.today, { ...asked, heldAt: knownAt, feeds }) : noOne;
  const decisions = await lastDecisions(pasts.today, { program, partners, at: knownAt, day, ladder });
  const isOne = partners.length === 1;
  // Each instant of a decision is another past to be put together: of everybody only where all of it is asked for.
  const isEachChecked = isOne || request.withToday === true;
  const checked = [...decisions.values()].filter(
    ({ evidence, leftAt }) => leftAt === null && (isEachChecked || evidence.asOf === day),
  );
  const checks = await checkDecisions(pasts, { program: request.program, history, now }, checked);
  const found: PartnerAsOf[] = [];
  for (const partnerId of partners) {
    const [old, present] = [known.get(partnerId), today.get(partnerId)];
    const decision = decisions.get(partnerId);
    const pair = { partnerId, known: evidenceOn(old, ladder), today: evidenceOn(present, ladder) };
    found.push({
      ...pair,
      name: old?.name ?? present?.name ?? null,
      decision: decision?.leftAt === null ? decision : null,
      left: decision && decision.leftAt !== null ? { at: decision.leftAt, decision } : null,
      check: checks.get(partnerId) ?? null,
      differences: await figureDifferences(pasts, { ...asked, knownAt, isOne }, pair),
      flipped: pair.known && pair.today ? flippedRequirements(pair.known, pair.today) : [],
    });
  }
  return { day, knownAt, program, isVersionKnown: version !== null, availability, history, partners: found };
}

/** What a partner earned on a ladder, or on that of its tier; null where it was not on it. */
function evidenceOn(earned: EarnedTier | undefined, ladder: string | undefined): Evidence | null {
  if (ladder === undefined) return earned?.evidence ?? null;
  return earned?.all.find((one) => one.ladder === ladder) ?? null;
}

const noOne: ReadonlyMap<string, EarnedTier> = new Map();

async function earnedBy(executor: Executor, request: EarnedRequest): Promise<Map<string, EarnedTier>> {
  return new Map((await earnedTiers(executor, request)).map((one) => [one.partnerId, one]));
}

/** The last instant of a day, or this one when the day is not over. */
function knownAtEndOf(day: string, timeZone: string, now: number): string {
  const end = endOfDay(day, timeZone);
  return instantOf(Math.min(end, now));
}

async function everybody(pasts: Pasts, { isKnown }: Availability, knownAt: string): Promise<string[]> {
  return await partnersInProgram(isKnown ? pasts.at(knownAt) : pasts.today);
}

/** Works decisions out again, as known when each was made, by the version that it was made by. */
async function checkDecisions(
  pasts: Pasts,
  { program, history, now }: { program: Program; history: KnownHistory; now: number },
  decisions: readonly PastDecision[],
): Promise<Map<string, NonNullable<PartnerAsOf['check']>>> {
  const checks = new Map<string, NonNullable<PartnerAsOf['check']>>();
  const together = grouped(
    decisions,
    ({ decidedAt, evidence }) => `${decidedAt} ${evidence.asOf} ${evidence.programHash}`,
  );
  for (const group of together.values()) {
    const [{ decidedAt, evidence }] = group as [PastDecision];
    const { asOf } = evidence;
    const version = await programOfHash(pasts.today, program, evidence.programHash);
    const past = availabilityAt(history, decidedAt);
    const partners = group.map(({ partnerId }) => partnerId);
    const again =
      version === null || !past.isKnown
        ? null
        : await earnedBy(pasts.at(decidedAt), {
            program: version,
            asOf,
            now,
            heldAt: decidedAt,
            isReplay: true,
            feeds: [],
            partners,
          });
    for (const decision of group) {
      checks.set(decision.partnerId, checkOf(decision, again, past));
    }
  }
  return checks;
}

function checkOf(
  { partnerId, evidence }: PastDecision,
  again: ReadonlyMap<string, EarnedTier> | null,
  past: Availability,
): NonNullable<PartnerAsOf['check']> {
  if (again === null) {
    const reason = past.isKnown ? 'the version that it was made by is not kept' : past.reason;
    return { agrees: null, differences: [reason] };
  }
  const differences = disagreements(evidence, evidenceOn(again.get(partnerId), evidence.ladder));
  return { agrees: differences.length === 0, differences };
}

/** For one partner, and where the tier differs, with the records that make the difference. */
async function figureDifferences(
  pasts: Pasts,
  scope: { program: Program; asOf: string; now: number; knownAt: string; isOne: boolean },
  { partnerId, known, today }: { partnerId: string; known: Evidence | null; today: Evidence | null },
): Promise<FigureDifference[]> {
  if (known === null || today === null) return [];
  const isListed = scope.isOne || known.computedTier !== today.computedTier;
  const differences: FigureDifference[] = [];
  for (const before of known.kpis) {
    const after = today.kpis.find(({ kpi }) => kpi === before.kpi);
    if (after === undefined || saysTheSame(before, after)) continue;
    const { label } = scope.program.kpis[before.kpi]!;
    const request = { program: scope.program, kpi: before.kpi, partnerId, now: scope.now, asOf: scope.asOf };
    const list = async (executor: Executor) => await kpiRecords(executor, request);
    const records = isListed
      ? recordChanges(await list(pasts.at(scope.knownAt)), await list(pasts.today))
      : [];
    const [said, says] = [figureWords(before, before), figureWords(after, after)];
    differences.push({ kpi: before.kpi, label, known: said, today: says, records });
  }
  return differences;
}

function saysTheSame(left: KpiInput, right: KpiInput): boolean {
  return (
    left.numerator === right.numerator &&
    left.denominator === right.denominator &&
    left.counted === right.counted
  );
}
