import type { Program } from '../../program/load.ts';
import type { ProgramWords } from '../push/outbound-values.ts';

/** What the push needs to know of a program: the ladders that give partners their tier in order, and what the CRM calls each tier. */
export function programWords(program: Pick<Program, 'name' | 'ladders'>): ProgramWords {
  const names = new Map(
    program.ladders.flatMap((ladder) =>
      ladder.tiers.map((tier) => [`${ladder.key} ${tier.key}`, tier.crmValue ?? tier.label]),
    ),
  );
  const ladders = new Map(program.ladders.map(({ key, label }) => [key, label]));
  return {
    name: program.name,
    ladders: program.ladders.filter(({ beside }) => !beside).map((ladder) => ladder.key),
    ladderName: (ladder) => ladders.get(ladder) ?? ladder,
    tierName: (ladder, tier) => names.get(`${ladder} ${tier}`) ?? tier,
  };
}

/** What the CRM calls the tiers that a partner can have, the lowest first, each once. */
export function tierNamesOf(program: Pick<Program, 'ladders'>): string[] {
  const own = program.ladders.filter(({ beside }) => !beside);
  const names = own.flatMap((ladder) => ladder.tiers.map((tier) => tier.crmValue ?? tier.label));
  return [...new Set(names)];
}
