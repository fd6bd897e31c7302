import type { Fraction } from 'fraction.js';
import { canonicalDecimal } from '../../model/values.ts';
import { addDays, periodStart } from '../../program/civil-date.ts';
import { exact, exactText } from '../../program/exact.ts';
import type { Program } from '../../program/load.ts';
import type { Benefit } from '../../program/schema/method.ts';
import type { PartnerInputs } from '../load.ts';
import { type BenefitLine, benefitsOf } from './benefits.ts';
import { apartReason, heldTiers } from './method-inputs.ts';

/** Money of one currency, exactly. */
export interface MoneyAmount {
  amount: string;
  currency: string;
}

/** What the benefits of a program come to in a time, by currency. */
export interface BenefitCost {
  /** First day of the time, and the first one after it. */
  from: string;
  until: string;
  /** What falls due in it: each time that a benefit is to be delivered. */
  due: MoneyAmount[];
  /** What holds with the tiers and is not delivered, such as a credit line, at the start of it. */
  standing: MoneyAmount[];
}

type Standing = Pick<PartnerInputs, 'partnerId' | 'partner' | 'states'>;

/**
 * What the benefits of the tiers that partners have come to from a day until another one (not included), if the tiers stay as
 * they are. Benefits without an amount of money are not in it, and neither is what the program says of its own first day:
 * it is taken to have been in use. Pure.
 */
export function benefitCost(
  program: Program,
  partners: readonly Standing[],
  { from, until }: { from: string; until: string },
): BenefitCost {
  const inUse = { ...program, benefits: program.benefits.map((one) => inUseBefore(program, one, from)) };
  const [due, standing] = [new Map<string, Fraction>(), new Map<string, Fraction>()];
  for (const { partnerId, partner, states } of partners) {
    if (apartReason(partner, from) !== null) continue;
    const tiers = heldTiers(program, { partner, states });
    const linesOn = (asOf: string) =>
      benefitsOf({ program: inUse, partnerId, partner, tiers, kpis: [], facts: noFacts, asOf });
    const before = linesOn(addDays(from, -1));
    for (const [index, line] of linesOn(addDays(until, -1)).entries()) {
      const money = moneyOf(line);
      if (money === null) continue;
      const times = line.due === null ? 1 : line.times - before[index]!.times;
      if (times === 0) continue;
      const sums = line.due === null ? standing : due;
      sums.set(money.currency, (sums.get(money.currency) ?? exact(0)).add(exact(money.amount).mul(times)));
    }
  }
  return { from, until, due: amountsOf(due), standing: amountsOf(standing) };
}

/** Labels of the benefits that say no amount of money in any tier. */
export function benefitsWithoutMoney({ benefits }: Pick<Program, 'benefits'>): string[] {
  const isMoney = (amount: string | number | undefined) =>
    moneyIn(amount === undefined ? null : String(amount)) !== null;
  return benefits
    .filter(({ tiers, amount }) =>
      tiers === undefined || Array.isArray(tiers) ? !isMoney(amount) : !Object.values(tiers).some(isMoney),
    )
    .map(({ label }) => label);
}

/** A benefit as if it had been there before a day, whatever its own first day is. */
function inUseBefore({ fiscalYearStart }: Program, benefit: Benefit, day: string): Benefit {
  const { due } = benefit;
  const isOfPeriods = due !== undefined && due !== 'once';
  // Periods before that day say nothing about it.
  return { ...benefit, from: isOfPeriods ? periodStart(day, due, fiscalYearStart) : '0001-01-01' };
}

const noFacts = { facts: [], late: new Map<string, never>() };

function moneyOf({ amount }: BenefitLine): MoneyAmount | null {
  return moneyIn(amount);
}

/** The money that a benefit says: "2500 USD"; what is written in another way, such as "15 %" or 3, is no money. */
export function moneyIn(text: string | null): MoneyAmount | null {
  const [, number, currency] = /^(\S+) ([A-Z]{3})$/.exec(text?.trim() ?? '') ?? [];
  const amount = number === undefined ? null : canonicalDecimal(number);
  return amount === null || currency === undefined ? null : { amount, currency };
}

function amountsOf(sums: ReadonlyMap<string, Fraction>): MoneyAmount[] {
  return [...sums]
    .map(([currency, sum]) => ({ amount: exactText(sum), currency }))
    .sort((one, other) => (one.currency < other.currency ? -1 : 1));
}
