import { nameKey } from '../../model/values.ts';
import type { Program } from '../../program/load.ts';
import { outsideReason } from '../../program/outside.ts';
import { methodFactKinds } from '../../program/schema/method.ts';
import type { Executor } from '../../store/store.ts';
import type { FactInputs } from '../explain/fact-evidence.ts';
import { laddersOf } from '../ladder-of.ts';
import { loadInputs, type PartnerInputs } from '../load.ts';
import { loadPartnerFacts } from '../load-exceptions.ts';
import type { KpiInput, PartnerFact, PartnerFacts } from '../types.ts';

/** A tier in force, with its first day. */
export interface HeldTier {
  tier: string;
  label: string;
  since: string | null;
}

/** What says which benefits and responsibilities of the program are a partner's, and what was done of them. */
export interface MethodInputs {
  program: Program;
  partnerId: string;
  partner: PartnerFacts;
  /** The tier of its ladder first. */
  tiers: HeldTier[];
  kpis: readonly KpiInput[];
  facts: FactInputs;
  asOf: string;
}

const pageSize = 500;

/** Those of partners that take part in the program: no prospects or applicants, and nobody before its first day or after its last. */
export async function loadMethodInputs(
  executor: Executor,
  {
    program,
    partners,
    now,
    asOf,
  }: { program: Program; partners: readonly string[]; now: number; asOf: string },
): Promise<MethodInputs[]> {
  const kinds = methodFactKinds(program);
  const all: MethodInputs[] = [];
  for (let from = 0; from < partners.length; from += pageSize) {
    const page = partners.slice(from, from + pageSize);
    const { facts, late } = await loadPartnerFacts(executor, program, { partners: page, now, kinds });
    for (const { partnerId, partner, kpis, states } of await loadInputs(executor, {
      program,
      partners: page,
      now,
    })) {
      if (apartReason(partner, asOf) !== null) continue;
      const tiers = heldTiers(program, { partner, states });
      const own = { facts: facts.get(partnerId) ?? [], late };
      all.push({ program, partnerId, partner, tiers, kpis, facts: own, asOf });
    }
  }
  return all;
}

/** The tiers that a partner has by its open states, that of its ladder first. */
export function heldTiers(
  program: Program,
  { partner, states }: Pick<PartnerInputs, 'partner' | 'states'>,
): HeldTier[] {
  return laddersOf(program, partner).flatMap((ladder) => {
    const state = states.find((one) => one.ladder === ladder.key && !one.isClosed)?.state;
    const tier = ladder.tiers.find(({ key }) => key === state?.tier);
    return tier === undefined ? [] : [{ tier: tier.key, label: tier.label, since: state!.since }];
  });
}

/** Why a partner does not take part in the program on a day; null where it does. */
export function apartReason(partner: PartnerFacts, asOf: string): string | null {
  const { startedOn, endedOn } = partner;
  const outside = outsideReason(partner);
  if (outside !== null) return outside;
  if (typeof startedOn === 'string' && startedOn > asOf) return `its first day is ${startedOn}`;
  return typeof endedOn === 'string' && endedOn < asOf ? `its last day was ${endedOn}` : null;
}

/** Whether something that the program says for partner types is for this partner. */
export function isForTypes({ partner }: MethodInputs, types: readonly string[] | undefined): boolean {
  const own = Array.isArray(partner.types) ? partner.types : [];
  return types === undefined || own.some((type) => types.includes(type));
}

/** Facts of a kind up to today, the earliest first. */
export function factsOfKind(
  { facts, asOf }: MethodInputs,
  kind: string,
): (PartnerFact & { occurredOn: string })[] {
  return facts.facts
    .filter((fact): fact is PartnerFact & { occurredOn: string } => fact.occurredOn !== null)
    .filter((fact) => nameKey(fact.kind) === nameKey(kind) && fact.occurredOn <= asOf)
    .toSorted((one, other) => (one.occurredOn < other.occurredOn ? -1 : 1));
}

/** The first day from which something counts: of the tier or the partner, but not before the program asks for it. */
export function baseDay(
  { program }: MethodInputs,
  { since, from = program.validFrom }: { since: string | null; from?: string | undefined },
): string {
  return since === null || since < from ? from : since;
}

/** The first day of a partner in the program; null where nobody says. */
export function startOf({ partner: { startedOn } }: Pick<MethodInputs, 'partner'>): string | null {
  return typeof startedOn === 'string' ? startedOn : null;
}

/** Why time runs from the day on which the program begins to ask; null where the first day of the tier, or of the partner, is known. */
export function startDoubt(tier: HeldTier | null, since: string | null): string | null {
  if (since !== null) return null;
  return tier === null ? 'its first day is not known' : `the first day of ${tier.label} is not known`;
}
