import type { Fraction } from 'fraction.js';
import { type Feed, loadFeeds } from '../kpi/freshness.ts';
import type { GoalState } from '../model/states.ts';
import { nameKey } from '../model/values.ts';
import { addDays, dayOf, daysBetween, earlierDay } from '../program/civil-date.ts';
import { exact, partsOf } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import { atPeriodEnd } from '../program/period-end.ts';
import { currentPeriod, type NamedPeriod, periodNamed } from '../program/period-names.ts';
import { groupsOf, regionOfCountry } from '../program/regions.ts';
import type { Goal } from '../program/schema/method.ts';
import { thresholdValue } from '../program/threshold.ts';
import { alive } from '../store/alive.ts';
import type { Executor } from '../store/store.ts';
import { windowDays } from '../tier/explain/window-words.ts';
import { missWords, type Quantity, quantityText } from '../tier/explain/wording.ts';
import { loadFacts } from '../tier/load.ts';
import { apartReason } from '../tier/method/method-inputs.ts';
import { reachedOf, shareText } from '../tier/reached.ts';
import type { PartnerFacts } from '../tier/types.ts';
import { figuresAtEnd, figuresKept } from './goal-figures.ts';

/** A goal of the program for one period beside what came of it. */
export interface GoalOutcome {
  label: string;
  kpi: string | null;
  /** Who counts, in words; empty for every partner. */
  who: string[];
  period: NamedPeriod;
  /** Days of the period that are left, today included; 0 once it is over. */
  daysLeft: number;
  goal: string;
  /** So far, in words; null where it is not known, and before the period has begun. */
  actual: string | null;
  /** Of a KPI: the days that its figure looks at, in words; null where it looks at none, and before the period has begun. */
  window: string | null;
  /** The first of those days; null where there is none. */
  windowFrom: string | null;
  /** Percent of the goal, at most 100, with one digit. */
  reached: string | null;
  state: GoalState;
  /** Of new partners: who they are, with their first day. */
  partners: { id: string; name: string; startedOn: string }[];
  /** Partners of whom is not known whether they count, because their type, country, first day or figure is missing. */
  unknown: number;
}

interface Scope {
  program: Program;
  now: number;
  /** The goals of the periods in which this day lies. */
  day: string;
}

/**
 * The goals whose period has the day in it, beside the partners of today. A period that is over is looked at as of the day
 * after its last one, by the records of today; a running one by the figures that are kept. Reads only.
 */
export async function readGoals(executor: Executor, scope: Scope): Promise<GoalOutcome[]> {
  const { program, day } = scope;
  const asked = program.goals.flatMap((goal) => {
    const found = goalOn(program, goal, day);
    return found === null ? [] : [{ goal, ...found }];
  });
  if (asked.length === 0) return [];
  const today = dayOf(scope.now, program.timeZone);
  const partners = (await allPartners(executor)).filter(({ facts }) => apartReason(facts, today) === null);
  const outcomes: GoalOutcome[] = [];
  const feeds = asked.some(({ goal }) => goal.kpi !== undefined) ? await loadFeeds(executor) : [];
  for (const { goal, period, wanted } of asked) {
    const own = counted(program, goal, partners);
    const { kpi } = goal;
    outcomes.push(
      kpi === undefined
        ? recruited(scope, { goal, period, wanted, own })
        : await totalled({ executor, scope, feeds }, { goal: { ...goal, kpi }, period, wanted, own }),
    );
  }
  return outcomes;
}

/** With what the goals of KPIs are read. */
interface Reading {
  executor: Executor;
  scope: Scope;
  feeds: readonly Feed[];
}

/** What a goal asks for in its period with that day in it; null where it names other periods only. */
function goalOn(program: Program, goal: Goal, day: string): { period: NamedPeriod; wanted: Fraction } | null {
  const figure = goal.newPartners ?? goal.atLeast!;
  if (typeof figure !== 'object') {
    const period = currentPeriod({ ...program, period: goal.every ?? program.period }, day);
    return { period, wanted: thresholdValue(program, figure)! };
  }
  for (const [name, own] of Object.entries(figure)) {
    const period = periodNamed(program, name)!;
    if (period.startsOn <= day && day <= period.endsOn)
      return { period, wanted: thresholdValue(program, own)! };
  }
  return null;
}

