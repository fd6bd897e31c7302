import { computeAll } from '../../kpi/compute-all.ts';
import { type Feed, loadFeeds } from '../../kpi/freshness.ts';
import { kpisOfKeptTracks } from '../../kpi/give-tracks.ts';
import { newPopulation, type Population, populationOnAnotherDay } from '../../kpi/population.ts';
import { kpisOfLadders } from '../../kpi/recompute-page.ts';
import type { KpiValue } from '../../kpi/types.ts';
import { instantOf } from '../../model/clock.ts';
import { addDays, dayOf, startOfDay } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import { programOn, startsOfVersions } from '../../program/versions.ts';
import type { Executor } from '../../store/store.ts';
import { companiesFirst, companyIds } from '../company/company.ts';
import { ladderInputs } from '../due.ts';
import {
  changesLadder,
  evaluatePartner,
  nextByCalendar,
  openStates,
  type PartnerOutcome,
} from '../evaluate-partner.ts';
import { type KeptTrack, noted, trackGiven, withTracks } from '../kept-track.ts';
import {
  grouped,
  kpiInput,
  type LadderState,
  loadInputs,
  type PartnerInputs,
  partnersInProgram,
} from '../load.ts';
import { spellsAfter } from '../tier-spells.ts';
import type { Evidence, PartnerFacts, TierSpells } from '../types.ts';
import { addCauses, eventsOn, type ForecastEvent } from './forecast-events.ts';

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

/** The rules from a day on, and what was computed by them on the way. */
interface Version {
  from: string;
  program: Program;
  /** Whether somebody joins or leaves a ladder; nobody does while some of the inputs were never read. */
  mayJoin: boolean;
  population: Population;
  values: Map<string, KpiValue>;
}

/** A partner on its way through the days. */
interface Traveller {
  /** What the rules of each version ask of it, as it is today. */
  asked: ReadonlyMap<Version, PartnerInputs>;
  /** What it held, as the rules of each version look back on it. */
  spells: ReadonlyMap<Version, ReadonlyMap<string, TierSpells>>;
  states: LadderState[];
  absorbed: PartnerInputs['absorbed'];
  /** By ladder. */
  evidence: ReadonlyMap<string, Evidence>;
  /** Day of that evidence. */
  seenOn: string;
}

type Scope = ForecastRequest & {
  feeds: readonly Feed[];
  versions: readonly Version[];
  travellers: Map<string, Traveller>;
  /** By company those that have its tier. */
  families: Map<string, Set<string>>;
  /** The tracks that partners are given on the way. */
  tracks: Map<string, KeptTrack>;
};

/**
 * Evaluates partners on the coming days on which something changes by time alone: window edges, certificates that begin or
 * end, reviews, the ends of grace, ramp and overrides, the first days of versions of the rules. The records are those of
 * today and keep coming in on time. Stores nothing.
 */
export async function forecastTiers(executor: Executor, request: ForecastRequest): Promise<Forecast> {
  const from = dayOf(request.now, request.program.timeZone);
  const to = addDays(from, request.days);
  const partners = request.partners ?? (await partnersInProgram(executor));
  const asked = new Set(partners);
  const scope: Scope = {
    ...request,
    feeds: await loadFeeds(executor),
    versions: await versionsFrom(executor, request, { from, to }),
    travellers: new Map(),
    families: new Map(),
    tracks: new Map(),
  };
  await meet(executor, scope, { partners, day: from });
  const everybody = [...scope.travellers.keys()];
  const due = new Map(scope.versions.map((version) => [version.from, new Set(everybody)]));
  const forecast: Forecast = { from, to, days: 0, partners: partners.length, events: [] };
  let last: string | undefined;
  for (let day = earliest(due); day !== undefined; day = earliest(due)) {
    const ids = [...due.get(day)!].sort();
    due.delete(day);
    if (day !== last) forecast.days += 1;
    last = day;
    for (const { partnerId, next, events } of await dayOn(executor, scope, { day, partners: ids })) {
      if (asked.has(partnerId)) forecast.events.push(...events);
      // Who has its tier follows on the same day.
      const family = events.length === 0 ? [] : (scope.families.get(partnerId) ?? []);
      for (const id of family) due.set(day, (due.get(day) ?? new Set()).add(id));
      if (next !== null && next > day && next <= to)
        due.set(next, (due.get(next) ?? new Set()).add(partnerId));
    }
  }
  return forecast;
}

/** The versions of the rules that hold in some days, the first one first. */
async function versionsFrom(
  executor: Executor,
  { program, now }: ForecastRequest,
  { from, to }: { from: string; to: string },
): Promise<Version[]> {
  const starts = await startsOfVersions(executor, program, { after: from, until: to });
  const versions: Version[] = [];
  for (const day of [from, ...starts]) {
    const own = await programOn(executor, program, { day, now });
    const mayJoin = (await ladderInputs(executor, own, now)).unread === null;
    versions.push({ from: day, program: own, mayJoin, population: newPopulation(), values: new Map() });
  }
  return versions;
}

function earliest(due: ReadonlyMap<string, unknown>): string | undefined {
  return [...due.keys()].sort()[0];
}

