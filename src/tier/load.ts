import { TierlinkError } from '../errors.ts';
import { loadFeeds } from '../kpi/freshness.ts';
import { readKpis } from '../kpi/read.ts';
import type { KpiValue, StateReason } from '../kpi/types.ts';
import { columnOf } from '../model/entities.ts';
import type { DecisionState } from '../model/states.ts';
import { readableAttributes } from '../program/attribute-path.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { alive } from '../store/alive.ts';
import { ofCrm } from '../store/crm-rows.ts';
import type { Executor } from '../store/store.ts';
import { loadAsked } from './asked.ts';
import { type Holder, loadHolders } from './company/company.ts';
import type { FactInputs } from './explain/fact-evidence.ts';
import type { AskedMove } from './gate.ts';
import { withTracks } from './kept-track.ts';
import { loadOverrides, loadPartnerFacts, loadWaivers } from './load-exceptions.ts';
import { loadSpells } from './tier-spells.ts';
import type {
  AdoptedTier,
  KpiInput,
  MayReach,
  Override,
  PartnerFacts,
  PendingTier,
  TierMode,
  TierSpells,
  TierState,
  Waiver,
} from './types.ts';

export interface LadderState {
  ladder: string;
  state: TierState;
  isClosed: boolean;
}

/** Everything about one partner that an evaluation asks for. */
export interface PartnerInputs {
  partnerId: string;
  partner: PartnerFacts;
  kpis: KpiInput[];
  /** Every ladder that the partner is or was on. */
  states: LadderState[];
  /** Open states of partners that were merged into this one and are not taken over yet. */
  absorbed: (LadderState & { partnerId: string })[];
  overrides: (Override & { ladder: string })[];
  waivers: (Waiver & { ladder: string })[];
  /** The facts that requirements of the program ask for. */
  facts: FactInputs;
  mode: TierMode;
  /** By ladder the partner at the top of the company, where the tier is that of the company. (Default: none) */
  holders?: ReadonlyMap<string, Holder>;
  /** By ladder what it held there, where rules look back on that. (Default: nothing is recorded) */
  spells?: ReadonlyMap<string, TierSpells>;
  /** Changes of its tier that a person was asked about, the first one first; those that are made or left out are not there. */
  asked: AskedMove[];
}

export interface InputsRequest {
  program: Program;
  partners: readonly string[];
  now: number;
  /** KPIs whose figures are asked for. (Default: all of the program) */
  kpis?: ReadonlySet<string>;
  /** Where the figures come from. (Default: the stored ones, as they stand now) */
  figures?: (partners: readonly string[]) => Promise<KpiValue[]>;
}

/** Loads a page of partners; those that are deleted, merged or out of scope are left out. */
export async function loadInputs(executor: Executor, request: InputsRequest): Promise<PartnerInputs[]> {
  const { program, partners, now } = request;
  const day = dayOf(now, program.timeZone);
  const facts = await withTracks(executor, { program, asOf: day }, await loadFacts(executor, partners));
  const ids = facts.map(({ id }) => id);
  // Before what they are about: what comes in between is taken for late, never for complete.
  const feeds = await loadFeeds(executor);
  const stored = (asked: readonly string[]) =>
    readKpis(executor, { program, partners: asked, now, only: request.kpis, feeds });
  const kpis = grouped(await (request.figures ?? stored)(ids), ({ partnerId }) => partnerId);
  const families = await loadFamilies(executor, ids);
  const all = [...ids, ...families.keys()];
  const states = grouped(
    await loadStates(executor, program, all),
    ({ partnerId }) => families.get(partnerId) ?? partnerId,
  );
  const overrides = grouped(
    await loadOverrides(executor, program, all),
    ({ partnerId }) => families.get(partnerId) ?? partnerId,
  );
  const waivers = grouped(
    await loadWaivers(executor, program, all),
    ({ partnerId }) => families.get(partnerId) ?? partnerId,
  );
  const partnerFacts = await loadPartnerFacts(executor, program, { partners: ids, now, feeds });
  const owned = await ownedPartners(executor, ids);
  const asked = await loadAsked(executor, program, ids);
  const spells = await loadSpells(executor, program, {
    partners: ids,
    families,
    asOf: day,
    before: 'infinity',
  });
  const holders = await loadHolders(executor, program, facts);
  return facts.map(({ id, facts: partner }) => ({
    partnerId: id,
    partner,
    kpis: (kpis.get(id) ?? []).map(kpiInput),
    states: (states.get(id) ?? []).filter(({ partnerId }) => partnerId === id),
    absorbed: (states.get(id) ?? []).filter(({ partnerId, isClosed }) => partnerId !== id && !isClosed),
    overrides: overrides.get(id) ?? [],
    waivers: waivers.get(id) ?? [],
    facts: { facts: partnerFacts.facts.get(id) ?? [], late: partnerFacts.late },
    mode: owned.has(id) ? 'owned' : 'shadow',
    holders: holders.get(id) ?? new Map(),
    spells: spells.get(id) ?? new Map(),
    asked: asked.get(id) ?? [],
  }));
}

/** A figure as an evaluation takes it. */
export function kpiInput(value: KpiInput): KpiInput {
  const { kpi, unit, currency, state, stateReason, numerator, denominator, empty } = value;
  const { counted, excluded, excludedBy, inputsCompleteTo, score, rank } = value;
  return {
    kpi,
    unit,
    currency,
    state,
    stateReason,
    numerator,
    denominator,
    empty,
    counted,
    excluded,
    excludedBy,
    inputsCompleteTo,
    ...(score === undefined ? {} : { score }),
    ...(rank === undefined ? {} : { rank }),
  };
}

