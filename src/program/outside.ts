import { nameKey } from '../model/values.ts';
import type { Filter } from './schema/kpi.ts';

/** The life cycle of a partner, in the words of the program model. */
export const lifeCycle = [
  'prospect',
  'applicant',
  'onboarding',
  'active',
  'suspended',
  'terminated',
] as const;

/**
 * States of it of who is no partner yet, or none any more: on no ladder, in no group of a rank, in no goal. Only what
 * a person said counts, not the dates of the agreement: a renewal that nobody has noted yet must not cost a tier.
 */
const outsideStatuses: readonly string[] = ['prospect', 'applicant', 'terminated'];

/** The same as a condition on the partner: whether it is in the program. A blank status is no obstacle. */
export const inProgramByStatus: Filter = { not: { attribute: 'status', in: [...outsideStatuses] } };

/** Why a partner is not in the program, in words; null where its status does not say that it is not. */
export function outsideReason({ status }: Readonly<Record<string, unknown>>): string | null {
  const isOutside = typeof status === 'string' && outsideStatuses.includes(nameKey(status));
  return isOutside ? `its status is ${status}` : null;
}
