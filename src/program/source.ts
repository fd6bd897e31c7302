import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { TierlinkError } from '../errors.ts';
import { yamlPlace } from '../yaml-places.ts';
import { suggestion } from './closest.ts';

export type PathKey = string | number;

/** Something wrong in a program file. An error keeps it from being used; a warning does not. */
export interface ProgramFinding {
  severity: 'error' | 'warning';
  file: string;
  line: number;
  column: number;
  /** Key path such as kpis.winRate.unit. */
  path: string;
  reason: string;
}

/** A YAML text and where its keys stand. */
export interface ProgramSource {
  file: string;
  text: string;
  value: unknown;
  placeOf(path: readonly PathKey[]): { line: number; column: number };
}

/** Parses the YAML itself. Throws PROGRAM_UNREADABLE. */
export function parseSource(text: string, file: string): ProgramSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    const reason = `line ${line}, column ${col}: ${broken.message.split('\n')[0]!.replace(/ at line \d+.*$/, '')}`;
    throw new TierlinkError('PROGRAM_UNREADABLE', { file, line, column: col, reason });
  }
  const placeOf: ProgramSource['placeOf'] = (path) => yamlPlace({ document, lines }, path);
  return { file, text, value: document.toJS() ?? {}, placeOf };
}

/** A finding at a path of the file. */
export function findingAt(
  source: ProgramSource,
  path: readonly PathKey[],
  reason: string,
  severity: ProgramFinding['severity'] = 'error',
): ProgramFinding {
  return { severity, file: source.file, ...source.placeOf(path), path: path.join('.'), reason };
}

/** What the schema says about the file, one finding per cause; unknown keys are named with the nearest known one. */
export function schemaFindings(source: ProgramSource, issues: readonly z.core.$ZodIssue[]): ProgramFinding[] {
  return issues
    .flatMap((issue) => flatten(issue, []))
    .map(({ path, reason }) => findingAt(source, path, reason));
}

function flatten(issue: z.core.$ZodIssue, parent: PathKey[]): { path: PathKey[]; reason: string }[] {
  const path = [...parent, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], reason: `"${key}" is not a known key` }));
  }
  if (issue.code === 'invalid_union') {
    const inner = fittingBranch(issue.errors);
    if (inner !== undefined) return inner.flatMap((one) => flatten(one, path));
  }
  const isMissing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [{ path, reason: isMissing ? 'is missing' : lowerFirst(issue.message) }];
}

/** The alternative that the author most likely meant: one whose kind of value fits, with something wrong inside. */
function fittingBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  const fitting = branches.filter(
    (issues) => !issues.some((one) => one.code === 'invalid_type' && one.path.length === 0),
  );
  return fitting[0];
}

/** Adds "did you mean" to unknown keys once the known ones of that place are known. */
export function withSuggestion(finding: ProgramFinding, known: readonly string[]): ProgramFinding {
  const word = finding.path.split('.').at(-1) ?? '';
  return { ...finding, reason: finding.reason + suggestion(word, known) };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
