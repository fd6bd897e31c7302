import type { z } from 'zod';
import { suggestion } from '../../model/closest.ts';
import { numberMeant } from '../number-words.ts';

/** What the schema refuses, in the words of somebody who writes a file and no code. */

type Issue = z.core.$ZodIssue;

/** How the library begins what it says itself; the schema's own messages are for people already. */
const byLibrary = /^(Invalid input|Invalid option|Too small|Too big)/;

/** What stands there, also as it was written, the keys that a block of keys could have in its place, and whether it is the name of a KPI. */
export interface Refused {
  value: unknown;
  written: string | undefined;
  keys: readonly string[];
  isKpi: boolean;
}

/** Why a value may not stand where it does; null where the schema says it in words of its own. */
export function refusalWords(issue: Issue, refused: Refused): string | null {
  if (!byLibrary.test(issue.message)) return null;
  if (issue.code === 'invalid_type') return expectedWords([issue.expected], refused);
  if (issue.code === 'invalid_value') return choiceWords(issue.values, refused.value);
  if (issue.code === 'invalid_union') return unionWords(issue, refused);
  if (issue.code === 'too_small') return tooSmallWords(issue);
  if (issue.code === 'too_big' && issue.origin !== 'array' && issue.origin !== 'string')
    return `has to be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`;
  return null;
}

/** What a kind of value is called, and how it is written. */
const kinds: Readonly<Record<string, string>> = {
  object: 'a block of keys',
  record: 'a block of names with what each stands for',
  array: 'a list, each entry behind "- " or all in [ ]',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function expectedWords(expected: readonly string[], { value, written, keys, isKpi }: Refused): string | null {
  const inside = keys.length === 0 ? '' : ` (${keys.join(', ')})`;
  const words = [...new Set(expected.map((one) => (one === 'object' ? kinds.object + inside : kinds[one])))];
  if (words.includes(undefined)) return null;
  return `has to be ${words.join(', or ')}; here is ${kindOf(value, written)}${isKpi ? ', a KPI; what is made of KPIs is a score' : ''}${numberInText(expected, value)}`;
}

/** A number that is kept as text where only a number may stand. */
function numberInText(expected: readonly string[], value: unknown): string {
  if (typeof value !== 'string' || !expected.every((one) => one === 'number' || one === 'int')) return '';
  const meant = numberMeant(value);
  return meant === undefined || meant.includes(' ') ? '' : `; did you mean ${meant}, without quotes?`;
}

function kindOf(value: unknown, written: string | undefined): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'nothing';
  if (typeof value === 'object') return 'a block of keys';
  return typeof value === 'string' ? `the text "${value}"` : (written ?? String(value));
}

function choiceWords(values: readonly unknown[], value: unknown): string {
  const known = values.map(String);
  if (known.length === 1) return `has to be ${known[0]}`;
  const near = typeof value === 'string' ? suggestion(value, known) : '';
  return `has to be one of ${known.join(', ')}${near}`;
}

/** A choice of which no alternative fits: what each of them would take. */
function unionWords(issue: z.core.$ZodIssueInvalidUnion, refused: Refused): string | null {
  const expected = kindsTaken(issue);
  return expected === null ? null : expectedWords(expected, refused);
}

/** The kinds of value that a choice takes, also through choices inside it; null where one asks for more than a kind. */
function kindsTaken({ errors }: z.core.$ZodIssueInvalidUnion): string[] | null {
  const found = errors.map((branch) => {
    const own = branch.find((one) => one.path.length === 0);
    if (own?.code === 'invalid_type') return [own.expected];
    return own?.code === 'invalid_union' ? kindsTaken(own) : null;
  });
  return found.includes(null) ? null : found.flatMap((one) => one!);
}

function tooSmallWords({ origin, minimum, inclusive }: z.core.$ZodIssueTooSmall): string {
  if (origin === 'array') return `needs at least ${minimum === 1 ? 'one entry' : `${minimum} entries`}`;
  if (origin === 'string') return 'may not be empty';
  return `has to be ${inclusive ? 'at least' : 'more than'} ${minimum}`;
}
