import { loadFeeds } from '../../kpi/freshness.ts';
import { instantOf } from '../../model/clock.ts';
import { dayOf } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import type { Executor } from '../../store/store.ts';
import { type EarnedTier, earnedTiers } from '../company/earned.ts';
import { missingFor } from '../explain/missing.ts';
import { partnersInProgram } from '../load.ts';
import type { Evidence, RequirementEvidence, TierEvidence } from '../types.ts';

/**
 * up, down: to another tier · same · joins, leaves: a ladder, where there was or is none · other_ladder: onto another one ·
 * unknown: what is late, partial or pending leaves it open.
 */
export const versionMoves = ['up', 'down', 'joins', 'leaves', 'other_ladder', 'unknown', 'same'] as const;
export type VersionMove = (typeof versionMoves)[number];

/** A ladder by its key and its label. */
export type LadderName = Pick<LadderDefinition, 'key' | 'label'>;

type VersionCounts = Record<VersionMove, number>;

/** A requirement of a tier in both versions; null in the one that has none of that id. */
export interface RequirementChange {
  id: string;
  label: string;
  before: Pick<RequirementEvidence, 'needs' | 'has' | 'state'> | null;
  after: Pick<RequirementEvidence, 'needs' | 'has' | 'state'> | null;
}

export interface PartnerMove {
  partnerId: string;
  name: string | null;
  types: string[];
  /** The ladder that it is about, in the new version where that has it. */
  ladder: LadderName;
  move: VersionMove;
  /** Ladder and tier that the partner earns by each version; null for none. */
  before: { ladder: string | null; tier: string | null };
  after: { ladder: string | null; tier: string | null };
  /** Label of the tier that the requirements belong to. */
  forTier: string | null;
  /** What decides it: requirements that hold the partner from that tier by one of the versions, or are open. */
  why: RequirementChange[];
}

export interface TierCount {
  ladder: string;
  ladderLabel: string;
  tier: string | null;
  /** Key of the partner type, '' for partners that have none; null for all of them together. */
  type: string | null;
  before: number;
  after: number;
}

export interface VersionComparison {
  asOf: string;
  moves: PartnerMove[];
  /** Partners by what becomes of their tier. */
  counts: VersionCounts;
  /** The same for each ladder beside that of the tier, such as a specialisation. */
  beside: { ladder: LadderName; counts: VersionCounts }[];
  tiers: TierCount[];
}

/** What a partner earns on one ladder. */
type Earned = Pick<EarnedTier, 'partnerId' | 'name' | 'facts' | 'evidence'> & {
  ladder: { key: string } | null;
};

/** Who would earn another tier by another version of the rules, with the records of today. Stores nothing. */
export async function compareVersions(
  executor: Executor,
  { before, after, now }: { before: Program; after: Program; now: number },
): Promise<VersionComparison> {
  const feeds = await loadFeeds(executor);
  const partners = await partnersInProgram(executor);
  const asOf = dayOf(now, after.timeZone);
  const earned = async (program: Program) =>
    await earnedTiers(executor, {
      program,
      asOf,
      now,
      heldAt: instantOf(now),
      others: 'earned',
      feeds,
      partners,
    });
  const [old, present] = [await earned(before), await earned(after)];
  const names = ladderNames([before, after]);
  const byPartner = new Map(present.map((one) => [one.partnerId, one]));
  const pairs = old.flatMap((one): [EarnedTier, EarnedTier][] => {
    const other = byPartner.get(one.partnerId);
    return other === undefined ? [] : [[one, other]];
  });
  const ofTiers = pairs
    .filter(([one, other]) => one.ladder !== null || other.ladder !== null)
    .map(([one, other]) => moveOf(one, other, names));
  const besides = pairs
    .flatMap(([one, other]) => besideOf(one, other))
    .map(([one, other]) => moveOf(one, other, names));
  const moves = [...ofTiers, ...besides];
  return {
    asOf,
    moves,
    counts: countMoves(ofTiers),
    beside: [...names.values()].flatMap((ladder) => {
      const own = besides.filter((one) => one.ladder.key === ladder.key);
      return own.length === 0 ? [] : [{ ladder, counts: countMoves(own) }];
    }),
    tiers: tierCounts(moves, { versions: [after, before], names }),
  };
}

/** The ladders of both versions by key, as the new one names them. */
function ladderNames(versions: readonly Program[]): Map<string, LadderName> {
  const all = versions.flatMap(({ ladders }) => ladders.map(({ key, label }) => ({ key, label })));
  return new Map(all.map((one) => [one.key, one]));
}

function countMoves(moves: readonly PartnerMove[]): VersionCounts {
  const count = (move: VersionMove) => moves.filter((one) => one.move === move).length;
  return Object.fromEntries(versionMoves.map((move) => [move, count(move)])) as VersionCounts;
}

/** The pairs of what is earned on each ladder beside the one of the tier. */
function besideOf(before: EarnedTier, after: EarnedTier): [Earned, Earned][] {
  const all = [...before.all, ...after.all].filter(({ beside }) => beside === true);
  const on = (one: EarnedTier, key: string): Earned => {
    const evidence = one.all.find(({ ladder }) => ladder === key) ?? null;
    return { ...one, ladder: evidence && { key }, evidence };
  };
  return [...new Set(all.map(({ ladder }) => ladder))].map((key) => [on(before, key), on(after, key)]);
}

function moveOf(before: Earned, after: Earned, names: ReadonlyMap<string, LadderName>): PartnerMove {
  const move = directionOf(before, after);
  const decisive = decisiveTier(move, before, after);
  const types = Array.isArray(after.facts.types) ? after.facts.types : [];
  return {
    partnerId: after.partnerId,
    name: after.name,
    types,
    ladder: names.get((after.ladder ?? before.ladder)!.key)!,
    move,
    before: standingOf(before),
    after: standingOf(after),
    forTier: decisive?.label ?? null,
    why: decisive === null ? [] : requirementChanges(move, decisive),
  };
}

