import type { ErrorDefinition } from '../errors.ts';

/** Errors in mapping files. Each names the place; nothing is read or written with a mapping that has one. */
export const mappingErrors = {
  MAPPING_UNREADABLE: {
    message: '{file} is not valid YAML: {reason}',
    actions: ['Correct the line and run: tierlink map check'],
    retry: 'never',
    exit: 2,
  },
  MAPPING_INVALID: {
    message: '{file}:{line}: {path}: {reason}',
    actions: ['Correct the line and run: tierlink map check'],
    retry: 'never',
    exit: 2,
  },
  MAPPING_INCOMPLETE: {
    message: 'A mapping of {object} to {entity} would not be sound: {reason}. Nothing was written to {file}.',
    actions: [
      'Paste the lines that tierlink map suggest prints, add what is missing, then: tierlink map check',
    ],
    retry: 'never',
    exit: 2,
  },
  MAPPING_NONE: {
    message: 'There is no mapping in {folder}.',
    actions: [
      'Run: tierlink init',
      'Point "mappings" of the connection in tierlink.yaml to a folder with mapping files.',
    ],
    retry: 'never',
    exit: 2,
  },
  MAPPING_FINDINGS: {
    message: 'The mappings do not fit {connection}: {count} errors. Nothing was written.',
    actions: ['See each with its fix: tierlink map check --connection {connection}'],
    retry: 'never',
    exit: 2,
  },
} as const satisfies Record<string, ErrorDefinition>;
