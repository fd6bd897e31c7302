import { type CodeMeaning, doctorCodes } from './codes.ts';

/** The text of docs/doctor.md: every code with its meaning and fix. */
export function doctorPage(): string {
  const entries: [string, CodeMeaning][] = Object.entries(doctorCodes);
  const rows = entries
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([code, { meaning, fix }]) => `| ${code} | ${meaning} | ${fix} |`);
  return [
    '# What `tierlink doctor` finds',
    '',
    'Made from `src/app/doctor/codes.ts`. Each finding has a code that stays, beside a sentence with the names and numbers of the case, its fix and, where that is made in the CRM, the way to it in its own set-up. Codes of another form are those of [errors](errors.md). Findings of mappings are those of `tierlink map check`.',
    '',
    '| Code | What it means | What to do |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
