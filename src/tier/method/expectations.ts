import { reasonOrNull } from '../../kpi/state-reason.ts';
import type { ExpectationState } from '../../model/states.ts';
import {
  addDays,
  addDuration,
  earlierDay,
  laterDay,
  parseDuration,
  periodShift,
  periodStart,
} from '../../program/civil-date.ts';
import type { Expectation, Ramp, Responsibility } from '../../program/schema/method.ts';
import { factEvidence, lateFacts } from '../explain/fact-evidence.ts';
import { tierEvidence } from '../requirement.ts';
import { segmentsOf } from '../segments.ts';
import { baseDay, factsOfKind, isForTypes, type MethodInputs, startDoubt, startOf } from './method-inputs.ts';

/** Something that is expected of a partner, or of the vendor for it. */
export interface ExpectationLine {
  label: string;
  /** ramp: a step of the first days. responsibility: an activity of the program. */
  kind: 'ramp' | 'responsibility';
  by: 'partner' | 'vendor';
  /** What says that it is done, in words, and what there is of it. */
  needs: string;
  has: string;
  /** Last day before it is overdue; null for a limit, which is to be kept on every day. */
  dueBy: string | null;
  state: ExpectationState;
  /** Why the state, or what was missed, is not known. */
  reason: string | null;
  /** Of what is expected again and again: periods that are over without it; null where that is not known. */
  missed: number | null;
}

/** What is expected now, of the ramp first. Pure. */
export function expectationsOf(inputs: MethodInputs): ExpectationLine[] {
  const { ramp, responsibilities } = inputs.program;
  return [
    ...(ramp === undefined ? [] : rampLines(inputs, ramp)),
    ...responsibilities.flatMap((one) => responsibilityLines(inputs, one)),
  ];
}

function rampLines(inputs: MethodInputs, ramp: Ramp): ExpectationLine[] {
  const start = startOf(inputs);
  const isNew = start !== null && start >= (ramp.from ?? inputs.program.validFrom);
  if (!isNew || !isForTypes(inputs, ramp.partnerTypes)) return [];
  return ramp.steps.map((step) => {
    const { within = `${ramp.days} days` } = step;
    return {
      ...lineOf(inputs, { ...step, within }, { day: start, doubt: null }),
      label: step.label,
      kind: 'ramp' as const,
    };
  });
}

function responsibilityLines(inputs: MethodInputs, one: Responsibility): ExpectationLine[] {
  const { tiers, from, label } = one;
  const held = tiers === undefined ? null : inputs.tiers.find(({ tier }) => tiers.includes(tier));
  if (held === undefined || !isForTypes(inputs, one.partnerTypes)) return [];
  const since = held === null ? startOf(inputs) : held.since;
  const base = { day: baseDay(inputs, { since, from }), doubt: startDoubt(held, since) };
  return [one.expect ?? []]
    .flat()
    .map((expectation) => ({ ...lineOf(inputs, expectation, base), label, kind: 'responsibility' as const }));
}

/** The day from which time runs, and why that is not certain. */
interface Base {
  day: string;
  doubt: string | null;
}

type Line = Omit<ExpectationLine, 'label' | 'kind'>;

function lineOf(inputs: MethodInputs, expectation: Expectation, base: Base): Line {
  const { every, kpi, fact, within } = expectation;
  if (kpi !== undefined) return figureLine(inputs, { ...expectation, kpi }, base);
  return every === undefined
    ? fileLine(inputs, { ...expectation, fact: fact!, within: within! }, base)
    : periodLine(inputs, { ...expectation, fact: fact!, every }, base);
}

