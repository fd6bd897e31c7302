import type { ErrorDefinition } from '../errors.ts';

/** Errors of importing files. */
export const importErrors = {
  IMPORT_FILE: {
    message: '{file} cannot be read: {reason}. Nothing was imported.',
    actions: ['{remedy}'],
    retry: 'never',
    exit: 2,
  },
  IMPORT_HEADER: {
    message: '{file}: {reason}. Nothing was imported.',
    actions: ['See its columns: tierlink import {kind} --help'],
    retry: 'never',
    exit: 2,
  },
  IMPORT_ROWS: {
    message: '{file}: errors in {rows}. Nothing was imported.\n{told}',
    actions: [
      'Correct them and run the command again.',
      'Write them to a file that can be corrected and imported: tierlink import {kind} "{file}"{flags} --dry-run --errors errors.csv',
      'Import the good rows only: tierlink import {kind} "{file}"{flags} --skip-invalid',
    ],
    retry: 'never',
    exit: 2,
  },
} as const satisfies Record<string, ErrorDefinition>;
