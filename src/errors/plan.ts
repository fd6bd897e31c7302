import type { ErrorDefinition } from '../errors.ts';

/** Errors of plans: making, choosing in and applying them. */
export const planErrors = {
  PLAN_INVALID: {
    message: '{file} cannot be used as a plan: {reason}. Nothing was written.',
    actions: ['Make a new one: tierlink plan --out {plan}'],
    retry: 'never',
    exit: 2,
    http: 400,
  },
  PLAN_CHOICE: {
    message: '{reason}. Nothing was changed in {plan}.',
    actions: ['See what is in it: tierlink plan show {plan} --all'],
    retry: 'never',
    exit: 2,
    http: 400,
  },
  PLAN_ROWS: {
    message: '{file}: errors in {rows}. Nothing was changed in {plan}.\n{told}',
    actions: [
      'Correct them and run the command again.',
      'Begin with a new table: tierlink plan show {plan} --csv "{file}"',
    ],
    retry: 'never',
    exit: 2,
    http: 400,
  },
  REJECTS_ROWS: {
    message: '{file}: errors in {rows}. No plan was made, and nothing was written.\n{told}',
    actions: [
      'Correct them and run the command again.',
      'Begin with a new table: tierlink rejects export --csv rejects.csv',
    ],
    retry: 'never',
    exit: 2,
    http: 400,
  },
  PLAN_PARTIAL: {
    message:
      '{connection} could not be compared as a whole: {reason}. No plan was made, and nothing was written.',
    actions: ['See what is at work: tierlink status', 'Then run the command again.'],
    retry: 'backoff',
  },
  PLAN_STALE: {
    message: '{reason}. Nothing was written.{told}',
    actions: ['See what is different now: tierlink plan --out {plan}'],
    retry: 'never',
    http: 409,
  },
  PLAN_FOREIGN: {
    message: 'The plan was made for something else: {reason}. Nothing was written.',
    actions: ['Make one with what is in force now: tierlink plan --out {plan}'],
    retry: 'never',
    http: 409,
  },
  PLAN_APPLIED: {
    message: 'The plan was applied by run {run} already. Nothing was written.',
    actions: ['See what differs now: tierlink plan', 'See what was written: tierlink audit --run {run}'],
    retry: 'never',
    http: 409,
  },
  RUN_UNKNOWN: {
    message: 'There is no run {run}.',
    actions: ['See the last runs: tierlink status'],
    retry: 'never',
    exit: 2,
    http: 404,
  },
  UNDO_INSTALL: {
    message:
      'Run {run} installed into {connection}. What is installed is never taken out by Tierlink, as the data in it would be lost. Nothing was changed.',
    actions: [
      'See each part that it made: tierlink audit --run {run}',
      "Have an administrator delete by hand, the last part first, what nothing else uses; the way to each in the CRM's own set-up: tierlink install plan --connection {connection} --json",
    ],
    retry: 'never',
    exit: 2,
    http: 409,
  },
  UNDO_NOTHING: {
    message: 'Run {run} wrote nothing to a CRM that is connected. No plan was made.',
    actions: ['See the last runs: tierlink status'],
    retry: 'never',
  },
  PLAN_WAITS: {
    message:
      'Run {run} wrote all of the plan but tiers that go down, which wait for an approval. Nothing was written now.',
    actions: ['Let them be written: tierlink plan approve <file> --reason "...", then apply it again'],
    retry: 'never',
    http: 409,
  },
  PLAN_UNAPPROVED: {
    message:
      'The plan writes {records} records of {connection}, and more than {limit} need an approval. Nothing was written.',
    actions: [
      'Look at it: tierlink plan show {plan}',
      'Let it be applied: tierlink plan approve {plan} --reason "..."',
    ],
    retry: 'never',
    http: 409,
  },
} as const satisfies Record<string, ErrorDefinition>;