interface PartnerOf {
  id: string;
  facts: PartnerFacts;
}

const pageSize = 500;

async function allPartners(executor: Executor): Promise<PartnerOf[]> {
  const ids = await executor.query<{ id: string }>(
    `select id from tierlink.partner where ${alive('partner')}
     order by lower(name) collate "C", id collate "C"`,
  );
  const partners = new Map<string, PartnerOf>();
  for (let from = 0; from < ids.length; from += pageSize) {
    const page = ids.slice(from, from + pageSize).map(({ id }) => id);
    for (const one of await loadFacts(executor, page)) partners.set(one.id, one);
  }
  return ids.flatMap(({ id }) => partners.get(id) ?? []);
}

interface Counted {
  partners: PartnerOf[];
  /** Partners that would count if what is missing were as asked. */
  unknown: PartnerOf[];
}

function counted(program: Program, goal: Goal, partners: readonly PartnerOf[]): Counted {
  const all: Counted = { partners: [], unknown: [] };
  for (const partner of partners) {
    const answers = [typeFits, regionFits, countryFits].map((fits) => fits(program, goal, partner.facts));
    if (answers.includes(false)) continue;
    (answers.includes(undefined) ? all.unknown : all.partners).push(partner);
  }
  return all;
}

/** Undefined where the partner does not say. */
type Fits = (program: Program, goal: Goal, facts: PartnerFacts) => boolean | undefined;

const typeFits: Fits = (_program, { partnerTypes }, { types }) => {
  if (partnerTypes === undefined) return true;
  const own = Array.isArray(types) ? types : [];
  return own.length === 0 ? undefined : own.some((type) => partnerTypes.includes(type));
};

const regionFits: Fits = ({ regions: known }, { regions }, facts) => {
  if (regions === undefined || known === undefined) return true;
  const country = facts[known.by];
  const own = regionOfCountry(known, typeof country === 'string' ? country : null);
  if (own === null) return isBlank(country) ? undefined : false;
  return [own, ...groupsOf(known, own).map(({ key }) => key)].some((key) => regions.includes(key));
};

const countryFits: Fits = (_program, { countries }, { country }) => {
  if (countries === undefined) return true;
  if (isBlank(country)) return undefined;
  return countries.some((one) => nameKey(one) === nameKey(String(country)));
};

function isBlank(value: PartnerFacts[string] | undefined): boolean {
  return value === undefined || value === null || String(value).trim() === '';
}

/** Where a period stands today. */
function phaseOf({ program, now }: Scope, { startsOn, endsOn }: NamedPeriod): 'ahead' | 'running' | 'over' {
  const today = dayOf(now, program.timeZone);
  if (today < startsOn) return 'ahead';
  return endsOn < today ? 'over' : 'running';
}

/** As far as a period has come: its last day, or today. */
function lastDay({ program, now }: Scope, { endsOn }: NamedPeriod): string {
  return earlierDay(dayOf(now, program.timeZone), endsOn);
}

interface Asked<G extends Goal = Goal> {
  goal: G;
  period: NamedPeriod;
  wanted: Fraction;
  own: Counted;
}

/** New partners: those whose first day lies in the period, as far as it has come. */
function recruited(scope: Scope, asked: Asked): GoalOutcome {
  const { startsOn } = asked.period;
  const last = lastDay(scope, asked.period);
  const started = ({ facts: { startedOn } }: PartnerOf) =>
    typeof startedOn === 'string' && startsOn <= startedOn && startedOn <= last;
  const partners = asked.own.partners.filter(started).map(({ id, facts: { name, startedOn } }) => ({
    id,
    name: typeof name === 'string' ? name : id,
    startedOn: String(startedOn),
  }));
  const undated = [...asked.own.partners, ...asked.own.unknown].filter(
    ({ facts }) => facts.startedOn == null,
  );
  const outcome = outcomeOf(scope, asked, {
    actual: exact(partners.length),
    unknown: asked.own.unknown.filter(started).length + undated.length,
    quantity: { unit: 'count', currency: null },
  });
  return { ...outcome, partners };
}

