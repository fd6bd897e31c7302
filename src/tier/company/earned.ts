import type { ComputeScope } from '../../kpi/compute.ts';
import { computeAll } from '../../kpi/compute-all.ts';
import type { Feed } from '../../kpi/freshness.ts';
import { newPopulation } from '../../kpi/population.ts';
import { kpisOfLadders } from '../../kpi/recompute-page.ts';
import type { KpiValue, StateReason } from '../../kpi/types.ts';
import type { Program } from '../../program/load.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import { withPartsOf } from '../../program/score-parts.ts';
import type { Executor } from '../../store/store.ts';
import { computeTier } from '../computed.ts';
import { mayReachOf } from '../evaluate.ts';
import type { FactInputs } from '../explain/fact-evidence.ts';
import { type Holdings, holdingAfter } from '../holdings.ts';
import { type KeptTrack, withTracks } from '../kept-track.ts';
import { lastChanges } from '../ladder-changes.ts';
import { decideGroup } from '../ladder-group.ts';
import { ladderGroupsOf } from '../ladder-of.ts';
import { grouped, kpiInput, loadFacts, loadFamilies, partnersInProgram } from '../load.ts';
import { loadPartnerFacts, loadWaivers } from '../load-exceptions.ts';
import { type DecidedThen, decidedBy, loadSpells } from '../tier-spells.ts';
import type { Evidence, KpiInput, PartnerFacts, TierSpells, Waiver } from '../types.ts';
import { holdersOf } from './company.ts';

/** What a partner earns by the rules as of a day, whatever tier it holds. */
export interface EarnedTier {
  partnerId: string;
  name: string | null;
  facts: PartnerFacts;
  /** Null when no ladder fits. */
  ladder: LadderDefinition | null;
  evidence: Evidence | null;
  /** The same, and that of every ladder beside it, in the order in which they are decided. */
  all: Evidence[];
  /** By ladder the partner at the top of the company, where the tier is that of the company. */
  holders: ReadonlyMap<string, string>;
  /** What had been decided by then, by ladder; a ladder of which nothing is recorded is not there. */
  decided: ReadonlyMap<string, DecidedTier>;
  /** The figures that the ladders ask for. */
  kpis: KpiInput[];
  /** The facts about it that requirements ask for. */
  onFile: FactInputs;
  /** Its waivers as known then, with those of partners that had been merged into it. */
  waivers: (Waiver & { ladder: string })[];
  /** By ladder what had been decided by then, where rules look back on that. */
  spells: ReadonlyMap<string, TierSpells>;
}

/** Where a partner stood on a ladder by what had been decided. */
export interface DecidedTier {
  decisionId: string;
  tier: string | null;
  status: string;
  /** Whether it had left the ladder since; coming back it goes on from that tier. */
  hasLeft: boolean;
}

/** What a partner is supposed to hold, and to have held where rules look back on it, by ladder. */
export interface Supposed {
  held: ReadonlyMap<string, string | null>;
  spells: ReadonlyMap<string, TierSpells>;
}

export interface EarnedRequest {
  program: Program;
  /** Day as of which. */
  asOf: string;
  /** Epoch milliseconds, for how fresh the feeds are. */
  now: number;
  /** ISO instant by which the tier in force was decided: what a tier takes may differ for who holds it. */
  heldAt: string;
  /** What was decided at that very instant is what is worked out again, so that it does not count. (Default: false) */
  isReplay?: boolean;
  /**
   * What tiers see of other ladders: decided is what had been decided by then, and where nothing is recorded what is
   * earned; earned is only that. (Default: decided)
   */
  others?: 'decided' | 'earned';
  /** What partners are supposed to hold and to have held. (Default: what was decided) */
  supposed?: ReadonlyMap<string, Supposed>;
  /** How complete the inputs are; none for a past of which that was not kept. */
  feeds: readonly Feed[];
  /** Tracks that partners are supposed to have been given. (Default: those that they were given) */
  tracks?: ReadonlyMap<string, KeptTrack>;
  /** Day whose tracks count. (Default: asOf) */
  tracksOn?: string;
  /** (Default: everybody in the program) */
  partners?: readonly string[];
  /** Partners that are taken for ones that are not in the program; they part families. (Default: none) */
  outside?: ReadonlySet<string>;
}

