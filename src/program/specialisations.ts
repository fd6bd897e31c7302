import type { LadderDefinition, SpecialisationDefinition } from './schema/ladder.ts';
import type { ProgramDefinition } from './schema/schema.ts';

/** The ladders of a program file, and its specialisations behind them. */
export function laddersOfFile({
  ladders,
  specialisations,
}: Pick<ProgramDefinition, 'ladders' | 'specialisations'>): LadderDefinition[] {
  return [...ladders, ...specialisations.map(ladderOfSpecialisation)];
}

/** A specialisation as a ladder: one tier of the same name, which is held or not. */
export function ladderOfSpecialisation(specialisation: SpecialisationDefinition): LadderDefinition {
  const { partnerTypes, where, heldBy, counted, movement, madeFor, ...tier } = specialisation;
  const { key, label } = tier;
  const who = { partnerTypes, where, heldBy };
  return {
    key,
    label,
    ...who,
    beside: true,
    isSpecialisation: true,
    ...(counted === undefined ? {} : { counted }),
    ...(madeFor === undefined ? {} : { madeFor }),
    hold: 'highest',
    tiers: [tier],
    movement,
  };
}
