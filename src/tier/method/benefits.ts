import { reasonOrNull } from '../../kpi/state-reason.ts';
import type { BenefitState } from '../../model/states.ts';
import { addDuration, parseDuration, periodShift, periodStart } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import type { Benefit } from '../../program/schema/method.ts';
import { lateFacts } from '../explain/fact-evidence.ts';
import {
  baseDay,
  factsOfKind,
  type HeldTier,
  isForTypes,
  type MethodInputs,
  startDoubt,
  startOf,
} from './method-inputs.ts';

/** A benefit of a partner: what it gets, how often it was due, and what of that was delivered. */
export interface BenefitLine {
  key: string;
  label: string;
  /** How much, as the program says it; null where it says nothing. */
  amount: string | null;
  /** Label of the tier that gives it; null where every partner has it. */
  tier: string | null;
  due: NonNullable<Benefit['due']> | null;
  how: string | null;
  /** Kind of the fact by which a delivery is recorded; null for a standing one. */
  fact: string | null;
  /** How often it was due so far, and how many deliveries were recorded since. */
  times: number;
  delivered: number;
  lastOn: string | null;
  /** The day from which the oldest open one is due, and the last day before it is overdue. */
  dueOn: string | null;
  dueBy: string | null;
  state: BenefitState;
  /** Why it is not known. */
  reason: string | null;
}

const patience = '30 days';

/** What the tiers in force give a partner, and what of that is open. Deliveries count for the oldest that is open. Pure. */
export function benefitsOf(inputs: MethodInputs): BenefitLine[] {
  return inputs.program.benefits.flatMap((benefit) => {
    if (!isForTypes(inputs, benefit.partnerTypes)) return [];
    const given = givenBy(benefit, inputs.tiers);
    return given === null ? [] : [lineOf(inputs, benefit, given)];
  });
}

interface Given {
  tier: HeldTier | null;
  amount: string | number | undefined;
}

/** The first tier in force that gives it; null where none does. */
function givenBy({ tiers, amount }: Benefit, held: readonly HeldTier[]): Given | null {
  if (tiers === undefined) return { tier: null, amount };
  const names = Array.isArray(tiers) ? tiers : Object.keys(tiers);
  const tier = held.find((one) => names.includes(one.tier));
  if (tier === undefined) return null;
  return { tier, amount: Array.isArray(tiers) ? amount : tiers[tier.tier] };
}

function lineOf(inputs: MethodInputs, benefit: Benefit, { tier, amount }: Given): BenefitLine {
  const { due } = benefit;
  const line = {
    key: benefit.key,
    label: benefit.label,
    amount: amount === undefined ? null : String(amount),
    tier: tier?.label ?? null,
    due: due ?? null,
    how: benefit.how ?? null,
  };
  if (due === undefined) return { ...line, ...standing };
  const { asOf, program } = inputs;
  const kind = benefit.fact ?? benefit.label;
  const since = tier === null ? startOf(inputs) : tier.since;
  const base = baseDay(inputs, { since, from: benefit.from });
  const days = base > asOf ? [] : dueDays(program, { due, base, asOf });
  const deliveries = factsOfKind(inputs, kind).filter(({ occurredOn }) => occurredOn >= base);
  const open = days[deliveries.length] ?? null;
  const dueBy = open === null ? null : addDuration(open, parseDuration(benefit.within ?? patience));
  return {
    ...line,
    fact: kind,
    times: days.length,
    delivered: deliveries.length,
    lastOn: deliveries.at(-1)?.occurredOn ?? null,
    dueOn: open,
    dueBy,
    ...judged(asOf, { dueBy, doubt: reasonOrNull(lateFacts(inputs.facts, kind)) ?? startDoubt(tier, since) }),
  };
}

function judged(
  asOf: string,
  { dueBy, doubt }: { dueBy: string | null; doubt: string | null },
): Pick<BenefitLine, 'state' | 'reason'> {
  if (dueBy === null) return { state: 'delivered', reason: null };
  if (asOf <= dueBy) return { state: 'due', reason: null };
  return { state: doubt === null ? 'overdue' : 'unknown', reason: doubt };
}

const standing = {
  fact: null,
  times: 0,
  delivered: 0,
  lastOn: null,
  dueOn: null,
  dueBy: null,
  state: 'standing',
  reason: null,
} as const;

/** The first day, and the first one of every period since. */
function dueDays(
  { fiscalYearStart }: Program,
  { due, base, asOf }: { due: NonNullable<Benefit['due']>; base: string; asOf: string },
): string[] {
  if (due === 'once') return [base];
  const days = [base];
  let next = periodShift(periodStart(base, due, fiscalYearStart), due, 1);
  for (; next <= asOf; next = periodShift(next, due, 1)) days.push(next);
  return days;
}
