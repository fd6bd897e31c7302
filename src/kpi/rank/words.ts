import type { Fraction } from 'fraction.js';
import { exactRatio, exactText } from '../../program/exact.ts';
import type { ProgramDefinition } from '../../program/schema/schema.ts';
import { quantityText } from '../../tier/explain/wording.ts';
import type { Rational } from '../score/evidence.ts';
import type { RankEvidence } from './evidence.ts';

/**
 * Where a partner stands, in a sentence: "position 3 of 48 by Revenue (612,400 USD), country SE; 1 other has the same
 * figure". Others are counted and never named, so that it can be told to the partner.
 */
export function rankText(program: Pick<ProgramDefinition, 'kpis' | 'currency'>, rank: RankEvidence): string {
  const { label, unit } = program.kpis[rank.of]!;
  const quantity = { unit, currency: unit === 'money' ? program.currency.code : null };
  const words = (value: Fraction) => quantityText(value, quantity);
  const has = rank.value === null ? 'without a figure' : words(fractionOf(rank.value));
  const by = `by ${label} (${has})`;
  if (rank.group === null) return `not among the partners that are ranked ${by}`;
  const group = rank.group.map(({ attribute, value }) => `, ${attribute} ${value}`).join('');
  return [`${placeText(rank, { by, label, has, words })}${group}`, ...notes(rank)].join('; ');
}

function placeText(
  { as, position, size, total, value }: RankEvidence,
  { by, label, has, words }: { by: string; label: string; has: string; words: (value: Fraction) => string },
): string {
  const partners = size === 1 ? '1 partner' : `${size} partners`;
  if (value === null) return `not among the ${partners} ranked ${by}`;
  if (total === null) return `position ${exactText(fractionOf(position!))} of ${size} ${by}`;
  const sum = fractionOf(total);
  if (as === 'ofAverage')
    return `${label}: ${has}, and ${words(sum.div(size))} on average of ${partners} with a figure`;
  return `${label}: ${has} of ${words(sum)} of ${partners} together`;
}

function fractionOf({ numerator, denominator }: Rational): Fraction {
  return exactRatio(numerator, denominator);
}

function notes({ tied, withoutFigure }: RankEvidence): string[] {
  return [
    ...(tied === 0
      ? []
      : [tied === 1 ? '1 other has the same figure' : `${tied} others have the same figure`]),
    ...(withoutFigure === 0 ? [] : [`${withoutFigure} of the group without a figure`]),
  ];
}
