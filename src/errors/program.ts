import type { ErrorDefinition } from '../errors.ts';

/** Errors in program files, KPIs and tiers. */
export const programErrors = {
  PROGRAM_UNREADABLE: {
    message: '{file} is not valid YAML: {reason}',
    actions: ['Correct the line and run the command again.'],
    retry: 'never',
    exit: 2,
  },
  PROGRAM_INVALID: {
    message: '{file}:{line}:{column}: {path}: {reason} ({code})',
    actions: ['Correct the line; every other mistake of the file: tierlink program check'],
    retry: 'never',
    exit: 2,
  },
  PROGRAM_MISSING: {
    message: 'There is no program file at {file}.',
    actions: [
      'Check the path that was given, or "program" in tierlink.yaml.',
      'Make a project, with programs to begin with: tierlink init',
    ],
    retry: 'never',
    exit: 2,
  },
  KPI_UNKNOWN: {
    message: 'Program {program} has no KPI named {kpi}.',
    actions: ['Use one of: {known}', 'List them: tierlink kpi list'],
    retry: 'never',
    exit: 2,
  },
  TIER_UNKNOWN: {
    message: 'Program {program} has no tier named {tier}.',
    actions: ['Use one of: {known}'],
    retry: 'never',
    exit: 2,
  },
  TIER_NONE: {
    message: 'Program {program} has no ladder for {partner}, so there is no tier to show: {because}.',
    actions: ['See its measures: tierlink kpi show "{partner}"'],
    retry: 'never',
  },
  APPROVAL_UNKNOWN: {
    message: 'There is no approval {approval}. Nothing was changed.',
    actions: ['See which there are: tierlink approvals list'],
    retry: 'never',
    http: 404,
  },
  APPROVAL_DECIDED: {
    message: '{approval} does not wait any more: {state}. It was left as it is.',
    actions: ['See who decided it and why: tierlink approvals show {approval}'],
    retry: 'never',
    http: 409,
  },
  WAIVER_INVALID: {
    message: 'Waiver for {partner}: {reason}. Nothing was changed.',
    actions: ['{remedy}', 'See what is asked of it: tierlink tier why "{partner}"'],
    retry: 'never',
    exit: 2,
  },
  FACT_INVALID: {
    message: 'Fact about {partner}: {reason}. Nothing was changed.',
    actions: ['{remedy}', 'See its facts: tierlink fact list "{partner}"'],
    retry: 'never',
    exit: 2,
  },
  OVERRIDE_INVALID: {
    message: 'Override of {partner}: {reason}. Nothing was changed.',
    actions: ['{remedy}', 'See its tier and any override: tierlink tier why "{partner}"'],
    retry: 'never',
    exit: 2,
  },
  SIMULATION_INVALID: {
    message: '{name} cannot be supposed: {reason}. Nothing was evaluated.',
    actions: ['{remedy}', 'See what the program measures: tierlink kpi list'],
    retry: 'never',
    exit: 2,
  },
  SIMULATION_FILE: {
    message: '{file} cannot be used: {reason}. Nothing was evaluated.',
    actions: ['See what it may look like: tierlink tier simulate --help'],
    retry: 'never',
    exit: 2,
  },
  PERIOD_UNKNOWN: {
    message: '"{period}" is no period. Nothing was changed.',
    actions: [
      'Write it like 2026-Q3, 2026-09, 2026, FY2026-Q1 or FY2026',
      'See those that are closed: tierlink period show',
    ],
    retry: 'never',
    exit: 2,
  },
  PERIOD_RUNNING: {
    message: '{period} is not over: its last day is {endsOn}. It was not closed.',
    actions: ['Close it once that day is over.'],
    retry: 'never',
    exit: 2,
  },
  PERIOD_CLOSED: {
    message: '{period} is closed already, since {on}, by {by}. Nothing was changed.',
    actions: [
      'See it, with what has changed since: tierlink period show {period}',
      'Open it again: tierlink period reopen {period} --reason "..."',
    ],
    retry: 'never',
    exit: 2,
  },
  PERIOD_NOT_CLOSED: {
    message: '{period} is not closed. Nothing was changed.',
    actions: ['Close it: tierlink period close {period}', 'See those that are closed: tierlink period show'],
    retry: 'never',
    exit: 2,
  },
  PERIOD_RECONSTRUCTED: {
    message:
      'What was known at the end of {period} is not available: {reason}. The records of today would stand for it. It was not closed.',
    actions: [
      'See what they say about its last day: tierlink tier evaluate --as-of {endsOn}',
      'Sign that off, marked as reconstructed: tierlink period close {period} --reconstructed',
    ],
    retry: 'never',
  },
  PERIOD_INCOMPLETE: {
    message: 'The inputs of {period} are not complete: {reason}. It was not closed.',
    actions: [
      'Read what CRMs hold: tierlink sync',
      'Import what comes from files, such as: tierlink import facts usage.csv',
      'Sign it off as it is: tierlink period close {period} --accept-incomplete',
    ],
    retry: 'never',
  },
} as const satisfies Record<string, ErrorDefinition>;
