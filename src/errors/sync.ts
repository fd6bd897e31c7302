import type { ErrorDefinition } from '../errors.ts';

/** Errors of reading, merging and writing back. */
export const syncErrors = {
  SYNC_ORG_CHANGED: {
    message:
      '{connection} is now org {found}, but it was set up with org {pinned}. Nothing is written until a person links it again.',
    actions: ['If the org was refreshed or cloned on purpose: tierlink connect --relink {connection}'],
    retry: 'never',
    http: 409,
  },
  SYNC_ORG_UNKNOWN: {
    message: '{connection} was never reached, so it is not known which org it leads to. Nothing was changed.',
    actions: ['Reach it first: tierlink check --connection {connection}'],
    retry: 'never',
    http: 409,
  },
  SYNC_WRITE_BACK_OFF: {
    message: 'Write-back of {connection} is off; nothing was written.',
    actions: [
      'Turn it on when the comparison looks right: tierlink connect --write-back on --connection {connection}',
    ],
    retry: 'never',
    http: 409,
  },
  SYNC_MASS_DELETE: {
    message:
      '{count} of {total} {object} records of {connection} would be marked deleted at once. None of them was.',
    actions: [
      "Check the integration user's access: tierlink doctor",
      'If it is right: tierlink sync --object {object} --accept-deletes',
    ],
    retry: 'never',
    http: 409,
  },
  SYNC_UNMAPPED: {
    message:
      'No mapping of {connection} reads these records any more: {what}. This run read nothing from {connection} and wrote nothing to it; nobody is demoted on those records.',
    actions: [
      'Put the mapping back; everything goes on where it stopped',
      'Or take the records out of the program: tierlink sync --connection {connection} --accept-deletes',
    ],
    retry: 'never',
    http: 409,
  },
  SYNC_CONNECTION_REMOVED: {
    message:
      '{connection} is no longer set up here, but records that it brought are in the program: {what}. Nothing keeps them up to date, and nobody is demoted on them.',
    actions: [
      'Set it up again in tierlink.yaml; everything goes on where it stopped',
      'Or take its records out of the program: tierlink sync --accept-deletes',
    ],
    retry: 'never',
    http: 409,
  },
  SYNC_INCOMPLETE: {
    message: '{accounted} of {read} {object} records are accounted for. The page was not kept.',
    actions: ['Report it with the output of: tierlink --debug'],
    retry: 'never',
  },
  RECORD_INVALID: {
    message: 'This cannot be used: {reason}.',
    actions: ['Correct the record in the CRM; it is read again when it changes.'],
    retry: 'never',
  },
  RECORD_REQUIRED: {
    message: '{field} is empty, and the program cannot use the record without it.',
    actions: ['Fill the field in the CRM; the record is read again when it changes.'],
    retry: 'never',
  },
  RECORD_PARENT: {
    message: '{field}: the record that it names is not in the CRM, so this one is not created yet.',
    actions: [
      'Make it there, or name one that is there (links move, match accept), then: tierlink rejects retry --code RECORD_PARENT',
    ],
    retry: 'never',
  },
  RECORD_ID_TAKEN: {
    message: 'Our id was not written into {field}, the other fields were: {reason}',
    actions: [
      'Clear the field on the other record that has this id (a copy, or one that sharing hides), then: tierlink rejects retry --code RECORD_ID_TAKEN',
    ],
    retry: 'never',
  },
  RECORD_BREAKER: {
    message: 'The record was written {count} times within {minutes} minutes, so writing to it stopped.',
    actions: [
      'Look for another system that changes the same field, then retry: tierlink rejects retry --code RECORD_BREAKER',
    ],
    retry: 'never',
  },
} as const satisfies Record<string, ErrorDefinition>;
