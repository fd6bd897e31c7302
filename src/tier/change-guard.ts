import { computeAll } from '../kpi/compute-all.ts';
import { loadFeeds } from '../kpi/freshness.ts';
import { newPopulation, type Population } from '../kpi/population.ts';
import { kpisOfLadders } from '../kpi/recompute-page.ts';
import type { KpiValue } from '../kpi/types.ts';
import { addDays, dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { programAsKnown, ruleChanges } from '../program/versions.ts';
import type { Executor } from '../store/store.ts';

import type { Holder } from './company.ts';
import { evaluatePartner, nextEvaluation, openStates, type PartnerOutcome } from './evaluate-partner.ts';

import { ladderOf } from './ladder-of.ts';
import { type LadderState, loadInputs, type PartnerInputs, partnersInProgram } from './load.ts';
import { spellsAfter } from './tier-spells.ts';

/** A partner that would lose its tier with less notice than by the rules in force. */
export interface LostNotice {
  partnerId: string;
  name: string | null;
  /** Label of the tier. */
  tier: string;
  /** Day on which it would lose it by the rules in force; null when it would keep it. */
  before: string | null;
  /** The same by the new version. */
  after: string;
  /** Whether it would be warned before. */
  isWarned: boolean;
}

/** What taking a version into use does to those who rely on the rules. */
export interface ChangeGuard {
  /** First day of the version, or today when that is past. */
  inUseOn: string;
  /** Changes of the rules in the days up to it, itself included, the oldest first. */
  changes: { version: string; inUseOn: string }[];
  noticeLost: LostNotice[];
}

/** So many days are looked back for changes of the rules. */
export const guardDays = 90;

/** No warning or grace of the language lasts longer. */
const furthestDays = 800;

/**
 * Looks at a version before it is taken into use: how often the rules have changed lately, and which partners would lose
 * their tier earlier than by the rules in force, or without a warning, if all figures stayed as they are. Stores nothing.
 * Null when no version of the program is in use.
 */
export async function guardChange(
  executor: Executor,
  { program, now }: { program: Program; now: number },
): Promise<ChangeGuard | null> {
  const today = dayOf(now, program.timeZone);
  const knownAt = new Date(now).toISOString();
  const before = await programAsKnown(executor, program, { day: today, knownAt });
  if (before === null) return null;
  const inUseOn = later(program.validFrom, today);
  const known = await ruleChanges(executor, program);
  const own = known.find(({ hash }) => hash === program.hash);
  const all =
    own === undefined ? [...known, { version: program.version, hash: program.hash, inUseOn }] : known;
  const until = own?.inUseOn ?? inUseOn;
  const changes = all
    .slice(1)
    .filter((one) => one.inUseOn <= until && one.inUseOn > addDays(until, -guardDays))
    .map(({ version, inUseOn: day }) => ({ version, inUseOn: day }));
  const noticeLost =
    before.hash === program.hash
      ? []
      : await lostNotices(executor, {
          before,
          after: program,
          today,
          inUseOn,
          now,
          populations: new Map([before, program].map((one) => [one, newPopulation()])),
        });
  return { inUseOn: until, changes, noticeLost };
}

function later(one: string, other: string): string {
  return [one, other].sort().at(-1)!;
}

interface Change {
  before: Program;
  after: Program;
  today: string;
  inUseOn: string;
  now: number;
  /** Whom ranks compare, by each of the two. */
  populations: ReadonlyMap<Program, Population>;
}

/** Partners per statement. */
const pageSize = 1000;

async function lostNotices(executor: Executor, change: Change): Promise<LostNotice[]> {
  const partners = await partnersInProgram(executor);
  const lost: LostNotice[] = [];
  for (let from = 0; from < partners.length; from += pageSize) {
    lost.push(...(await lostOnPage(executor, change, partners.slice(from, from + pageSize))));
  }
  return lost;
}

async function lostOnPage(
  executor: Executor,
  change: Change,
  partners: readonly string[],
): Promise<LostNotice[]> {
  const { before, after } = change;
  const inputs = await inputsBy(executor, before, change, partners);
  const held = inputs.filter((one) => standingOf(before, one) !== null);
  const ids = held.map(({ partnerId }) => partnerId);
  const present = byPartner(await inputsBy(executor, after, change, ids));
  const companies = await companiesOf(executor, change, [...held, ...present.values()]);
  return held.flatMap((one) => {
    const { ladder } = standingOf(before, one)!;
    const own = { before: one, after: present.get(one.partnerId)! };
    const stays = lossOf(
      coursesOf({ before: own.before, after: own.before }, stayingOf(change), companies.stay),
      ladder,
      one,
    );
    const loses = lossOf(coursesOf(own, change, companies.change), ladder, one);
    return loses === null ? [] : noticeLost(one, { before, stays, loses });
  });
}

/** The rules in force go on. */
function stayingOf(change: Change): Change {
  return { ...change, after: change.before };
}

/** What the rules of each program ask of one partner: facts, what was held before, what the company holds. */
interface Own {
  before: PartnerInputs;
  after: PartnerInputs;
}

/** Where the companies stand from day to day whose tiers others have, by partner. */
type Courses = ReadonlyMap<string, readonly Step[]>;

async function companiesOf(
  executor: Executor,
  change: Change,
  inputs: readonly PartnerInputs[],
): Promise<{ stay: Courses; change: Courses }> {
  const tops = inputs.flatMap(({ holders }) =>
    [...(holders?.values() ?? [])].map(({ partnerId }) => partnerId),
  );
  const ids = [...new Set(tops)];
  if (ids.length === 0) return { stay: new Map(), change: new Map() };
  const before = await inputsBy(executor, change.before, change, ids);
  const after = byPartner(await inputsBy(executor, change.after, change, ids));
  const courses = (other: (one: PartnerInputs) => PartnerInputs, by: Change): Courses =>
    new Map(
      before.map((one) => [one.partnerId, [...coursesOf({ before: one, after: other(one) }, by, new Map())]]),
    );
  return {
    stay: courses((one) => one, stayingOf(change)),
    change: courses(({ partnerId }) => after.get(partnerId)!, change),
  };
}

function byPartner(inputs: readonly PartnerInputs[]): Map<string, PartnerInputs> {
  return new Map(inputs.map((one) => [one.partnerId, one]));
}

/** What the rules of a program ask of partners, with the figures of today. */
async function inputsBy(
  executor: Executor,
  program: Program,
  change: Change,
  partners: readonly string[],
): Promise<PartnerInputs[]> {
  const figures = async (asked: readonly string[]) => await figuresOf(executor, program, change, asked);
  return await loadInputs(executor, { program, partners, now: change.now, figures });
}

async function figuresOf(
  executor: Executor,
  program: Program,
  { today, now, populations }: Change,
  partners: readonly string[],
): Promise<KpiValue[]> {
  const population = populations.get(program)!;
  const scope = { program, asOf: today, now, feeds: await loadFeeds(executor), population };
  return await computeAll(executor, scope, { kpis: [...kpisOfLadders(program)], partners });
}

interface Loss {
  on: string;
  isWarned: boolean;
}

/** Earlier than by the rules in force, or without a warning where those give one. */
function noticeLost(
  inputs: PartnerInputs,
  { before, stays, loses }: { before: Program; stays: Loss | null; loses: Loss },
): LostNotice[] {
  const { partnerId, partner } = inputs;
  const open = standingOf(before, inputs)!;
  const isShorter = stays !== null && loses.on < stays.on;
  const isUnwarned = !loses.isWarned && (stays === null || stays.isWarned);
  if (!isShorter && !isUnwarned) return [];
  const name = typeof partner.name === 'string' ? partner.name : null;
  const tiers = before.ladders.find(({ key }) => key === open.ladder)?.tiers ?? [];
  const tier = tiers.find(({ key }) => key === open.state.tier)?.label ?? open.state.tier!;
  const { on: after, isWarned } = loses;
  return [{ partnerId, name, tier, before: stays?.on ?? null, after, isWarned }];
}

/** The standing on the ladder of its tier, where it has a tier there. */
function standingOf(program: Program, { partner, states }: PartnerInputs): LadderState | null {
  const key = ladderOf(program, partner)?.key;
  return states.find((one) => !one.isClosed && one.ladder === key && one.state.tier !== null) ?? null;
}

/** A day on which the calendar asks for an evaluation, and what it gives. */
interface Step {
  day: string;
  outcome: PartnerOutcome;
}

/** Lets the days pass on which the calendar asks for an evaluation, with the figures as they are. */
function* coursesOf(
  own: Own,
  { before, after, today, inUseOn }: Change,
  companies: Courses,
): Generator<Step, void, undefined> {
  let { states, absorbed } = own.before;
  let spells = [own.before.spells, own.after.spells];
  for (let day: string | null = today; day !== null && day <= addDays(today, furthestDays); ) {
    const isBefore: boolean = day < inUseOn;
    const [program, inputs] = isBefore ? [before, own.before] : [after, own.after];
    const holders = holdersOn(inputs, companies, day);
    const given = { ...inputs, states, absorbed, holders, spells: spells[isBefore ? 0 : 1] ?? new Map() };
    const outcome = evaluatePartner(program, given, day);
    yield { day, outcome };
    [states, absorbed] = [openStates(outcome, states), []];
    const made = { outcome, day };
    spells = spells.map((known) => spellsAfter(known, made));
    const ahead: (string | null)[] = [
      nextEvaluation(outcome),
      isBefore ? inUseOn : null,
      ...nextOf(own, companies, day),
    ];
    day = ahead.filter((one) => one !== null).sort()[0] ?? null;
  }
}

/** The companies as they stand on a day. */
function holdersOn(
  { holders = new Map() }: PartnerInputs,
  companies: Courses,
  day: string,
): Map<string, Holder> {
  return new Map(
    [...holders].map(([ladder, holder]) => {
      const step = companies.get(holder.partnerId)?.findLast((one) => one.day <= day);
      const own = step?.outcome.ladders.find((one) => one.ladder.key === ladder);
      return [ladder, own === undefined ? holder : { ...holder, state: own.state.state }];
    }),
  );
}

/** The next days on which the companies of a partner are evaluated. */
function nextOf({ before, after }: Own, companies: Courses, day: string): string[] {
  const tops = [before, after].flatMap(({ holders }) => [...(holders?.values() ?? [])]);
  return tops.flatMap(({ partnerId }) => companies.get(partnerId)?.find((one) => one.day > day)?.day ?? []);
}

/** When the tier on a ladder is lost; null when it is not. */
function lossOf(course: Iterable<Step>, ladder: string, start: PartnerInputs): Loss | null {
  const first = start.states.find((one) => one.ladder === ladder && !one.isClosed)!.state;
  let isWarned = first.warnedOn !== null;
  for (const { day, outcome } of course) {
    const own = outcome.ladders.find((one) => one.ladder.key === ladder);
    // Its company was not decided yet.
    if (own === undefined && outcome.isBehind) continue;
    if (own === undefined) return { on: day, isWarned };
    const { state } = own.state;
    const tiers = own.ladder.tiers.map(({ key }) => key);
    if (tiers.indexOf(state.tier!) < tiers.indexOf(first.tier!)) return { on: day, isWarned };
    isWarned = state.warnedOn !== null;
  }
  return null;
}