/** The attributes of partners that are in the program, as rules read them. */
export async function loadFacts(
  executor: Executor,
  partners: readonly string[],
): Promise<{ id: string; facts: PartnerFacts }[]> {
  const rows = await executor.query<
    Record<string, PartnerFacts[string]> & { id: string; extra: PartnerFacts }
  >(
    `select * from tierlink.partner where id = any($1::text[])
       and ${alive('partner')} order by id collate "C"`,
    [partners],
  );
  return rows.map((row) => {
    const own = readableAttributes('partner').map(([name]) => [name, row[columnOf(name)] ?? null] as const);
    const extra = Object.entries(row.extra).map(([name, value]) => [`extra.${name}`, value] as const);
    return { id: row.id, facts: Object.fromEntries([...own, ...extra]) };
  });
}

/** Everybody who is in the program, whether on a ladder or not, in the order of their ids. */
export async function partnersInProgram(executor: Executor): Promise<string[]> {
  const rows = await executor.query<{ id: string }>(
    `select id from tierlink.partner where ${alive('partner')}
     order by id collate "C"`,
  );
  return rows.map(({ id }) => id);
}

interface StateRow {
  partner_id: string;
  ladder: string;
  tier: string | null;
  since: string | null;
  status: string;
  computed_tier: string | null;
  next_review: string | null;
  ramp_until: string | null;
  grace_until: string | null;
  below_since: string | null;
  warned_on: string | null;
  mode: string;
  adopted: AdoptedTier | null;
  frozen_reason: StateReason | null;
  may_reach: MayReach | null;
  pending: PendingTier | null;
  inherited_from: string | null;
  override_id: string | null;
  locked_until: string | null;
  more_up_on: string | null;
  summary: string | null;
  missing: string[];
  decision_id: string | null;
  closed_at: string | null;
}

/** Where partners stand or stood. */
export async function loadStates(
  executor: Executor,
  program: Program,
  partners: readonly string[],
): Promise<(LadderState & { partnerId: string })[]> {
  const rows = await executor.query<StateRow & Record<string, unknown>>(
    `select partner_id, ladder, tier, since, status, computed_tier, next_review, ramp_until, grace_until, below_since,
            warned_on, mode, adopted, frozen_reason, may_reach, pending, inherited_from, override_id, locked_until,
            more_up_on, summary, missing, decision_id, closed_at
     from tierlink.tier_state where program = $1 and partner_id = any($2::text[]) order by ladder collate "C"`,
    [program.name, partners],
  );
  return rows.map((row) => ({
    partnerId: row.partner_id,
    ladder: row.ladder,
    state: stateOf(row),
    isClosed: row.closed_at !== null,
  }));
}

function stateOf(row: StateRow): TierState {
  return {
    tier: row.tier,
    since: row.since,
    status: row.status as DecisionState,
    computedTier: row.computed_tier,
    nextReview: row.next_review,
    rampUntil: row.ramp_until,
    graceUntil: row.grace_until,
    belowSince: row.below_since,
    warnedOn: row.warned_on,
    mode: row.mode === 'owned' ? 'owned' : 'shadow',
    adopted: row.adopted,
    frozenReason: row.frozen_reason,
    mayReach: row.may_reach,
    pending: row.pending,
    inheritedFrom: row.inherited_from,
    overrideId: row.override_id,
    lockedUntil: row.locked_until,
    moreUpOn: row.more_up_on,
    summary: row.summary ?? '',
    missing: row.missing,
    decisionId: row.decision_id,
  };
}

/** Partners that were merged, directly or not, into the given ones: loser to survivor. */
export async function loadFamilies(
  executor: Executor,
  partners: readonly string[],
): Promise<Map<string, string>> {
  const rows = await executor.query<{ survivor: string; loser: string }>(
    `with recursive family(survivor, loser) as (
       select p.merged_into, p.id from tierlink.partner p where p.merged_into = any($1::text[])
       union
       select f.survivor, p.id from family f join tierlink.partner p on p.merged_into = f.loser)
     select survivor, loser from family order by loser collate "C"`,
    [partners],
  );
  return new Map(rows.map(({ survivor, loser }) => [loser, survivor]));
}

/** A partner as people know it, for what is said of one that may have left the program: its name, else its id. */
export async function partnerLabel(executor: Executor, id: string): Promise<string> {
  const [row] = await executor.query<{ name: string | null }>(
    'select name from tierlink.partner where id = $1',
    [id],
  );
  return row?.name ?? id;
}

/** Why a partner that is on record is not in the program, as PARTNER_OUTSIDE. */
export async function outsideError(executor: Executor, id: string): Promise<TierlinkError> {
  const [row] = await executor.query<{ name: string | null; isDeleted: boolean }>(
    'select name, deleted_at is not null as "isDeleted" from tierlink.partner where id = $1',
    [id],
  );
  const reason = row?.isDeleted
    ? 'it was deleted in the CRM'
    : 'no connection has it in the scope of its mapping';
  return new TierlinkError('PARTNER_OUTSIDE', { partner: row?.name ?? id, reason });
}

/** Partners whose tier the program moves: linked to a connection that it owns tiers in, or to none at all but files. */
async function ownedPartners(executor: Executor, partners: readonly string[]): Promise<Set<string>> {
  const rows = await executor.query<{ id: string }>(
    `select asked.id from unnest($1::text[]) as asked(id)
     where not exists (select from tierlink.link l where l.entity = 'partner' and l.record_id = asked.id
         and ${ofCrm('l')})
        or exists (select from tierlink.link l join tierlink.connection c on c.id = l.connection
                   where l.entity = 'partner' and l.record_id = asked.id and c.tier_mode = 'owned')`,
    [partners],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Items by a key of theirs, in the order in which they come. */
export function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
