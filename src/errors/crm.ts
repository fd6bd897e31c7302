import type { ErrorDefinition } from '../errors.ts';

/** What a CRM can answer, in our own words; connectors map their platform's codes to these. */
export const crmErrors = {
  CRM_SIGN_IN: {
    message: 'Sign-in to {connection} was refused: {reason}. Nothing was read or written.',
    actions: [
      '{advice}',
      "Check the connection's credentials and the app's approval, then run: tierlink check --connection {connection}",
    ],
    retry: 'never',
    exit: 4,
    http: 401,
  },
  CRM_SESSION_EXPIRED: {
    message: 'The session with {connection} ended and could not be renewed.',
    actions: ['Run: tierlink check --connection {connection}'],
    retry: 'signIn',
    exit: 4,
  },
  CRM_UNREACHABLE: {
    message: '{connection} does not answer: {reason}. What was finished is kept.',
    actions: [
      'Check the network and the address with: tierlink doctor',
      'A running tierlink start tries again by itself; otherwise run the command again.',
    ],
    retry: 'backoff',
    http: 503,
  },
  CRM_BUSY: {
    message: '{connection} has too many requests at once: {reason}',
    actions: ['A running tierlink start tries again by itself; otherwise run the command again in a minute.'],
    retry: 'backoff',
    http: 503,
  },
  CRM_FAULT: {
    message: '{connection} met an error of its own when the record was saved, and did not keep it: {reason}',
    actions: [
      'A running tierlink start sends it again, later each time; other records are not kept waiting.',
      'If it stays, look at what runs in the CRM when the record is saved: plug-ins, flows, triggers.',
    ],
    retry: 'backoff',
  },
  CRM_QUOTA: {
    message: 'The API calls of {connection} are used up: {reason}. Waiting until {until}; nothing is lost.',
    actions: [
      'A running tierlink start goes on by itself then; otherwise run the command again after that time.',
      'Raise the share of the connection, or the allowance in the CRM.',
    ],
    retry: 'after',
    http: 503,
  },
  CRM_BUDGET: {
    message:
      'The {period} budget of {limit} calls for {connection} is used up. Waiting until {until}; nothing is lost.',
    actions: [
      'A running tierlink start goes on by itself then; otherwise run the command again after that time.',
      'Raise dailyCalls of the connection.',
    ],
    retry: 'after',
    http: 503,
  },
  CRM_LOCKED: {
    message: 'The record was being changed by somebody else: {reason}',
    actions: ['Nothing to do: it goes out again with the next push.'],
    retry: 'backoff',
  },
  CRM_OUTCOME_UNKNOWN: {
    message:
      'The answer to a write was lost; whether {connection} kept it is found out by reading the record.',
    actions: ['Nothing to do: the next run reads the record and decides.'],
    retry: 'backoff',
  },
  CRM_PERMISSION: {
    message: '{connection} does not let the integration user do this: {reason}',
    actions: ['Give the integration user the shipped permission set or role, then run: tierlink doctor'],
    retry: 'never',
    http: 403,
  },
  CRM_OBJECT_MISSING: {
    message: '{object} does not exist in {connection} or the integration user cannot see it.',
    actions: [
      'Check the mapping with: tierlink map check',
      'Deploy the fields with: tierlink install source --connection {connection}',
    ],
    retry: 'never',
  },
  CRM_FIELD_MISSING: {
    message: '{field} does not exist on {object} or the integration user cannot see it.',
    actions: ['Check the mapping with: tierlink map check'],
    retry: 'never',
  },
  CRM_FIELD_READONLY: {
    message: '{field} cannot be written by the integration user.',
    actions: ['Give edit access to the field, then run: tierlink doctor'],
    retry: 'never',
  },
  CRM_REQUIRED: {
    message: 'A required value is missing: {reason}',
    actions: ['Fill the field in the CRM or map it, then retry: tierlink rejects retry --code CRM_REQUIRED'],
    retry: 'never',
  },
  CRM_TOO_LONG: {
    message: 'A value is longer than the field allows: {reason}',
    actions: [
      'Lengthen the field or shorten the value, then retry: tierlink rejects retry --code CRM_TOO_LONG',
    ],
    retry: 'never',
  },
  CRM_PICKLIST: {
    message: "A value is not in the field's list: {reason}",
    actions: [
      "Add the value in the CRM, also where kinds of records have lists of their own, or change the mapping's values, then retry: tierlink rejects retry --code CRM_PICKLIST",
    ],
    retry: 'never',
  },
  CRM_BAD_VALUE: {
    message: 'The CRM does not accept a value: {reason}',
    actions: ['Correct the value or the mapping, then retry: tierlink rejects retry --code CRM_BAD_VALUE'],
    retry: 'never',
  },
  CRM_RULE: {
    message: 'A rule of the CRM refused the record: {reason}',
    actions: ['Satisfy or change the rule in the CRM, then retry: tierlink rejects retry --code CRM_RULE'],
    retry: 'never',
  },
  CRM_DUPLICATE: {
    message: 'Another record already has this key or looks the same: {reason}',
    actions: [
      'Merge or correct the records in the CRM, then retry: tierlink rejects retry --code CRM_DUPLICATE',
      'If sharing hides the other one from the integration user, show it to the user: see tierlink doctor. It is tried again once a day.',
    ],
    retry: 'never',
  },
  CRM_REFERENCE: {
    message: 'A record that this one points to does not exist or cannot be seen: {reason}',
    actions: ['Check the parent record and sharing, then retry: tierlink rejects retry --code CRM_REFERENCE'],
    retry: 'never',
  },
  CRM_GONE: {
    message: 'The record is not there: it was deleted or merged in the CRM, or sharing hides it: {reason}',
    actions: [
      'Nothing to do where it was deleted or merged: the next pull follows.',
      'If sharing hides it from the integration user, show it to the user: see tierlink doctor. It is tried again once a day.',
    ],
    retry: 'never',
  },
  CRM_READONLY_RECORD: {
    message: 'The record can no longer be changed: {reason}',
    actions: ['Nothing to do; converted and closed records are left as they are.'],
    retry: 'never',
  },
  CRM_COLLATERAL: {
    message: 'The record was refused only because another one in its batch was.',
    actions: ['Nothing to do: it goes out again with the next push.'],
    retry: 'backoff',
  },
  CRM_QUERY: {
    message: 'The CRM refused a query: {reason}',
    actions: ["Check the filter in the mapping's scope with: tierlink map check"],
    retry: 'never',
  },
  CRM_STORAGE: {
    message: 'The CRM has no storage left: {reason}',
    actions: ['Free storage in the CRM, then retry: tierlink rejects retry --code CRM_STORAGE'],
    retry: 'never',
  },
  CRM_VERSION: {
    message: '{connection} does not offer API version {version}.',
    actions: ['Set another apiVersion for the connection.'],
    retry: 'never',
    exit: 2,
  },
  CRM_CURSOR_EXPIRED: {
    message:
      'Changes of {object} before {since} are no longer kept by {connection}; a full comparison is needed.',
    actions: ['Nothing to do: the next run compares everything.'],
    retry: 'never',
  },
  CRM_UNKNOWN: {
    message: 'The CRM answered {vendorCode}: {reason}',
    actions: [
      "Look the code up in the CRM's documentation, then retry: tierlink rejects retry --code CRM_UNKNOWN",
    ],
    retry: 'never',
  },
} as const satisfies Record<string, ErrorDefinition>;
