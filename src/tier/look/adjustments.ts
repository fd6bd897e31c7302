import { loadFeeds } from '../../kpi/freshness.ts';
import { availabilityAt, readKnownHistory } from '../../kpi/known-history.ts';
import { type Pasts, withPasts } from '../../kpi/known-then.ts';
import { type RecordChange, recordChanges } from '../../kpi/record-changes.ts';
import { kpiRecords } from '../../kpi/records.ts';
import { scopeAtEnd } from '../../kpi/scope-at-end.ts';
import type { Program } from '../../program/load.ts';
import { programOfHash } from '../../program/versions.ts';
import type { Store } from '../../store/store.ts';
import { figureWords } from '../explain/wording.ts';
import type { Evidence, KpiInput } from '../types.ts';
import {
  type ClosedPartner,
  type ClosedStanding,
  closedPartners,
  hashOf,
  type PeriodClose,
  partnersToClose,
} from './period-close.ts';

/** A figure of a closed period that would be another one today: what was signed off stays, this is beside it. */
export interface Adjustment {
  partnerId: string;
  name: string | null;
  kpi: string;
  label: string;
  /** As it was signed off, and as it would be today; a dash where there is none. */
  closed: string;
  today: string;
  /** The records that make the difference; null where what they said then is not known any more, or for too many. */
  records: RecordChange[] | null;
}

/** A partner that would have earned another tier on a ladder. */
export interface TierAdjustment {
  partnerId: string;
  name: string | null;
  /** Key; null where it is on none. */
  ladder: string | null;
  /** Label of a ladder that counts beside the one of its tier; null for that one. */
  beside: string | null;
  closed: string | null;
  today: string | null;
}

export interface CloseReview {
  close: PeriodClose;
  partners: ClosedPartner[];
  /** Whether what is kept is what was signed off. */
  isIntact: boolean;
  /** Null where the version of the rules is not kept, so that nothing can be laid beside it. */
  adjustments: Adjustment[] | null;
  tiers: TierAdjustment[];
}

/** Records are listed for so many adjustments; each costs two statements. */
const mostListed = 100;

/** What was signed off, beside what the records of today would say about the same period. Stores nothing. */
export async function reviewClose(
  store: Store,
  { program, close, now }: { program: Program; close: PeriodClose; now: number },
): Promise<CloseReview> {
  return await withPasts(store, async (pasts) => {
    const partners = await closedPartners(pasts.today, close);
    const isIntact = hashOf({ reconstructed: close.reconstructed, partners }) === close.hash;
    const version = await programOfHash(pasts.today, program, close.programHash);
    if (version === null) return { close, partners, isIntact, adjustments: null, tiers: [] };
    const feeds = await loadFeeds(pasts.today);
    const today = await partnersToClose(pasts.today, { program: version, endsOn: close.endsOn, now, feeds });
    const pairs = paired(partners, today);
    const adjustments = await adjustmentsOf(pasts, { close, version, now }, pairs);
    return { close, partners, isIntact, adjustments, tiers: pairs.flatMap(tierAdjustments) };
  });
}

interface Pair {
  partnerId: string;
  name: string | null;
  closed: ClosedPartner | undefined;
  today: ClosedPartner | undefined;
}

/** Partners that came or left since are there on one side only. */
function paired(closed: readonly ClosedPartner[], today: readonly ClosedPartner[]): Pair[] {
  const [old, present] = [closed, today].map((list) => new Map(list.map((one) => [one.partnerId, one])));
  const ids = [...new Set([...closed, ...today].map(({ partnerId }) => partnerId))].sort();
  return ids.map((partnerId) => {
    const pair = { closed: old!.get(partnerId), today: present!.get(partnerId) };
    return { partnerId, name: (pair.today ?? pair.closed)?.name ?? null, ...pair };
  });
}

async function adjustmentsOf(
  pasts: Pasts,
  { close, version, now }: { close: PeriodClose; version: Program; now: number },
  pairs: readonly Pair[],
): Promise<Adjustment[]> {
  const past = availabilityAt(await readKnownHistory(pasts.today), close.closedAt);
  const { program, asOf } = scopeAtEnd(version, close.endsOn);
  const adjustments: Adjustment[] = [];
  for (const { partnerId, name, closed, today } of pairs) {
    for (const [kpi, { label }] of Object.entries(version.kpis)) {
      const [said, says] = [figureOf(closed, kpi), figureOf(today, kpi)];
      if (said?.numerator === says?.numerator && said?.denominator === says?.denominator) continue;
      const request = { program, kpi, partnerId, now, asOf };
      const isListed = past.isKnown && adjustments.length < mostListed;
      const records = isListed
        ? recordChanges(
            await kpiRecords(pasts.at(close.closedAt), request),
            await kpiRecords(pasts.today, request),
          )
        : null;
      adjustments.push({ partnerId, name, kpi, label, closed: inWords(said), today: inWords(says), records });
    }
  }
  return adjustments;
}

function figureOf(partner: ClosedPartner | undefined, kpi: string): KpiInput | undefined {
  return partner?.figures.find((figure) => figure.kpi === kpi);
}

function inWords(figure: KpiInput | undefined): string {
  return figure === undefined ? '-' : figureWords(figure, figure);
}

/** By the rules alone: the tier in force is what was decided, and no later edit changes that. */
function tierAdjustments({ partnerId, name, closed, today }: Pair): TierAdjustment[] {
  const main = {
    ladder: today?.evidence?.ladder ?? closed?.evidence?.ladder ?? null,
    beside: null,
    closed: labelOf(closed?.evidence),
    today: labelOf(today?.evidence),
  };
  const [old, present] = [closed, today].map((one) => one?.beside ?? []);
  const on = (standings: readonly ClosedStanding[], key: string) =>
    labelOf(standings.find(({ ladder }) => ladder === key)?.evidence);
  const labels = new Map([...old!, ...present!].map(({ ladder, label }) => [ladder, label]));
  const others = [...labels].map(([ladder, beside]) => ({
    ladder,
    beside,
    closed: on(old!, ladder),
    today: on(present!, ladder),
  }));
  return [main, ...others]
    .filter((one) => one.closed !== one.today)
    .map((one) => ({ partnerId, name, ...one }));
}

function labelOf(evidence: Evidence | null | undefined): string | null {
  return evidence?.tiers.find(({ tier }) => tier === evidence.computedTier)?.label ?? null;
}
