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
    message: 'Port {port} cannot be listened on: {reason}. The simulator was not started.',
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
    message: 'Not set, but needed for {purpose}: {name}.',
    actions: [
      'Set it in .env or in the environment; what it means: tierlink config --explain',
      'Give it, or be asked for it on a terminal: tierlink {command}',
    ],
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
    actions: [
      'Set one up: tierlink connect',
      'Without a CRM, begin with a file: tierlink import partners partners.csv',
    ],
    retry: 'never',
    exit: 2,
  },
  PROJECT_NONE: {
    message: 'There is no project in {folder}: no tierlink.yaml.',
    actions: [
      'Go to the folder of your project, or set TIERLINK_PROJECT to it.',
      'Make a project here: tierlink init',
      'Try the product without a CRM: tierlink demo',
    ],
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
  PARTNER_OUTSIDE: {
    message: '{partner} is known, but not in the program now: {reason}. What was kept of it before stays.',
    actions: [
      'Take it in again with the scope of the mapping, or in the CRM: tierlink map check',
      'Then read it: tierlink sync',
    ],
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
    message: '{file} is there already. Nothing was written.',
    actions: [
      'Give another folder, or move the file away.',
      'Replace what is there: the same command with --force ({command})',
    ],
    retry: 'never',
    exit: 2,
  },
  FILE_CHANGED: {
    message: '{file} was changed while tierlink {command} was at work. Nothing was written.',
    actions: ['Look at the file, then run the command again.'],
    retry: 'never',
    exit: 2,
  },
  FILE_UNUSABLE: {
    message: '{file} cannot be used: {reason}. What was finished before is kept.',
    actions: ['{remedy}', 'Run the command again then; it goes on from there.'],
    retry: 'never',
  },
  DEMO_FOLDER_TAKEN: {
    message: '{folder} holds a project already. Nothing was changed in it.',
    actions: [
      'Give another folder: tierlink demo --keep --folder <new folder>',
      'Or remove that folder first.',
    ],
    retry: 'never',
    exit: 2,
  },
  INTERRUPTED: {
    message: 'Interrupted. What was finished is kept; the next run goes on from there.',
    actions: ['Go on with the same command.'],
    retry: 'never',
    exit: 130,
  },
  WAIT_OVER: {
    message:
      'Run {run} did not come to its end within {limit}: {reason}. What was finished is kept, and nothing is done twice.',
    actions: ['See what goes on: tierlink status', 'Go on from there: {command}'],
    retry: 'never',
    exit: 69,
    http: 503,
  },
  INTERNAL: {
    message: 'Something went wrong inside Tierlink: {reason}',
    actions: ['Run the command again with --debug and report the output.'],
    retry: 'never',
  },
} as const satisfies Record<string, ErrorDefinition>;