/** The figures of all partners together that had started by the end of the period, or by today. */
async function totalled(
  { executor, scope, feeds }: Reading,
  asked: Asked<Goal & { kpi: string }>,
): Promise<GoalOutcome> {
  const { program, now } = scope;
  const { unit } = program.kpis[asked.goal.kpi]!;
  const quantity = { unit, currency: unit === 'money' ? program.currency.code : null };
  const last = lastDay(scope, asked.period);
  const hadStarted = ({ facts: { startedOn } }: PartnerOf) =>
    typeof startedOn !== 'string' || startedOn <= last;
  const ids = asked.own.partners.filter(hadStarted).map(({ id }) => id);
  const phase = phaseOf(scope, asked.period);
  const wanted = { program, now, kpi: asked.goal.kpi, partners: ids };
  const known =
    phase === 'over'
      ? await figuresAtEnd(executor, { ...wanted, endsOn: last, feeds })
      : phase === 'running'
        ? await figuresKept(executor, wanted)
        : new Map<string, string | null>();
  const figures = ids.flatMap((id) => known.get(id) ?? []);
  const rules = phase === 'over' ? atPeriodEnd(program, last) : program;
  const [window] = windowDays(rules, [asked.goal.kpi], phase === 'over' ? addDays(last, 1) : last);
  const outcome = outcomeOf(scope, asked, {
    actual: figures.length === 0 ? null : figures.reduce((sum, one) => sum.add(exact(one)), exact(0)),
    unknown: asked.own.unknown.filter(hadStarted).length + ids.length - figures.length,
    quantity,
  });
  if (phase === 'ahead' || window === undefined) return outcome;
  return { ...outcome, window: window.words, windowFrom: window.from };
}

interface Found {
  actual: Fraction | null;
  unknown: number;
  quantity: Quantity;
}

function outcomeOf(
  scope: Scope,
  { goal, period, wanted }: Asked,
  { actual, unknown, quantity }: Found,
): GoalOutcome {
  const { program, now } = scope;
  const phase = phaseOf(scope, period);
  const daysLeft = Math.max(0, daysThrough(dayOf(now, program.timeZone), period));
  const open = phase === 'over' ? 'missed' : 'running';
  const found = phase === 'ahead' ? null : actual;
  return {
    label: goal.label,
    kpi: goal.kpi ?? null,
    who: goalScope(program, goal),
    period,
    daysLeft,
    goal: quantityText(wanted, quantity),
    actual: found === null ? null : actualWords(found, wanted, quantity),
    window: null,
    windowFrom: null,
    reached: found === null ? null : shareText(reachedOf(found, { target: wanted, better: 'higher' })),
    state: phase === 'ahead' ? 'ahead' : found === null ? 'unknown' : found.gte(wanted) ? 'reached' : open,
    partners: [],
    unknown: phase === 'ahead' ? 0 : unknown,
  };
}

/** What misses the goal never reads like it. */
function actualWords(actual: Fraction, wanted: Fraction, quantity: Quantity): string {
  return actual.gte(wanted) ? quantityText(actual, quantity) : missWords(partsOf(actual), wanted, quantity);
}

/** Days of a period from today on; all of one that has not begun. */
function daysThrough(today: string, { startsOn, endsOn }: NamedPeriod): number {
  return daysBetween(today < startsOn ? startsOn : today, endsOn) + 1;
}

/** Who counts for a goal, in words: labels of types and regions, and countries. */
export function goalScope(
  program: Program,
  { partnerTypes = [], regions = [], countries = [] }: Goal,
): string[] {
  const label = (known: readonly { key: string; label: string }[]) => (key: string) =>
    known.find((one) => one.key === key)?.label ?? key;
  return [
    ...partnerTypes.map(label(program.partnerTypes)),
    ...regions.map(label(program.regions?.list ?? [])),
    ...countries,
  ];
}