/** Partners per statement. */
const pageSize = 1000;

/** Works out from the records what partners earn, in the order of their ids. Stores nothing. */
export async function earnedTiers(executor: Executor, request: EarnedRequest): Promise<EarnedTier[]> {
  const { outside = new Set<string>() } = request;
  const asked = request.partners ?? (await partnersInProgram(executor));
  const partners = asked.filter((id) => !outside.has(id));
  const earned: EarnedTier[] = [];
  const scope = { ...request, population: newPopulation() };
  for (let from = 0; from < partners.length; from += pageSize) {
    earned.push(...(await earnedPage(executor, scope, partners.slice(from, from + pageSize))));
  }
  return earned;
}

async function earnedPage(
  executor: Executor,
  scope: EarnedRequest & ComputeScope,
  partners: readonly string[],
): Promise<EarnedTier[]> {
  const { program, asOf, now, feeds, heldAt, others = 'decided' } = scope;
  const own = await withTracks(executor, scope, await loadFacts(executor, partners));
  const holders = await holdersOf(executor, program, own, scope.outside);
  const known = new Map(own.map((one) => [one.id, one]));
  const above = [...holders.values()].flatMap((each) => [...each.values()]);
  for (const one of await withTracks(executor, scope, above)) known.set(one.id, one);
  const all = [...known.keys()];
  const found = [...known.values()].map((one) => ({ ...one, groups: ladderGroupsOf(program, one.facts) }));
  const onLadder = found.filter(({ groups }) => groups.length > 0).map(({ id }) => id);
  // Evidence keeps the parts of scores too.
  const kpis = withPartsOf(program, kpisOfLadders(program));
  const values = await computeAll(executor, scope, { kpis, partners: onLadder });
  const byPartner = grouped(values, ({ partnerId }) => partnerId);
  const then = { asOf, before: heldAt, isExclusive: scope.isReplay ?? false };
  const decided = await decidedTiers(executor, program, { partners: all, ...then });
  const families = await loadFamilies(executor, all);
  const waivers = grouped(
    await loadWaivers(executor, program, [...all, ...families.keys()], heldAt),
    ({ partnerId }) => families.get(partnerId) ?? partnerId,
  );
  const recorded =
    scope.supposed === undefined
      ? await loadSpells(executor, program, { partners: all, families, ...then })
      : new Map<string, Map<string, TierSpells>>();
  const spells = (id: string) => scope.supposed?.get(id)?.spells ?? recorded.get(id) ?? new Map();
  const onFile = await loadPartnerFacts(executor, program, { partners: all, now });
  const late = feeds.length === 0 ? new Map<string, StateReason>() : onFile.late;
  const earned = found.map(({ id, facts: partner, groups }): EarnedTier => {
    const figures = {
      kpis: figuresOf(program, byPartner.get(id) ?? []),
      decided: decided.get(id) ?? new Map<string, DecidedTier>(),
      onFile: { facts: onFile.facts.get(id) ?? [], late },
      waivers: waivers.get(id) ?? [],
      spells: spells(id),
    };
    const supposed = scope.supposed?.get(id)?.held;
    const all = evidenceOn(groups, { program, partner, asOf, others, supposed, ...figures });
    const ladder = groups.flat().find(({ beside }) => !beside) ?? null;
    return {
      partnerId: id,
      name: typeof partner.name === 'string' ? partner.name : null,
      facts: partner,
      ladder,
      evidence: all.find((one) => one.ladder === ladder?.key) ?? null,
      all,
      holders: new Map([...(holders.get(id) ?? [])].map(([key, top]) => [key, top.id])),
      ...figures,
    };
  });
  const byId = new Map(earned.map((one) => [one.partnerId, one]));
  return own.map(({ id }) => inCompany(byId.get(id)!, byId));
}

/** The tier that had been decided and was in force; undefined where none was, as the partner was not on the ladder. */
export function inForce({ decided }: Pick<EarnedTier, 'decided'>, ladder: string): string | null | undefined {
  const known = decided.get(ladder);
  return known?.hasLeft === true ? undefined : known?.tier;
}

