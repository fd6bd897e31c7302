import type { ErrorDefinition } from '../errors.ts';

/** Errors of deciding whether records of several connections are the same. */
export const matchErrors = {
  MATCH_UNKNOWN: {
    message: 'There is no match {match}. Nothing was changed.',
    actions: ['See which there are: tierlink match list'],
    retry: 'never',
    http: 404,
  },
  MATCH_DECIDED: {
    message: '{match} is {state} already. It was left as it is.',
    actions: ['See who decided it and why: tierlink match show {match}'],
    retry: 'never',
    http: 409,
  },
  MATCH_OUTDATED: {
    message: 'The records of {match} cannot be joined: {reason}. Nothing was changed.',
    actions: ['Bring the proposals up to date: tierlink sync'],
    retry: 'never',
    http: 409,
  },
  MATCH_NOT_JOINED: {
    message: '{match} cannot be taken apart: {reason}. Nothing was changed.',
    actions: ['See what became of the records: tierlink match show {match}'],
    retry: 'never',
    http: 409,
  },
  MATCH_SINGLE: {
    message:
      'Records are matched between connections, and with companies from files; this project has one connection and no such companies. Nothing was changed.',
    actions: ['Add the other one: tierlink connect <crm> --alias <alias>'],
    retry: 'never',
    http: 409,
  },
} as const satisfies Record<string, ErrorDefinition>;
