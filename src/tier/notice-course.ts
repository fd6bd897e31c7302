import { computeAll } from '../kpi/compute-all.ts';
import { type Feed, loadFeeds } from '../kpi/freshness.ts';
import { newPopulation, type Population } from '../kpi/population.ts';
import { kpisOfLadders } from '../kpi/recompute-page.ts';
import type { KpiValue } from '../kpi/types.ts';
import { addDays, laterDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { inForceOn, reviewOf } from '../program/review-calendar.ts';
import type { MovementPolicy } from '../program/schema/movement.ts';
import type { Executor } from '../store/store.ts';
import { companiesFirst, companyIds, type Holder } from './company/company.ts';
import { evaluatePartner, nextByCalendar, openStates, type PartnerOutcome } from './evaluate-partner.ts';
import { loadInputs, type PartnerInputs } from './load.ts';
import { graceEnd, lockEnd } from './reviews.ts';
import { spellsAfter } from './tier-spells.ts';
import type { TierState } from './types.ts';

/**
 * What would become of partners in the days to come by the rules in force and by a new version, if all figures stayed as they
 * are today.
 */

/** A change of the rules, with what is loaded once for all partners. */
export interface Change {
  before: Program;
  after: Program;
  today: string;
  /** First day of the new version, or today when that is past. */
  inUseOn: string;
  now: number;
  feeds: readonly Feed[];
  /** Whom ranks compare, by each of the two. */
  populations: ReadonlyMap<Program, Population>;
  /** What becomes of companies, as far as it was asked. */
  companies: Map<string, Paths>;
  /** The last day that is looked at: while the rules in force go on, and with the new version. */
  furthest: { stays: string; changes: string };
}

/** A partner and what the rules of each program ask of it: facts, what was held before, what the company holds. */
export interface Own {
  partnerId: string;
  before: PartnerInputs;
  after: PartnerInputs;
}

/** A day on which the calendar asks for an evaluation, and what it gives. */
export interface Step {
  day: string;
  outcome: PartnerOutcome;
}

/** Where a company stands from a day on, by ladder. */
interface Stand {
  day: string;
  states: ReadonlyMap<string, TierState>;
}

/** Where a company stands from day to day, by the rules in force and with the change. */
interface Paths {
  stays: readonly Stand[];
  changes: readonly Stand[];
}

/** It is looked at least two years ahead, for what holds for single partners: overrides, waivers and facts that end. */
const leastDays = 731;

/** The last day that is looked at: so far the rules of both programs can put off a loss. What comes later is not said. */
function furthestDay(
  programs: readonly Program[],
  { today, inUseOn }: Pick<Change, 'today' | 'inUseOn'>,
): string {
  const losses = programs.flatMap((program) =>
    program.ladders.map(({ movement }) => lastLoss(program, movement, inUseOn)),
  );
  return losses.reduce(laterDay, addDays(today, leastDays));
}

/** The last day on which rules take a tier that falls short from a day on, which may be that of its start or of its tier. */
function lastLoss(program: Program, movement: MovementPolicy, day: string): string {
  const kept = [addDays(day, movement.rampDays), lockEnd(day, movement), movement.noLossBefore];
  const open = kept.reduce<string>((last, each) => laterDay(last, each ?? day), day);
  // No anniversary of anybody is further away than that of the day itself.
  const calendar = { ...program, anniversaryOf: open };
  const warned = reviewOf('down', open, movement, calendar);
  return inForceOn('down', graceEnd(warned, movement, calendar), movement);
}

/** What is loaded once for a change of the rules. */
export async function changeOf(
  executor: Executor,
  change: Pick<Change, 'before' | 'after' | 'today' | 'inUseOn' | 'now'>,
): Promise<Change> {
  const programs = [change.before, change.after];
  return {
    ...change,
    feeds: await loadFeeds(executor),
    populations: new Map(programs.map((one) => [one, newPopulation()])),
    companies: new Map(),
    furthest: { stays: furthestDay([change.before], change), changes: furthestDay(programs, change) },
  };
}

/** Loads those of some partners that are asked about, and follows the companies whose tiers they have. */
export async function loadOwn(
  executor: Executor,
  change: Change,
  { partners, isAsked }: { partners: readonly string[]; isAsked: (inputs: PartnerInputs) => boolean },
): Promise<Own[]> {
  const own = await inputsOf(executor, change, partners, isAsked);
  const known = new Set(change.companies.keys());
  const met: Own[] = [];
  for (let ids = newIds(own, known); ids.length > 0; ) {
    const companies = await inputsOf(executor, change, ids);
    for (const id of ids) known.add(id);
    met.push(...companies);
    ids = newIds(companies, known);
  }
  for (const one of companiesFirst(met, companiesOf)) {
    const stays = standsOf(stayingCourse(one, change));
    change.companies.set(one.partnerId, { stays, changes: standsOf(changingCourse(one, change)) });
  }
  return own;
}

function newIds(own: readonly Own[], known: ReadonlySet<string>): string[] {
  return [...new Set(own.flatMap(companiesOf))].filter((id) => !known.has(id));
}

function companiesOf({ before, after }: Own): string[] {
  return [...companyIds(before), ...companyIds(after)];
}

/** What the rules of both programs ask of partners, with the figures of today. */
async function inputsOf(
  executor: Executor,
  change: Change,
  partners: readonly string[],
  isAsked: (inputs: PartnerInputs) => boolean = () => true,
): Promise<Own[]> {
  const by = async (program: Program, ids: readonly string[]) => {
    const figures = async (asked: readonly string[]) => await figuresOf(executor, program, change, asked);
    return await loadInputs(executor, { program, partners: ids, now: change.now, figures });
  };
  const before = (await by(change.before, partners)).filter(isAsked);
  const ids = before.map(({ partnerId }) => partnerId);
  const after = new Map((await by(change.after, ids)).map((one) => [one.partnerId, one]));
  return before.map((one) => ({ partnerId: one.partnerId, before: one, after: after.get(one.partnerId)! }));
}

async function figuresOf(
  executor: Executor,
  program: Program,
  { today, now, populations, feeds }: Change,
  partners: readonly string[],
): Promise<KpiValue[]> {
  const scope = { program, asOf: today, now, feeds, population: populations.get(program)! };
  return await computeAll(executor, scope, { kpis: [...kpisOfLadders(program)], partners });
}

/** What becomes of a partner while the rules in force go on. */
export function stayingCourse(own: Own, change: Change): Generator<Step, void, undefined> {
  const pathOf = (id: string) => change.companies.get(id)?.stays ?? [];
  const furthest = change.furthest.stays;
  return courseOf({ ...own, after: own.before }, { ...change, after: change.before }, { pathOf, furthest });
}

/** What becomes of it when the new version comes. */
export function changingCourse(own: Own, change: Change): Generator<Step, void, undefined> {
  const pathOf = (id: string) => change.companies.get(id)?.changes ?? [];
  return courseOf(own, change, { pathOf, furthest: change.furthest.changes });
}

/** Lets the days pass on which the calendar asks for an evaluation, with the figures as they are. */
function* courseOf(
  own: Own,
  { before, after, today, inUseOn }: Change,
  { pathOf, furthest }: { pathOf: (company: string) => readonly Stand[]; furthest: string },
): Generator<Step, void, undefined> {
  let { states, absorbed } = own.before;
  let spells = [own.before.spells, own.after.spells];
  for (let day: string | null = today; day !== null && day <= furthest; ) {
    const asOf: string = day;
    const isBefore = asOf < inUseOn;
    const [program, inputs] = isBefore ? [before, own.before] : [after, own.after];
    const holders = holdersOn(inputs, pathOf, asOf);
    const given = { ...inputs, states, absorbed, holders, spells: spells[isBefore ? 0 : 1] ?? new Map() };
    const outcome = evaluatePartner(program, given, asOf);
    yield { day: asOf, outcome };
    [states, absorbed] = [openStates(outcome, states), []];
    spells = spells.map((known) => spellsAfter(known, { outcome, day: asOf }));
    const ahead: (string | null)[] = [
      nextByCalendar(outcome, inputs, asOf),
      isBefore ? inUseOn : null,
      ...companiesOf(own).map((id) => pathOf(id).find((one) => one.day > asOf)?.day ?? null),
    ];
    day = ahead.filter((one) => one !== null).sort()[0] ?? null;
  }
}

/** The companies as they stand on a day. */
function holdersOn(
  { holders = new Map() }: PartnerInputs,
  pathOf: (company: string) => readonly Stand[],
  day: string,
): Map<string, Holder> {
  return new Map(
    [...holders].map(([ladder, holder]) => {
      const stand = pathOf(holder.partnerId).findLast((one) => one.day <= day);
      return [ladder, { ...holder, state: stand?.states.get(ladder) ?? holder.state }];
    }),
  );
}

/** Only where it stands: the evidence of each day would be most of what is kept. */
function standsOf(course: Iterable<Step>): Stand[] {
  return [...course].map(({ day, outcome }) => ({
    day,
    states: new Map(outcome.ladders.map(({ ladder, state }) => [ladder.key, state.state])),
  }));
}