/** With what the company earns, on the ladders on which its tier is that of the company. */
function inCompany(own: EarnedTier, known: ReadonlyMap<string, EarnedTier>): EarnedTier {
  if (own.holders.size === 0) return own;
  const all = own.all.map((evidence) => {
    const top = known.get(own.holders.get(evidence.ladder) ?? '');
    const theirs = top?.all.find(({ ladder }) => ladder === evidence.ladder);
    if (top === undefined || theirs === undefined) return evidence;
    const decided = inForce(top, evidence.ladder);
    const tier = decided === undefined ? theirs.computedTier : decided;
    const inherited = { partnerId: top.partnerId, name: top.name ?? top.partnerId, tier, decisionId: null };
    return { ...theirs, inherited };
  });
  return { ...own, all, evidence: all.find(({ ladder }) => ladder === own.ladder?.key) ?? null };
}

/** The tiers that hold on a day as decided by an instant, or before it, by partner, then by ladder. */
async function decidedTiers(
  executor: Executor,
  program: Program,
  { partners, asOf, before, isExclusive = false }: DecidedThen & { partners: readonly string[] },
): Promise<Map<string, Map<string, DecidedTier>>> {
  const rows = await executor.query<DecidedTier & { partner_id: string; ladder: string }>(
    `with changed as (${lastChanges})
     select distinct on (partner_id, ladder) partner_id, ladder, id as "decisionId", to_tier as tier, status,
       coalesce(change = 'left' and at > decided_at, false) as "hasLeft"
     from tierlink.decision left join changed using (partner_id, ladder)
     where program = $1 and partner_id = any($2::text[]) and ${decidedBy(isExclusive, 3)}
       and effective_on <= $4::date
     order by partner_id, ladder, decided_at desc`,
    [program.name, [...partners], before, asOf],
  );
  const byPartner = grouped(rows, (row) => row.partner_id);
  return new Map([...byPartner].map(([id, own]) => [id, new Map(own.map((row) => [row.ladder, row]))]));
}

/** The evidence of each ladder, in the order in which they are decided. */
function evidenceOn(
  groups: readonly LadderDefinition[][],
  of: Pick<EarnedTier, 'kpis' | 'decided' | 'onFile' | 'spells'> & {
    program: Program;
    partner: PartnerFacts;
    asOf: string;
    waivers: readonly (Waiver & { ladder: string })[];
    others: 'decided' | 'earned';
    supposed: ReadonlyMap<string, string | null> | undefined;
  },
): Evidence[] {
  const { program, partner, asOf, kpis, spells, onFile: facts } = of;
  const known: Holdings = new Map();
  const decidedOn = ({ key }: LadderDefinition) =>
    of.others === 'decided' && of.decided.has(key) ? (inForce(of, key) ?? null) : undefined;
  return groups.flatMap((group) => {
    const found = decideGroup({
      group,
      known,
      // What is earned is earned from nothing.
      start: (ladder) => decidedOn(ladder) ?? null,
      decide: (ladder, holdings) => {
        const decided = of.decided.get(ladder.key);
        const held = (of.supposed === undefined ? decided?.tier : of.supposed.get(ladder.key)) ?? null;
        const waivers = of.waivers.filter((one) => one.ladder === ladder.key);
        const rules = { program, ladder, partner, asOf, kpis, facts, waivers, holdings, spells };
        const evidence = computeTier({ ...rules, held });
        const told = decidedOn(ladder);
        const tier = told === undefined ? evidence.computedTier : told;
        return { outcome: evidence, holding: holdingAfter(ladder, mayReachOf(evidence), { tier }) };
      },
    });
    for (const [ladder, { holding }] of found) known.set(ladder.key, holding);
    return [...found.values()].map(({ outcome }) => outcome);
  });
}

/** As an evaluation takes them, in the order of the program. */
function figuresOf(program: Program, values: readonly KpiValue[]): KpiInput[] {
  const order = Object.keys(program.kpis);
  return values.toSorted((left, right) => order.indexOf(left.kpi) - order.indexOf(right.kpi)).map(kpiInput);
}
