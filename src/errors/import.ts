import type { ErrorDefinition } from '../errors.ts';

/** Errors of importing files. */
export const importErrors = {
  IMPORT_FILE: {
    message: '{file} cannot be read: {reason}. Nothing was imported.',
    actions: ['Check the path and that the file is UTF-8 CSV with a header.'],
    retry: 'never',
    exit: 2,
  },
  IMPORT_HEADER: {
    message: '{file}: {reason}. Nothing was imported.',
    actions: ['The header is documented in docs/import.md.'],
    retry: 'never',
    exit: 2,
  },
  IMPORT_ROWS: {
    message: '{file}: {count} rows have errors. Nothing was imported.',
    actions: [
      'Correct the rows named above and run the command again.',
      'Import the good rows only: --skip-invalid',
    ],
    retry: 'never',
    exit: 2,
  },
} as const satisfies Record<string, ErrorDefinition>;
