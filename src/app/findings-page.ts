import { codeRows } from '../errors-page.ts';
import { programErrors, programWarnings } from '../program/finding-codes.ts';
import { mappingFindings } from '../sync/mapping/finding.ts';

/** The text of docs/findings.md: every kind of finding of the checks of files, with its meaning and what to do. */
export function findingsPage(): string {
  return [
    '# What `program check` and `map check` find',
    '',
    'Made from `src/program/finding-codes.ts` and `src/sync/mapping/finding.ts`. Each finding has a code that says what kind of mistake it is and stays whatever the words, beside the place in the file and a sentence with the names and numbers of the case. Codes are never reused.',
    '',
    '## Errors in a program',
    '',
    'With one of these `tierlink program check` ends with 2, and nothing runs by the file.',
    '',
    ...codeRows(programErrors),
    '',
    '## Warnings about a program',
    '',
    'With these alone the program can be used; each is likely to be a mistake.',
    '',
    ...codeRows(programWarnings),
    '',
    '## Findings in mappings',
    '',
    'How much one of these hinders is said beside it: `error`, `warn`, `question` for what could not be looked at, `note` for what is well as it is.',
    '',
    ...codeRows(mappingFindings),
    '',
  ].join('\n');
}
