import { computeAll } from '../kpi/compute-all.ts';
import { type Feed, loadFeeds } from '../kpi/freshness.ts';
import { kpisOfKeptTracks } from '../kpi/give-tracks.ts';
import { kpisOfLadders } from '../kpi/recompute-page.ts';
import { type RecordChange, recordChanges } from '../kpi/record-changes.ts';
import { kpiRecords } from '../kpi/records.ts';
import type { KpiValue } from '../kpi/types.ts';
import { instantOf } from '../model/clock.ts';
import { addDays, dayOf, startOfDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { programOn, startsOfVersions } from '../program/versions.ts';
import type { Executor } from '../store/store.ts';
import { hasCompanyLadders } from './company.ts';
import { computeTier } from './computed.ts';

import {
  evaluatePartner,
  type LadderOutcome,
  nextEvaluation,
  openStates,
  type PartnerOutcome,
} from './evaluate-partner.ts';
import type { FactInputs } from './fact-evidence.ts';
import { type FlippedRequirement, flippedRequirements } from './flipped.ts';
import { type KeptTrack, noted, trackGiven, withTracks } from './kept-track.ts';
import { grouped, kpiInput, loadInputs, type PartnerInputs, partnersInProgram } from './load.ts';

import { loadPartnerFacts } from './load-exceptions.ts';
import { spellsAfter } from './tier-spells.ts';
import type { Evidence, Movement, PartnerFacts } from './types.ts';

/** Something that time alone will do to a partner's tier. */
export interface ForecastEvent {
  partnerId: string;
  name: string | null;
  /** Day of the evaluation that does it. */
  day: string;
  ladder: string;
  movement: Movement;
  /** Labels; null for no tier. */
  fromTier: string | null;
  toTier: string | null;
  status: string;
  summary: string;
  /** Requirements that are met or not met from that day on, with the records that begin or end to count. */
  flipped: (FlippedRequirement & { records: RecordChange[] })[];
}

export interface ForecastRequest {
  program: Program;
  now: number;
  /** How many days ahead. */
  days: number;
  /** (Default: everybody) */
  partners?: readonly string[];
}

export interface Forecast {
  from: string;
  to: string;
  /** How many days were looked at: those on which something changes for somebody. */
  days: number;
  partners: number;
  events: ForecastEvent[];
}

/** A partner on its way through the days. */
interface Traveller {
  inputs: PartnerInputs;
  /** By ladder. */
  evidence: ReadonlyMap<string, Evidence>;
  /** Day of that evidence. */
  seenOn: string;
}

/** Records named for one requirement. */
const shownRecords = 3;

/**
 * Evaluates partners on the coming days on which something changes by time alone: window edges, certificates that begin or
 * end, reviews, the ends of grace, ramp and overrides, the first days of versions of the rules. The records are those of
 * today and keep coming in on time. Stores nothing.
 */
export async function forecastTiers(executor: Executor, request: ForecastRequest): Promise<Forecast> {
  const { now } = request;
  const from = dayOf(now, request.program.timeZone);
  const to = addDays(from, request.days);
  const partners = request.partners ?? (await partnersInProgram(executor));
  const due = new Map<string, Set<string>>([[from, new Set(partners)]]);
  const starts = await startsOfVersions(executor, request.program, { after: from, until: to });
  for (const day of starts) due.set(day, new Set(partners));
  const scope: Scope = {
    ...request,
    feeds: await loadFeeds(executor),
    travellers: new Map(),
    tracks: new Map(),
  };
  const forecast: Forecast = { from, to, days: 0, partners: partners.length, events: [] };
  const isOfCompanies = hasCompanyLadders(request.program);
  let last: string | undefined;
  for (let day: string | undefined = from; day !== undefined; day = earliest(due)) {
    const asked = [...due.get(day)!].sort();
    due.delete(day);
    if (day !== last) forecast.days += 1;
    last = day;
    for (const { partnerId, next, events } of await dayOn(executor, scope, { day, partners: asked })) {
      forecast.events.push(...events);
      // Who has its tier follows on the same day.
      if (isOfCompanies && events.length > 0)
        for (const id of familyOf(scope, partnerId)) due.set(day, (due.get(day) ?? new Set()).add(id));
      if (next !== null && next > day && next <= to)
        due.set(next, (due.get(next) ?? new Set()).add(partnerId));
    }
  }
  return forecast;
}

function earliest(due: ReadonlyMap<string, unknown>): string | undefined {
  return [...due.keys()].sort()[0];
}

/** The partners met so far that have the tier of this one. */
function familyOf({ travellers }: Scope, partnerId: string): string[] {
  return [...travellers.values()]
    .map(({ inputs }) => inputs)
    .filter(({ holders }) => [...(holders?.values() ?? [])].some((one) => one.partnerId === partnerId))
    .map((inputs) => inputs.partnerId);
}

/** The companies as they stand by then, where they were looked at. */
function holdersThen(
  { travellers }: Scope,
  { holders = new Map() }: PartnerInputs,
): PartnerInputs['holders'] {
  return new Map(
    [...holders].map(([ladder, holder]) => {
      const states = travellers.get(holder.partnerId)?.inputs.states;
      const state = states?.find((one) => one.ladder === ladder && !one.isClosed)?.state ?? holder.state;
      return [ladder, { ...holder, state }];
    }),
  );
}

type Scope = ForecastRequest & {
  feeds: readonly Feed[];
  travellers: Map<string, Traveller>;
  /** The tracks that partners are given on the way. */
  tracks: Map<string, KeptTrack>;
};

interface DayResult {
  partnerId: string;
  /** The next day on which something changes for it. */
  next: string | null;
  events: ForecastEvent[];
}

async function dayOn(
  executor: Executor,
  scope: Scope,
  { day, partners }: { day: string; partners: readonly string[] },
): Promise<DayResult[]> {
  const { now } = scope;
  const program = await programOn(executor, scope.program, { day, now });
  const at = Math.max(now, Date.parse(startOfDay(day, program.timeZone)));
  const feeds = scope.feeds.map((feed) => keptUp(feed, at - now));
  const compute = { program, asOf: day, now: at, feeds, tracks: scope.tracks };
  const kpis = [...kpisOfLadders(program), ...kpisOfKeptTracks(program)];
  const figures = async (asked: readonly string[]) =>
    await computeAll(executor, compute, { kpis, partners: asked });
  await meet(executor, scope, { program, partners, day });
  const known = partners.filter((id) => scope.travellers.has(id));
  const values = grouped(await figures(known), ({ partnerId }) => partnerId);
  const standing = known.map((id) => ({ id, facts: scope.travellers.get(id)!.inputs.partner }));
  const facts = new Map((await withTracks(executor, compute, standing)).map((one) => [one.id, one.facts]));
  // Another version of the rules may ask for other facts.
  const onFile = await loadPartnerFacts(executor, program, { partners: known, now });
  const results: DayResult[] = [];
  for (const partnerId of known) {
    results.push(
      await stepOf(executor, scope, {
        program,
        day,
        partnerId,
        values: values.get(partnerId) ?? [],
        partner: facts.get(partnerId)!,
        facts: { facts: onFile.facts.get(partnerId) ?? [], reason: onFile.reason },
      }),
    );
  }
  return results;
}

/** A feed that is read on time today is read on time then; one that is late, held or was never read stays so. */
function keptUp(feed: Feed, ms: number): Feed {
  return feed.completeTo === null
    ? feed
    : { ...feed, completeTo: instantOf(Date.parse(feed.completeTo) + ms) };
}

/** Loads the standing of partners that are looked at for the first time. */
async function meet(
  executor: Executor,
  { travellers, now }: Scope,
  { program, partners, day }: { program: Program; partners: readonly string[]; day: string },
): Promise<void> {
  const fresh = partners.filter((id) => !travellers.has(id));
  if (fresh.length === 0) return;
  const none = async () => [];
  for (const inputs of await loadInputs(executor, { program, partners: fresh, now, figures: none })) {
    travellers.set(inputs.partnerId, { inputs, evidence: new Map(), seenOn: day });
  }
}

async function stepOf(
  executor: Executor,
  scope: Scope,
  step: {
    program: Program;
    day: string;
    partnerId: string;
    values: readonly KpiValue[];
    partner: PartnerFacts;
    facts: FactInputs;
  },
): Promise<DayResult> {
  const { program, day, partnerId, values } = step;
  const { travellers } = scope;
  const traveller = travellers.get(partnerId)!;
  const holders = holdersThen(scope, traveller.inputs);
  const inputs = { ...traveller.inputs, kpis: values.map(kpiInput), facts: step.facts, holders };
  const kpis = new Map(inputs.kpis.map((one) => [one.kpi, one]));
  const track = trackGiven({ program, kpis, partner: step.partner }, day);
  if (track !== null) scope.tracks.set(partnerId, track);
  inputs.partner = track === null ? step.partner : noted(step.partner, track, day);
  const outcome = evaluatePartner(program, inputs, day);
  if (outcome.ladders.length === 0) return { partnerId, next: null, events: [] };
  const events: ForecastEvent[] = [];
  const seen = new Map<string, Evidence>();
  for (const one of outcome.ladders) {
    const { evidence, own } = eventsOn(inputs, outcome, { one, program, day });
    seen.set(one.ladder.key, evidence);
    if (own.length > 0) await addCauses(executor, { ...step, traveller, evidence, event: own[0]! });
    events.push(...own);
  }
  const states = openStates(outcome, inputs.states);
  const spells = spellsAfter(inputs.spells, { outcome, day });
  travellers.set(partnerId, {
    inputs: { ...inputs, absorbed: [], states, spells },
    evidence: seen,
    seenOn: day,
  });
  return { partnerId, next: nextDay(outcome, { values, program }), events };
}

/** What happens on one ladder, and the evidence that it is compared with later. */
function eventsOn(
  inputs: PartnerInputs,
  { partnerId, name }: PartnerOutcome,
  { one, program, day }: { one: LadderOutcome; program: Program; day: string },
): { evidence: Evidence; own: ForecastEvent[] } {
  const { ladder, holdings } = one;
  const { kpis, partner, facts, spells } = inputs;
  const standing = inputs.states.find((each) => each.ladder === ladder.key && !each.isClosed)?.state;
  const held = standing?.tier ?? null;
  const waivers = inputs.waivers.filter((each) => each.ladder === ladder.key);
  const rules = { program, ladder, kpis, partner, asOf: day, held, facts, waivers, holdings, spells };
  const evidence = one.evidence.inherited === undefined ? computeTier(rules) : one.evidence;
  const before = standing?.status ?? null;
  return { evidence, own: eventsOf(one, { partnerId, name, day, evidence, before }) };
}

/** Decisions that people would notice: those that only name other requirements as missing are none. */
function eventsOf(
  { decisions }: LadderOutcome,
  of: { partnerId: string; name: string | null; day: string; evidence: Evidence; before: string | null },
): ForecastEvent[] {
  const { partnerId, name, day, evidence, before } = of;
  const label = (key: string | null) => evidence.tiers.find(({ tier }) => tier === key)?.label ?? key;
  const noticed = decisions.filter(
    ({ decision }) => decision.movement !== 'keep' || decision.status !== before,
  );
  return noticed.map(({ ladder, decision }) => ({
    partnerId,
    name,
    day,
    ladder,
    movement: decision.movement,
    fromTier: label(decision.fromTier),
    toTier: label(decision.toTier),
    status: decision.status,
    summary: decision.summary,
    flipped: [],
  }));
}

async function addCauses(
  executor: Executor,
  cause: {
    program: Program;
    day: string;
    partnerId: string;
    traveller: Traveller;
    evidence: Evidence;
    event: ForecastEvent;
  },
): Promise<void> {
  const { program, day, partnerId, traveller, evidence, event } = cause;
  const seen = traveller.evidence.get(evidence.ladder);
  if (seen === undefined) return;
  for (const flipped of flippedRequirements(seen, evidence)) {
    const list = async (asOf: string) =>
      await kpiRecords(executor, { program, kpi: flipped.kpi!, partnerId, now: Date.parse(asOf), asOf });
    const records = flipped.kpi === null ? [] : recordChanges(await list(traveller.seenOn), await list(day));
    event.flipped.push({ ...flipped, records: records.slice(0, shownRecords) });
  }
}

/** The first day after this evaluation on which time changes a figure of the ladders, or the calendar asks for another. */
function nextDay(
  outcome: PartnerOutcome,
  { values, program }: { values: readonly KpiValue[]; program: Program },
): string | null {
  const changes = values.flatMap(({ nextChangeAt }) =>
    nextChangeAt === null ? [] : [dayOf(Date.parse(nextChangeAt), program.timeZone)],
  );
  return [...changes, nextEvaluation(outcome)].reduce<string | null>(
    (first, day) => (day !== null && (first === null || day < first) ? day : first),
    null,
  );
}
