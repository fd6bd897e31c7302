import { codeRows } from '../../errors-page.ts';
import { doctorCodes } from './codes.ts';

/** The text of docs/doctor.md: every code with its meaning and fix. */
export function doctorPage(): string {
  return [
    '# What `tierlink doctor` finds',
    '',
    'Made from `src/app/doctor/codes.ts`. Each finding has a code that stays, beside a sentence with the names and numbers of the case, its fix and, where that is made in the CRM, the way to it in its own set-up. Codes of another form are those of [errors](errors.md). Findings in the program and in mappings say at their end which of the [findings of `program check` and `map check`](findings.md) they are.',
    '',
    ...codeRows(doctorCodes),
    '',
  ].join('\n');
}
