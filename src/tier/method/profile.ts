import type { Fraction } from 'fraction.js';
import { readKpis } from '../../kpi/read.ts';
import type { KpiValue } from '../../kpi/types.ts';
import { exact, exactRatio, exactSum } from '../../program/exact.ts';
import type { Program } from '../../program/load.ts';
import type { ProfileDefinition } from '../../program/schema/ladder.ts';
import { thresholdValue } from '../../program/threshold.ts';
import type { Executor } from '../../store/store.ts';
import { figureWords, quantityText } from '../explain/wording.ts';
import { loadFacts } from '../load.ts';
import { ownText, partnerMatches, partnerText } from '../partner-condition.ts';
import { reachedOf, shareText } from '../reached.ts';
import type { PartnerFacts } from '../types.ts';

type Criterion = ProfileDefinition['criteria'][number];

/** How well one partner fits one criterion of the ideal profile. */
export interface CriterionFit {
  key: string;
  label: string;
  /** 0 to 100 with one digit; null when there is nothing to measure yet, and then the criterion does not count. */
  score: string | null;
  has: string;
  ideal: string;
}

export interface ProfileFit {
  partnerId: string;
  partnerName: string | null;
  /** 0 to 100 with one digit; null when nothing can be measured yet, or a figure was never computed. */
  fit: string | null;
  criteria: CriterionFit[];
  /** Whether a figure behind it is stale, provisional or missing. */
  isProvisional: boolean;
}

/** Compares partners with the program's ideal partner, the best fit first. Empty when the program has no profile. */
export async function profileFit(
  executor: Executor,
  { program, partners, now }: { program: Program; partners: readonly string[]; now: number },
): Promise<ProfileFit[]> {
  const profile = program.idealProfile;
  if (profile === undefined) return [];
  const facts = await loadFacts(executor, partners);
  const values = await readKpis(executor, { program, partners: facts.map(({ id }) => id), now });
  const byPartner = new Map<string, KpiValue[]>(facts.map(({ id }) => [id, []]));
  for (const value of values) byPartner.get(value.partnerId)!.push(value);
  const fits = facts.map(({ id, facts: partner }) => {
    const own = byPartner.get(id) ?? [];
    return fitOf({ program, profile, partnerId: id, partner, kpis: own });
  });
  return fits.sort((left, right) => compareFit(right, left) || (left.partnerId < right.partnerId ? -1 : 1));
}

function compareFit(left: ProfileFit, right: ProfileFit): number {
  return exact(left.fit ?? -1).compare(exact(right.fit ?? -1));
}

/** Fit of one partner: the weighted mean of the criteria that can be measured. Pure. */
export function fitOf(input: {
  program: Program;
  profile: ProfileDefinition;
  partnerId: string;
  partner: PartnerFacts;
  kpis: readonly KpiValue[];
}): ProfileFit {
  const { program, profile, partnerId, partner, kpis } = input;
  const scored = profile.criteria.map((criterion) => {
    const value = kpis.find(({ kpi }) => kpi === criterion.kpi);
    return { criterion, value, score: scoreOf(program, { criterion, value, partner }) };
  });
  const known = scored.filter(({ score }) => score !== null);
  const isComputed = scored.every(({ value }) => value?.state !== 'not_calculated');
  const weights = exactSum(known.map(({ criterion }) => criterion.weight));
  const total = known.reduce(
    (sum, { criterion, score }) => sum.add(score!.mul(exact(criterion.weight))),
    exact(0),
  );
  return {
    partnerId,
    partnerName: typeof partner.name === 'string' ? partner.name : null,
    fit: known.length === 0 || !isComputed ? null : shareText(total.div(weights)),
    criteria: scored.map(({ criterion, value, score }) => ({
      key: criterion.key,
      label: criterion.label,
      score: score === null ? null : shareText(score),
      ...wordsOf(program, { criterion, value, partner }),
    })),
    isProvisional: scored.some(({ value }) => value !== undefined && value.state !== 'current'),
  };
}

interface Measured {
  criterion: Criterion;
  value: KpiValue | undefined;
  partner: PartnerFacts;
}

/** 0 to 100: all or nothing for a condition; what the first grade gives that holds; for a KPI the part of the target that is reached. */
function scoreOf(program: Program, { criterion, value, partner }: Measured): Fraction | null {
  if (criterion.partner !== undefined)
    return exact(partnerMatches(program, partner, criterion.partner) ? 100 : 0);
  const { grades } = criterion;
  if (grades !== undefined)
    return exact(grades.find(({ when }) => partnerMatches(program, partner, when))?.gives ?? 0);
  if (value?.numerator == null || value.denominator === null) return null;
  const target = thresholdValue(program, criterion.target!)!;
  const figure = exactRatio(value.numerator, value.denominator);
  return reachedOf(figure, { target, better: program.kpis[value.kpi]!.better });
}

function wordsOf(program: Program, { criterion, value, partner }: Measured): { has: string; ideal: string } {
  const condition = criterion.partner ?? bestOf(criterion.grades)?.when;
  if (condition !== undefined) {
    return { has: ownText(program, partner, condition), ideal: partnerText(program, condition) };
  }
  const { unit } = program.kpis[criterion.kpi!]!;
  const quantity = { unit, currency: unit === 'money' ? program.currency.code : null };
  return {
    has: figureWords(value ?? { numerator: null, denominator: null }, quantity),
    ideal: quantityText(thresholdValue(program, criterion.target!)!, quantity),
  };
}

function bestOf(grades: Criterion['grades'] = []): NonNullable<Criterion['grades']>[number] | undefined {
  return grades.toSorted((one, other) => other.gives - one.gives)[0];
}
