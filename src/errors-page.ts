import { type ErrorDefinition, errorRegistry } from './errors.ts';
import { markdownRow, markdownWords } from './model/markdown-row.ts';

/** What a code says, in one sentence, and what to do about it in another. */
export interface CodeMeaning {
  meaning: string;
  fix: string;
}

/** The rows of a table of codes with their meaning and what to do, in the order of the codes. */
export function codeRows(codes: Readonly<Record<string, CodeMeaning>>): string[] {
  return [
    '| Code | What it means | What to do |',
    '|---|---|---|',
    ...Object.entries(codes)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([code, { meaning, fix }]) => markdownRow([code, meaning, fix])),
  ];
}

const retryWords: Readonly<Record<ErrorDefinition['retry'], string>> = {
  never: 'A person has to act; it is not tried again by itself.',
  backoff: 'Tried again by itself, with growing pauses.',
  after: 'Tried again by itself at the time named.',
  signIn: 'Tried again once a new sign-in has succeeded.',
};

/** The text of docs/errors.md: every code with its message, what follows by itself, and what to do. */
export function errorsPage(): string {
  const entries: [string, ErrorDefinition][] = Object.entries(errorRegistry);
  const sections = entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(section);
  return `# Errors\n\nMade from the registry in \`src/errors/\`. Words in braces are filled in when the error occurs. Codes are never reused.\n\n${sections.join('\n')}`;
}

function section([code, definition]: [string, ErrorDefinition]): string {
  return [
    `## ${code}`,
    '',
    `> ${markdownWords(definition.message)}`,
    '',
    ...definition.actions.map((action) => `- ${markdownWords(action)}`),
    '',
    `${retryWords[definition.retry]} Exit code ${definition.exit ?? 1}.`,
    '',
  ].join('\n');
}
