import type { Fraction } from 'fraction.js';
import { measuresOf } from '../program/check/kpi.ts';
import { dayOf } from '../program/civil-date.ts';
import { exact, exactRatio } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import { ranksInOrder } from '../program/score-parts.ts';
import type { Executor } from '../store/store.ts';
import { newPeers, peersOf } from './company/peers.ts';
import type { Missed } from './explain/missed-records.ts';
import { presentEvidence } from './explain/present.ts';
import { labelOf, ladderOf } from './ladder-of.ts';
import { loadInputs, type PartnerInputs } from './load.ts';
import { withFigure } from './look/changed-inputs.ts';
import type { LostTier } from './method/debt.ts';

/** Partners whose tiers are tried out together. */
const pageSize = 500;

/** What the figures of one partner miss of a record. */
interface MissedHere {
  owner: string | null;
  /** By KPI; null where the amount is not known. */
  amounts: ReadonlyMap<string, Fraction | null>;
}

/** The tier of each partner if the amounts and numbers that are known were added to its figures: no more than an upper bound. */
export async function lostTiers(
  executor: Executor,
  { program, now }: { program: Program; now: number },
  missed: readonly Missed[],
): Promise<LostTier[]> {
  const asOf = dayOf(now, program.timeZone);
  const byPartner = byPartnerOf(missed);
  const partners = [...byPartner.keys()].sort();
  const ranks = ranksInOrder(program);
  const known = newPeers();
  const lost: LostTier[] = [];
  for (let from = 0; from < partners.length; from += pageSize) {
    const page = partners.slice(from, from + pageSize);
    const loaded = await loadInputs(executor, { program, now, partners: page });
    const facts = loaded.map(({ partner }) => partner);
    const peers = await peersOf(executor, program, { ranks, partners: facts, known });
    for (const inputs of loaded) {
      const own = byPartner.get(inputs.partnerId)!;
      const counted = countedIn(program, inputs, { own, peers });
      const [today, couldBe] = [inputs, counted].map((one) => tierOf(program, one, asOf));
      if (today === undefined || couldBe === undefined || couldBe.rank <= today.rank) continue;
      const { partnerId, partner } = inputs;
      lost.push({
        partnerId,
        partner: typeof partner.name === 'string' ? partner.name : null,
        today: today.label,
        couldBe: couldBe.label!,
        owners: [...new Set(own.map(({ owner }) => owner))],
      });
    }
  }
  return lost;
}

function byPartnerOf(missed: readonly Missed[]): Map<string, MissedHere[]> {
  const byPartner = new Map<string, MissedHere[]>();
  for (const { record, by } of missed)
    for (const [id, amounts] of by) {
      const own = byPartner.get(id) ?? [];
      own.push({ owner: record.owner, amounts });
      byPartner.set(id, own);
    }
  return byPartner;
}

/** The inputs of a partner with its records counted, figure by figure. */
function countedIn(
  program: Program,
  inputs: PartnerInputs,
  { own, peers }: { own: readonly MissedHere[]; peers: Awaited<ReturnType<typeof peersOf>> },
): PartnerInputs {
  const kpis = [...new Set(own.flatMap(({ amounts }) => [...amounts.keys()]))].sort();
  return kpis.reduce((before, kpi) => {
    const amounts = own.flatMap((one) => (one.amounts.has(kpi) ? [one.amounts.get(kpi)!] : []));
    const figure = figureWith(program, before, { kpi, amounts });
    return figure === null ? before : withFigure(program, before, { kpi, figure }, peers);
  }, inputs);
}

/** The figure with the records; null where what they would bring is not known, as for means and shares. */
function figureWith(
  program: Program,
  { kpis }: PartnerInputs,
  { kpi, amounts }: { kpi: string; amounts: readonly (Fraction | null)[] },
): Fraction | null {
  const { measure, unit } = program.kpis[kpi]!;
  const input = kpis.find((one) => one.kpi === kpi);
  if (measure === undefined || input === undefined || measuresOf(program.kpis[kpi]!).length > 1) return null;
  // What a median or a largest one would be is not known.
  if (measure.perEach !== undefined && measure.perEach.take !== 'sum') return null;
  const now = input.numerator === null ? exact(0) : exactRatio(input.numerator, input.denominator!);
  if (measure.count !== undefined || measure.distinct !== undefined) return now.add(amounts.length);
  if (measure.sum === undefined || unit !== 'money') return null;
  return amounts.reduce<Fraction>((sum, amount) => (amount === null ? sum : sum.add(amount)), now);
}

function tierOf(
  program: Program,
  inputs: PartnerInputs,
  asOf: string,
): { rank: number; label: string | null } | undefined {
  const ladder = ladderOf(program, inputs.partner);
  const present = presentEvidence(program, inputs, asOf).find((one) => one.ladder.key === ladder?.key);
  if (ladder === null || present === undefined) return undefined;
  const { computedTier } = present.evidence;
  const rank = ladder.tiers.findIndex(({ key }) => key === computedTier);
  return { rank, label: labelOf(ladder, computedTier) };
}
