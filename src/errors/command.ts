import type { ErrorDefinition } from '../errors.ts';

/** Errors of commands, flags and configuration. */
export const commandErrors = {
  USAGE: {
    message: '{reason}',
    actions: ['See: tierlink {command} --help'],
    retry: 'never',
    exit: 2,
    http: 400,
  },
  SIMULATOR_INPUT: {
    message: 'The simulator cannot use what it was given: {reason}. Nothing was started.',
    actions: ['Correct the file at the place named and start it again.'],
    retry: 'never',
    exit: 2,
  },
  SIMULATOR_PORT: {
    message: 'Something else listens on port {port}. The simulator was not started.',
    actions: ['Name another port, or leave --port out for a free one.'],
    retry: 'never',
    exit: 2,
  },
  CONFIG_INVALID: {
    message: '{place}: {reason}. Nothing was started.',
    actions: ['See every setting: tierlink config --explain'],
    retry: 'never',
    exit: 2,
  },
  CONFIG_MISSING: {
    message: '{name} is not set. It is needed for {purpose}.',
    actions: ['Add it to .env; .env.example explains every setting.'],
    retry: 'never',
    exit: 2,
  },
  CONNECTION_UNKNOWN: {
    message: 'There is no connection named {connection}.',
    actions: ['Use one of: {known}', 'Add one: tierlink connect'],
    retry: 'never',
    exit: 2,
    http: 404,
  },
  CONNECTION_NONE: {
    message: 'No connection is set up yet.',
    actions: ['Try the product without a CRM: tierlink demo', 'Set one up: tierlink init'],
    retry: 'never',
    exit: 2,
  },
  CONNECTOR_UNKNOWN: {
    message: 'There is no connector named {connector}.',
    actions: ['Use one of: {known}'],
    retry: 'never',
    exit: 2,
  },
  PARTNER_UNKNOWN: {
    message: 'No partner is named or numbered "{partner}".',
    actions: ['Closest: {closest}', 'List them: tierlink partners'],
    retry: 'never',
    exit: 2,
    http: 404,
  },
  RECORD_UNKNOWN: {
    message: 'There is no record {record}.',
    actions: ['Give the id as the CRM shows it, or ours.'],
    retry: 'never',
    exit: 2,
    http: 404,
  },
  FILE_EXISTS: {
    message: '{file} is there already and was left as it is.',
    actions: ['Give another folder, or --force to replace it.'],
    retry: 'never',
    exit: 2,
  },
  INTERRUPTED: {
    message: 'Interrupted. Finished pages are kept; the next run goes on from there.',
    actions: ['Go on with the same command.'],
    retry: 'never',
    exit: 130,
  },
  INTERNAL: {
    message: 'Something went wrong inside Tierlink: {reason}',
    actions: ['Run the command again with --debug and report the output.'],
    retry: 'never',
  },
} as const satisfies Record<string, ErrorDefinition>;