/** The companies as they stand by then. */
function holdersThen(
  { travellers }: Scope,
  { holders = new Map() }: PartnerInputs,
): PartnerInputs['holders'] {
  return new Map(
    [...holders].map(([ladder, holder]) => {
      const states = travellers.get(holder.partnerId)?.states;
      const state = states?.find((one) => one.ladder === ladder && !one.isClosed)?.state ?? holder.state;
      return [ladder, { ...holder, state }];
    }),
  );
}

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
  const { now, travellers } = scope;
  const version = scope.versions.findLast(({ from }) => from <= day)!;
  const { program } = version;
  const at = Math.max(now, Date.parse(startOfDay(day, program.timeZone)));
  const feeds = scope.feeds.map((feed) => keptUp(feed, at - now));
  version.population = populationOnAnotherDay(version.population);
  const { population, values: earlier } = version;
  const compute = { program, asOf: day, now: at, feeds, tracks: scope.tracks, population, earlier };
  const kpis = [...kpisOfLadders(program), ...kpisOfKeptTracks(program)];
  const known = partners.flatMap((id) => {
    const inputs = travellers.get(id)?.asked.get(version);
    return inputs === undefined ? [] : [inputs];
  });
  const ids = known.map(({ partnerId }) => partnerId);
  const values = grouped(
    await computeAll(executor, compute, { kpis, partners: ids }),
    ({ partnerId }) => partnerId,
  );
  const standing = known.map(({ partnerId: id, partner }) => ({ id, facts: partner }));
  const facts = new Map((await withTracks(executor, compute, standing)).map((one) => [one.id, one.facts]));
  const results: DayResult[] = [];
  for (const { partnerId } of companiesFirst(known, companyIds))
    results.push(
      await stepOf(executor, scope, {
        version,
        day,
        partnerId,
        values: values.get(partnerId) ?? [],
        partner: facts.get(partnerId)!,
      }),
    );
  return results;
}

/** A feed that is read on time today is read on time then; one that is late, held or was never read stays so. */
function keptUp(feed: Feed, ms: number): Feed {
  return feed.completeTo === null
    ? feed
    : { ...feed, completeTo: instantOf(Date.parse(feed.completeTo) + ms) };
}

/** Loads the standing of partners, and of the companies whose tiers they have. */
async function meet(
  executor: Executor,
  scope: Scope,
  { partners, day }: { partners: readonly string[]; day: string },
): Promise<void> {
  const none = async () => [];
  const { travellers, families, versions, now } = scope;
  for (let fresh = [...partners]; fresh.length > 0; ) {
    const loaded = new Map<string, Map<Version, PartnerInputs>>();
    for (const version of versions) {
      const request = { program: version.program, partners: fresh, now, figures: none };
      for (const inputs of await loadInputs(executor, request)) {
        const own = loaded.get(inputs.partnerId) ?? new Map<Version, PartnerInputs>();
        loaded.set(inputs.partnerId, own.set(version, inputs));
      }
    }
    const above = new Set<string>();
    for (const [partnerId, asked] of loaded) {
      const { states, absorbed } = asked.get(versions[0]!)!;
      const spells = new Map([...asked].map(([version, { spells: own = new Map() }]) => [version, own]));
      const start = { asked, spells, states, absorbed, evidence: new Map(), seenOn: day };
      travellers.set(partnerId, start);
      for (const { holders = new Map() } of asked.values())
        for (const { partnerId: company } of holders.values()) {
          above.add(company);
          families.set(company, (families.get(company) ?? new Set()).add(partnerId));
        }
    }
    fresh = [...above].filter((id) => !travellers.has(id));
  }
}

async function stepOf(
  executor: Executor,
  scope: Scope,
  step: {
    version: Version;
    day: string;
    partnerId: string;
    values: readonly KpiValue[];
    partner: PartnerFacts;
  },
): Promise<DayResult> {
  const { version, day, partnerId, values } = step;
  const { program } = version;
  const { travellers } = scope;
  const traveller = travellers.get(partnerId)!;
  const asked = traveller.asked.get(version)!;
  const { states, absorbed } = traveller;
  const spells = traveller.spells.get(version) ?? new Map();
  const inputs = {
    ...asked,
    states,
    absorbed,
    spells,
    kpis: values.map(kpiInput),
    holders: holdersThen(scope, asked),
  };
  if (!version.mayJoin && changesLadder(program, inputs)) return { partnerId, next: null, events: [] };
  const kpis = new Map(inputs.kpis.map((one) => [one.kpi, one]));
  const track = trackGiven({ program, kpis, partner: step.partner }, day);
  if (track !== null) scope.tracks.set(partnerId, track);
  inputs.partner = track === null ? step.partner : noted(step.partner, track, day);
  const outcome = evaluatePartner(program, inputs, day);
  if (outcome.ladders.length === 0) return { partnerId, next: null, events: [] };
  const events: ForecastEvent[] = [];
  const seen = new Map<string, Evidence>();
  for (const one of outcome.ladders) {
    const { evidence, standing, own } = eventsOn(inputs, outcome, { one, program, day });
    const known = { seen: traveller.evidence.get(one.ladder.key), seenOn: traveller.seenOn };
    seen.set(one.ladder.key, evidence);
    const ladderDay = { program, day, partnerId, standing, evidence, ...known };
    await addCauses(executor, ladderDay, own);
    events.push(...own);
  }
  const made = { outcome, day };
  travellers.set(partnerId, {
    asked: traveller.asked,
    spells: new Map([...traveller.spells].map(([each, known]) => [each, spellsAfter(known, made)])),
    states: openStates(outcome, states),
    absorbed: [],
    evidence: seen,
    seenOn: day,
  });
  return { partnerId, next: nextDay(outcome, { inputs, values, program, day }), events };
}

/** The first day after this evaluation on which time changes a figure of the ladders, or the calendar asks for another. */
function nextDay(
  outcome: PartnerOutcome,
  of: { inputs: PartnerInputs; values: readonly KpiValue[]; program: Program; day: string },
): string | null {
  const { inputs, values, program, day } = of;
  const changes = values.map(({ nextChangeAt }) =>
    nextChangeAt === null ? null : dayOf(Date.parse(nextChangeAt), program.timeZone),
  );
  const ahead = [...changes, nextByCalendar(outcome, inputs, day)];
  return ahead.filter((one) => one !== null).sort()[0] ?? null;
}
