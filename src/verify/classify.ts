import type { MismatchCause } from '../model/mismatch-causes.ts';
import type { LinkState } from '../sync/records/links.ts';

/** What is known of one record on both sides. */
export interface RecordFacts {
  /** Where the CRM has it now. */
  place: 'in_scope' | 'out_of_scope' | 'gone';
  /** The CRM's stamp, ISO instant; null where it is not in scope. */
  modifiedAt: string | null;
  /** Stands for the mapped values as the CRM has them; null where it is not in scope. */
  hash: string | null;
  link: { state: LinkState; seenAt: string | null; seenHash: string | null } | undefined;
  /** What merging it now would come to; null for a record that is nobody's, or not in scope. */
  merges: 'held' | 'invalid' | 'changes' | 'unsent' | 'agrees' | null;
  /** Whether it is kept aside already, and why. */
  aside: 'held' | 'invalid' | 'left_out' | undefined;
  /** Whether our record is there although nothing links it. */
  isOursThere: boolean;
  /** Whether something of ours is on its way to the CRM. */
  isWaiting: boolean;
  /** Whether ours is several records of the CRM, which cannot all be as it is. */
  isTwice: boolean;
  /** What was found before, and is not settled by a reading since. */
  before: MismatchCause | undefined;
}

/** Why a record is not here as the CRM has it; null where it is. Pure. */
export function causeOf(facts: RecordFacts): MismatchCause | null {
  const { place, link, merges, aside } = facts;
  const isLive = link?.state === 'live';
  const isHere = isLive || aside !== undefined;
  if (place !== 'in_scope') return isHere ? (place === 'gone' ? 'missed_delete' : 'scope_moved') : null;
  if (merges === null) return null;
  if (merges === 'held' && aside === 'held') return 'orphan';
  if (merges === 'invalid' && aside === 'invalid') return 'invalid';
  if (link === undefined) return facts.isOursThere ? 'lost_link' : 'late_row';
  if (link.state === 'out_of_scope') return 'scope_moved';
  if (!isLive) return 'late_row';
  return causeOfValues(facts, link);
}

function causeOfValues(
  { hash, modifiedAt, merges, isWaiting, isTwice, before }: RecordFacts,
  { seenAt, seenHash }: NonNullable<RecordFacts['link']>,
): MismatchCause | null {
  const isLater = seenAt === null || (modifiedAt !== null && modifiedAt > seenAt);
  if (seenHash !== null && seenHash !== hash) return isLater ? 'late_change' : 'unstamped_change';
  if (merges === 'agrees' || isWaiting || isTwice) return null;
  if (merges === 'unsent') return 'unsent_edit';
  // A link that forgot what was last read says no more which side moved; what was found then does.
  if (seenHash === null) return before ?? (isLater ? 'late_change' : 'local_edit');
  return 'local_edit';
}
