/** Why records of a feed are known to be partial, in words for people. While it is so, nobody is demoted on them. */
export const freezeReasons = {
  scope_shrank: 'the CRM counts fewer records in scope than were read',
  not_all_visible: 'the integration user does not see every record',
  shown_again: 'records that were hidden are read again',
  unconfirmed: 'the last sync did not find out whether the integration user sees every record',
  records_missing: 'the CRM counts far more records than were read',
  changes_lost: 'the CRM no longer keeps the changes since the last read',
  unmapped: 'no mapping reads these records any more',
  mass_delete: 'the deletion of very many records waits for a person',
} as const;

export type FreezeReason = keyof typeof freezeReasons;

/** The reason in words; one that is in words already is returned as it is. */
export function freezeText(reason: string): string {
  return Object.hasOwn(freezeReasons, reason) ? freezeReasons[reason as FreezeReason] : reason;
}
