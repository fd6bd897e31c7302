/** What a record is called that is not here as the CRM has it, by its cause. */
export interface CauseDefinition {
  label: string;
  /** As a sentence about one record. */
  meaning: string;
  /** Whether the record is accounted for all the same: it was read, and waits for somebody or something that is told elsewhere. */
  isKnown: boolean;
}

export const mismatchCauses = {
  late_row: {
    label: 'Late row',
    meaning: 'The CRM has it and it was never read, or it was restored without anybody being told.',
    isKnown: false,
  },
  late_change: {
    label: 'Late change',
    meaning: 'It was changed in the CRM since it was read, and the change was never told.',
    isKnown: false,
  },
  unstamped_change: {
    label: 'Change without a stamp',
    meaning: 'A value moved in the CRM without the record being stamped, as formulas and roll-ups do.',
    isKnown: false,
  },
  missed_delete: {
    label: 'Missed delete',
    meaning: 'It was deleted or merged away in the CRM, and is still here.',
    isKnown: false,
  },
  scope_moved: {
    label: 'Scope moved',
    meaning: 'It is in scope on one side and out of it on the other.',
    isKnown: false,
  },
  local_edit: {
    label: 'Local edit',
    meaning: 'It is in the CRM as it was read; what the CRM owns of ours was changed or removed here.',
    isKnown: false,
  },
  lost_link: {
    label: 'Lost link',
    meaning: 'Both sides have it, and what connects the two is gone.',
    isKnown: false,
  },
  unsent_edit: {
    label: 'Unsent edit',
    meaning: 'A field that both sides may change was changed here, and nothing is on its way to the CRM.',
    isKnown: true,
  },
  duplicate: {
    label: 'Duplicate',
    meaning: 'Two records of the CRM are one record here.',
    isKnown: true,
  },
  orphan: {
    label: 'Orphan',
    meaning: 'It was read and waits here for its parent.',
    isKnown: true,
  },
  invalid: {
    label: 'Invalid',
    meaning: 'It was read and cannot be used as it is.',
    isKnown: true,
  },
} as const satisfies Record<string, CauseDefinition>;

export type MismatchCause = keyof typeof mismatchCauses;

export const causeNames = Object.keys(mismatchCauses) as MismatchCause[];
