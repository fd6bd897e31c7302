import { computeAll } from '../kpi/compute-all.ts';
import { loadFeeds } from '../kpi/freshness.ts';
import { newPopulation, type Population } from '../kpi/population.ts';
import { kpisOfLadders } from '../kpi/recompute-page.ts';
import { addDays, dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { programAsKnown, ruleChanges } from '../program/versions.ts';
import type { Executor } from '../store/store.ts';

import { evaluatePartner, nextEvaluation, openStates } from './evaluate-partner.ts';

import { ladderOf } from './ladder-of.ts';
import {
  grouped,
  kpiInput,
  type LadderState,
  loadInputs,
  type PartnerInputs,
  partnersInProgram,
} from './load.ts';
import { loadPartnerFacts } from './load-exceptions.ts';
import type { KpiInput } from './types.ts';

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
  const { before, after, now } = change;
  const none = async () => [];
  const inputs = await loadInputs(executor, { program: before, partners, now, figures: none });
  const held = inputs.filter((one) => tierOf(before, one) !== null);
  const ids = held.map(({ partnerId }) => partnerId);
  // The new rules may ask for facts that those in force do not ask for.
  const asked = await loadPartnerFacts(executor, after, { partners: ids, now });
  const [old, present] = [
    await figuresOf(executor, before, change, ids),
    await figuresOf(executor, after, change, ids),
  ];
  return held.flatMap((one) => {
    const kpis = (program: Program) => (program === before ? old : present).get(one.partnerId) ?? [];
    const stays = lossOf(one, { ...change, after: before }, kpis);
    const facts = [...one.facts.facts, ...(asked.facts.get(one.partnerId) ?? [])];
    const onFile = { facts, reason: one.facts.reason ?? asked.reason };
    const loses = lossOf({ ...one, facts: onFile }, change, kpis);
    return loses === null ? [] : noticeLost(one, { before, stays, loses });
  });
}

async function figuresOf(
  executor: Executor,
  program: Program,
  { today, now, populations }: Change,
  partners: readonly string[],
): Promise<Map<string, KpiInput[]>> {
  const population = populations.get(program)!;
  const scope = { program, asOf: today, now, feeds: await loadFeeds(executor), population };
  const values = await computeAll(executor, scope, { kpis: [...kpisOfLadders(program)], partners });
  const byPartner = grouped(values, ({ partnerId }) => partnerId);
  return new Map([...byPartner].map(([id, own]) => [id, own.map(kpiInput)]));
}

interface Loss {
  on: string;
  isWarned: boolean;
}

/** Earlier than by the rules in force, or without a warning where those give one. */
function noticeLost(
  { partnerId, partner, states }: PartnerInputs,
  { before, stays, loses }: { before: Program; stays: Loss | null; loses: Loss },
): LostNotice[] {
  const open = openState(states)!;
  const isShorter = stays !== null && loses.on < stays.on;
  const isUnwarned = !loses.isWarned && (stays === null || stays.isWarned);
  if (!isShorter && !isUnwarned) return [];
  const name = typeof partner.name === 'string' ? partner.name : null;
  const tiers = before.ladders.find(({ key }) => key === open.ladder)?.tiers ?? [];
  const tier = tiers.find(({ key }) => key === open.state.tier)?.label ?? open.state.tier!;
  const { on: after, isWarned } = loses;
  return [{ partnerId, name, tier, before: stays?.on ?? null, after, isWarned }];
}

function openState(states: readonly LadderState[]): LadderState | undefined {
  return states.find(({ isClosed }) => !isClosed);
}

function tierOf(program: Program, { partner, states }: PartnerInputs): string | null {
  const open = openState(states);
  return open !== undefined && ladderOf(program, partner)?.key === open.ladder ? open.state.tier : null;
}

/** Lets the days pass on which the calendar asks for an evaluation, with the figures as they are; null when no tier is lost. */
function lossOf(
  start: PartnerInputs,
  { before, after, today, inUseOn }: Change,
  kpis: (program: Program) => KpiInput[],
): Loss | null {
  const first = openState(start.states)!;
  let inputs = start;
  let isWarned = first.state.warnedOn !== null;
  for (let day: string | null = today; day !== null && day <= addDays(today, furthestDays); ) {
    const program = day < inUseOn ? before : after;
    const outcome = evaluatePartner(program, { ...inputs, kpis: kpis(program) }, day);
    const own = outcome.ladders.find(({ ladder }) => ladder.key === first.ladder);
    if (own === undefined) return outcome.isBehind ? null : { on: day, isWarned };
    const { state } = own.state;
    const tiers = own.ladder.tiers.map(({ key }) => key);
    if (tiers.indexOf(state.tier!) < tiers.indexOf(first.state.tier!)) return { on: day, isWarned };
    isWarned = state.warnedOn !== null;
    inputs = { ...inputs, absorbed: [], states: openStates(outcome, inputs.states) };
    const evaluateOn = nextEvaluation(outcome);
    const isAhead: boolean = day < inUseOn && (evaluateOn === null || inUseOn < evaluateOn);
    day = isAhead ? inUseOn : evaluateOn;
  }
  return null;
}
