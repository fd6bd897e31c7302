import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import type { OwnerRules } from '../../src/sync/owners.ts';
import type { ChildSite } from './kill-words.ts';

/**
 * The shipped mappings; with us, too, people work on cases, which Dynamics closes by an action of its own. What a CRM makes
 * of that is left out: since when it is known follows from when it is read back, and a restart reads earlier.
 */
export function killMappings(shipped: readonly ObjectMapping[]): ObjectMapping[] {
  return shipped.map((mapping) => {
    if (mapping.entity !== 'case') return mapping;
    const { status, isClosed: _follows, closedAt: _too, ...attributes } = mapping.attributes;
    const shared = { ...status!, direction: 'both' as const, policy: 'newest' as const };
    return { ...mapping, attributes: { ...attributes, status: shared } };
  });
}

/** What the CRMs call a case that is solved, and one that somebody works on, by object. */
export const caseWords: Readonly<Record<string, { solved: string; atWork: string }>> = {
  Case: { solved: 'Closed', atWork: 'Working' },
  incident: { solved: 'Problem Solved', atWork: 'In Progress' },
};

/** Where there are two connections, the second one decides about phones and the first about all else. */
export function ownersOf({ connections }: Pick<ChildSite, 'connections'>): OwnerRules | undefined {
  const [first, second] = connections.map(({ alias }) => alias);
  if (first === undefined || second === undefined) return undefined;
  return { partner: { default: [first, second], phone: [second, first] } };
}