/** A figure that is to be reached by some day, and kept from then on; a limit without such a day holds from the first one. */
function figureLine(inputs: MethodInputs, expectation: Expectation & { kpi: string }, base: Base): Line {
  const { kpi, atLeast, atMost, by, within } = expectation;
  const { program, partner, asOf } = inputs;
  const given = { program, partner, kpis: new Map(inputs.kpis.map((one) => [one.kpi, one])), asOf };
  const requirements = { kpi, ...(atLeast === undefined ? { atMost } : { atLeast }) };
  const [found] = tierEvidence(
    { ...given, segments: segmentsOf(given) },
    { key: kpi, label: kpi, requirements },
  ).requirements;
  const { label, needs, has, state, isCertain, reason } = found!;
  const lateness = isCertain ? null : reasonOrNull(given.kpis.get(kpi)?.stateReason ?? null);
  const startDoubt = within === undefined ? null : base.doubt;
  // Of a limit nothing can be broken where all was read and there is nothing to measure.
  const isNothing = within === undefined && isCertain && (given.kpis.get(kpi)?.empty ?? null) !== null;
  const isDone = state === 'met' || (isNothing && state === 'pending');
  const doubt = state === 'pending' ? (reason ?? 'there is no figure yet') : (lateness ?? startDoubt);
  const line = { by, needs: `${label}: ${needs}`, has, missed: 0 };
  return within === undefined
    ? { ...line, ...judged(asOf, { isDone, dueBy: addDays(base.day, -1), doubt }), dueBy: null }
    : { ...line, ...judged(asOf, { isDone, dueBy: dueDay(base.day, within), doubt }) };
}

/** Something that has to be on file from some day on. */
function fileLine(
  inputs: MethodInputs,
  { fact, by, within }: Pick<Expectation, 'by'> & { fact: string; within: string },
  base: Base,
): Line {
  const { asOf, facts } = inputs;
  const found = factEvidence(facts, { requirement: { fact }, kind: fact, id: fact, asOf });
  const dueBy = dueDay(base.day, within);
  const judgement = judged(asOf, {
    isDone: found.state === 'met',
    dueBy,
    doubt: reasonOrNull(lateFacts(facts, fact)) ?? base.doubt,
  });
  return { by, needs: fact, has: found.has, ...judgement, missed: 0 };
}

/** Something that has to happen once in every period. */
function periodLine(
  inputs: MethodInputs,
  expectation: Expectation & { fact: string; every: NonNullable<Expectation['every']> },
  base: Base,
): Line {
  const { fact, by, every, within } = expectation;
  const { asOf, facts, program } = inputs;
  const start = periodStart(asOf, every, program.fiscalYearStart);
  const days = factsOfKind(inputs, fact).map(({ occurredOn }) => occurredOn);
  const isIn = (from: string) => days.some((day) => from <= day && day < periodShift(from, every, 1));
  const begun = laterDay(base.day, start);
  const end = addDays(periodShift(start, every, 1), -1);
  const dueBy = within === undefined ? end : dueDay(begun, within);
  const doubt = reasonOrNull(lateFacts(facts, fact)) ?? base.doubt;
  let missed = 0;
  for (let from = periodShift(start, every, -1); from >= base.day; from = periodShift(from, every, -1))
    if (!isIn(from)) missed += 1;
  const judgement = judged(asOf, { isDone: isIn(start), dueBy: earlierDay(dueBy, end), doubt });
  const line = { by, needs: fact, has: days.at(-1) ?? '-', ...judgement };
  return missed > 0 && doubt !== null ? { ...line, missed: null, reason: doubt } : { ...line, missed };
}

function dueDay(base: string, within: string): string {
  return addDuration(base, parseDuration(within));
}

/** Late or partial inputs make nobody late. */
function judged(
  asOf: string,
  { isDone, dueBy, doubt }: { isDone: boolean; dueBy: string; doubt: string | null },
): { dueBy: string; state: ExpectationState; reason: string | null } {
  if (isDone) return { dueBy, state: 'done', reason: null };
  if (asOf <= dueBy) return { dueBy, state: 'due', reason: null };
  return doubt === null
    ? { dueBy, state: 'overdue', reason: null }
    : { dueBy, state: 'unknown', reason: doubt };
}
