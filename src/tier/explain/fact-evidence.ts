import { reasonOrNull } from '../../kpi/state-reason.ts';
import type { StateReason } from '../../kpi/types.ts';
import { nameKey } from '../../model/values.ts';
import type { Requirement } from '../../program/schema/ladder.ts';
import type { PartnerFact, RequirementEvidence } from '../types.ts';

/** What is asked for where something has to be on file. */
export const onFile = 'on file';

/** The facts about a partner, and why those of some kinds may be late or partial. */
export interface FactInputs {
  facts: readonly PartnerFact[];
  /** By kind, as names are compared; none of a kind that is complete. */
  late: ReadonlyMap<string, StateReason>;
}

/** Why facts of a kind may be late or partial; null when they are not. */
export function lateFacts({ late }: Pick<FactInputs, 'late'>, kind: string): StateReason | null {
  return late.get(nameKey(kind)) ?? null;
}

/** Whether a fact of a kind is valid on the day: from its own day on, through its last one if it has one. */
export function factEvidence(
  facts: FactInputs | undefined,
  of: { requirement: Requirement; kind: string; id: string; asOf: string | undefined },
): RequirementEvidence {
  const { requirement, kind, id, asOf } = of;
  const own = (facts?.facts ?? []).filter((fact) => nameKey(fact.kind) === nameKey(kind));
  const valid = asOf === undefined ? undefined : own.findLast((fact) => isValid(fact, asOf));
  const isWanted = requirement.noFact === undefined;
  const isMet = (valid !== undefined) === isWanted;
  const late = facts === undefined ? null : lateFacts(facts, kind);
  return {
    id,
    label: requirement.label ?? (isWanted ? kind : `no ${kind}`),
    kpi: null,
    unit: null,
    currency: null,
    value: null,
    bound: null,
    threshold: null,
    gap: null,
    needs: isWanted ? onFile : 'not on file',
    has: factWords(valid, own.at(-1)),
    gapText: null,
    state: isMet ? 'met' : 'not_met',
    reason: reasonOrNull(late),
    counted: valid === undefined ? 0 : 1,
    excluded: 0,
    isCertain: late === null,
    ...(late === null ? {} : { waitsFor: late }),
    partnerCondition: null,
    fact: valid ?? null,
    waiver: null,
  };
}

/** What a requirement finds, of a fact without who put it on file. */
export function hasWithoutAuthor({ fact, has }: Pick<RequirementEvidence, 'fact' | 'has'>): string {
  return fact === null ? has : sinceWords(fact);
}

function sinceWords({ occurredOn, expiresOn }: PartnerFact): string {
  return `since ${occurredOn}${expiresOn === null ? '' : `, until ${expiresOn}`}`;
}

function isValid({ occurredOn, expiresOn }: PartnerFact, asOf: string): boolean {
  return occurredOn !== null && occurredOn <= asOf && (expiresOn === null || asOf <= expiresOn);
}

function factWords(valid: PartnerFact | undefined, last: PartnerFact | undefined): string {
  if (valid === undefined) return last?.expiresOn ? `ended ${last.expiresOn}` : '-';
  return `${sinceWords(valid)}${valid.author === null ? '' : ` (${valid.author})`}`;
}