function standingOf({ ladder, evidence }: Earned): PartnerMove['before'] {
  return { ladder: ladder?.key ?? null, tier: labelOf(evidence, evidence?.computedTier ?? null) };
}

function labelOf(evidence: Evidence | null, key: string | null): string | null {
  return evidence?.tiers.find(({ tier }) => tier === key)?.label ?? null;
}

/** What is certain: the tiers from the one that is earned to the highest that open inputs leave possible may be compared. */
function directionOf(before: Earned, after: Earned): VersionMove {
  const [old, present] = [before.evidence, after.evidence];
  if (present === null) return 'leaves';
  if (old === null) return 'joins';
  if (old.ladder !== present.ladder) return 'other_ladder';
  const rank = (key: string | null) => rankOf(present, old, key);
  const [oldFrom, oldTo] = [rank(old.computedTier), rank(old.ceilingTier)];
  const [from, to] = [rank(present.computedTier), rank(present.ceilingTier)];
  if (from > oldTo) return 'up';
  if (to < oldFrom) return 'down';
  return from === oldFrom && to === oldTo ? 'same' : 'unknown';
}

/** Position on the ladder of the new version; a tier that it does not have keeps its position on the old one. */
function rankOf(present: Evidence, old: Evidence, key: string | null): number {
  const rank = present.tiers.findIndex(({ tier }) => tier === key);
  return rank === -1 ? old.tiers.findIndex(({ tier }) => tier === key) : rank;
}

interface DecisiveTier {
  label: string;
  before: TierEvidence | undefined;
  after: TierEvidence | undefined;
}

/** The tier that is gained or lost, for certain or perhaps. */
function decisiveTier(move: VersionMove, before: Earned, after: Earned): DecisiveTier | null {
  const [old, present] = [before.evidence, after.evidence];
  if (old === null || present === null || move === 'same' || move === 'other_ladder') return null;
  const key = {
    up: present.computedTier,
    down: old.computedTier,
    unknown: openTier(old, present),
    joins: null,
    leaves: null,
  }[move];
  const tierOf = (evidence: Evidence) => evidence.tiers.find(({ tier }) => tier === key);
  const [one, other] = [tierOf(old), tierOf(present)];
  const label = (other ?? one)?.label;
  return label === undefined ? null : { label, before: one, after: other };
}

/** Of what may come: the tier that is lost as things are, else the highest that open inputs leave possible. */
function openTier(old: Evidence, present: Evidence): string | null {
  const rank = (key: string | null) => rankOf(present, old, key);
  if (rank(present.computedTier) < rank(old.computedTier)) return old.computedTier;
  return rank(present.ceilingTier) >= rank(old.computedTier) ? present.ceilingTier : old.computedTier;
}

function requirementChanges(move: VersionMove, tier: DecisiveTier): RequirementChange[] {
  const own = move === 'up' ? tier.before : tier.after;
  const open = new Set(missingFor(own).map(({ id }) => id));
  const uncertain = (one: RequirementEvidence) => one.state === 'pending' || !one.isCertain;
  const all = [...(tier.after?.requirements ?? []), ...(tier.before?.requirements ?? [])];
  const asked = all.filter(({ id }, index) => all.findIndex((other) => other.id === id) === index);
  return asked
    .filter((one) => open.has(one.id) || own === undefined || (move === 'unknown' && uncertain(one)))
    .map(({ id, label }) => ({ id, label, before: said(tier.before, id), after: said(tier.after, id) }));
}

function said(tier: TierEvidence | undefined, id: string): RequirementChange['before'] {
  const found = tier?.requirements.find((one) => one.id === id);
  return found === undefined ? null : { needs: found.needs, has: found.has, state: found.state };
}

/** How many partners earn each tier by each version: all together, then by partner type; the highest tier first. */
function tierCounts(
  moves: readonly PartnerMove[],
  { versions, names }: { versions: readonly Program[]; names: ReadonlyMap<string, LadderName> },
): TierCount[] {
  const counts = new Map<string, TierCount>();
  for (const { before, after, types } of moves) {
    for (const type of [null, ...(types.length === 0 ? [''] : types)]) {
      add(counts, before, { type, side: 'before', names });
      add(counts, after, { type, side: 'after', names });
    }
  }
  const order = versions.flatMap(({ ladders }) =>
    ladders.flatMap(({ key, tiers }) => [
      ...tiers.toReversed().map(({ label }) => `${key} ${label}`),
      `${key} `,
    ]),
  );
  const rank = ({ ladder, tier }: TierCount) => order.indexOf(`${ladder} ${tier ?? ''}`);
  const types = [...versions.flatMap(({ partnerTypes }) => partnerTypes.map(({ key }) => key)), ''];
  const place = ({ type }: TierCount) => (type === null ? -1 : types.indexOf(type));
  return [...counts.values()].sort((left, right) => place(left) - place(right) || rank(left) - rank(right));
}

function add(
  counts: Map<string, TierCount>,
  { ladder, tier }: PartnerMove['before'],
  of: { type: string | null; side: 'before' | 'after'; names: ReadonlyMap<string, LadderName> },
): void {
  const { type, side } = of;
  if (ladder === null) return;
  const key = JSON.stringify([ladder, tier, type]);
  const ladderLabel = of.names.get(ladder)!.label;
  const count = counts.get(key) ?? { ladder, ladderLabel, tier, type, before: 0, after: 0 };
  count[side] += 1;
  counts.set(key, count);
}
