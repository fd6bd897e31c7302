import type { ErrorDefinition } from '../errors.ts';

/** Errors of installing fields and objects into a CRM. */
export const installErrors = {
  INSTALL_NOT_OFFERED: {
    message: 'Tierlink cannot install into {label} over the wire. Nothing was written.',
    actions: [
      'Generate the files and deploy them with the tools of the CRM: tierlink install source --connection {connection}',
    ],
    retry: 'never',
    exit: 2,
  },
  INSTALL_INVALID: {
    message: '{file} cannot be used as a plan of an installation: {reason}. Nothing was written.',
    actions: ['Make a new one: tierlink install plan --out {file}'],
    retry: 'never',
    exit: 2,
    http: 400,
  },
  INSTALL_CONFLICT: {
    message:
      '{connection} has {count} of what the mappings need as something else. Nothing was written.{told}',
    actions: [
      'Name another field in the mapping, or have the one that is there changed, renamed or removed by who owns it, then: tierlink install plan --connection {connection}',
    ],
    retry: 'never',
    http: 409,
  },
  INSTALL_STALE: {
    message: 'The org changed after the plan was made. Nothing was written.{told}',
    actions: ['See what would be made now: tierlink install plan --connection {connection} --out {file}'],
    retry: 'never',
    http: 409,
  },
  INSTALL_FOREIGN: {
    message: 'The plan was made for something else: {reason}. Nothing was written.',
    actions: ['Make one with what is in force now: tierlink install plan --out {file}'],
    retry: 'never',
    http: 409,
  },
  INSTALL_RIGHTS: {
    message: 'The user of {connection} may not install: it lacks {rights}. Nothing was written.',
    actions: [
      'Give the user an administrator role for as long as the installation takes; daily work does not need it.',
      'Or have an administrator deploy the files: tierlink install source --connection {connection}',
    ],
    retry: 'never',
    exit: 4,
    http: 403,
  },
  INSTALL_INTERRUPTED: {
    message:
      'Interrupted at the {part}, with which {connection} may go on by itself. Run {run} made {made}, which stay; {left} are left.{told}',
    actions: [
      'See what was made: tierlink audit --run {run}',
      'Go on from there: tierlink install apply --connection {connection}',
    ],
    retry: 'never',
    exit: 130,
  },
  INSTALL_WAITING: {
    message:
      '{connection} has been at work for {minutes} minutes on {work}, and is not done. Nothing else was begun; what was made before is kept.',
    actions: [
      'See in the CRM how far it is: {setUp}',
      'When it is done, go on; this waits for it: tierlink install apply --connection {connection}',
    ],
    retry: 'never',
    http: 409,
  },
  INSTALL_OVERTAKEN: {
    message:
      '{connection} made the {part} in the moment in which somebody else changed something, and it could not be taken back: what they changed on it may be lost. Nothing else was begun; what was made before is kept.',
    actions: [
      'See in the CRM what was changed then, and do again what is gone: {setUp}',
      'Then go on: tierlink install apply --connection {connection}',
    ],
    retry: 'never',
    http: 409,
  },
  INSTALL_REFUSED: {
    message: '{connection} did not make the {part}: {reason}. What was made before is kept.',
    actions: [
      'See what is left: tierlink install plan --connection {connection}',
      'Mend the cause, then go on: tierlink install apply --connection {connection}',
    ],
    retry: 'never',
    http: 409,
  },
} as const satisfies Record<string, ErrorDefinition>;
