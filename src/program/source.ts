import type { z } from 'zod';
import { TierlinkError } from '../errors.ts';
import { nameKey } from '../model/values.ts';
import { yamlPlace, yamlWritten } from '../yaml-places.ts';
import { type ProgramFindingCode, severityOf } from './finding-codes.ts';
import { keyMeant } from './names.ts';
import { numberWords } from './number-words.ts';
import { type Refused, refusalWords } from './schema/words.ts';
import { namedAt } from './written-names.ts';
import type { YamlSlip } from './yaml/slips.ts';
import { readYaml } from './yaml/text.ts';

export type PathKey = string | number;

/** Something wrong in a program file. An error keeps it from being used; a warning does not. */
export interface ProgramFinding {
  /** What kind of mistake it is; stays the same whatever the words. */
  code: ProgramFindingCode;
  severity: 'error' | 'warning';
  file: string;
  line: number;
  column: number;
  /** Key path such as kpis.winRate.unit. */
  path: string;
  reason: string;
  /** Of what a template makes: the value for which it was found. Only while findings are gathered. */
  of?: string;
}

/** A YAML text and where its keys stand. */
export interface ProgramSource {
  file: string;
  text: string;
  value: unknown;
  /** What YAML allows and no author means; the value has it as it was meant. */
  slips: readonly YamlSlip[];
  placeOf(path: readonly PathKey[]): { line: number; column: number };
  /** Where something stands in the file: of what a template makes in the template, with the value that it is made for. */
  originOf(path: readonly PathKey[]): { path: PathKey[]; of: string | null };
  /** What stands at a path as the author wrote it, such as 1.10 or 1e3; undefined for what is no single value. */
  writtenAt(path: readonly PathKey[]): string | undefined;
}

/** Parses the YAML itself. Throws PROGRAM_UNREADABLE. */
export function parseSource(text: string, file: string): ProgramSource {
  const yaml = readYaml(text);
  if (!yaml.ok) {
    const { line, column, reason } = yaml.mistake;
    const data = { file, line, column, reason: `line ${line}, column ${column}: ${reason}` };
    throw new TierlinkError('PROGRAM_UNREADABLE', data, { cause: yaml.cause });
  }
  return {
    file,
    text,
    slips: yaml.slips,
    value: yaml.value ?? {},
    placeOf: (path) => yamlPlace(yaml, path),
    originOf: (path) => ({ path: [...path], of: null }),
    writtenAt: (path) => yamlWritten(yaml, path),
  };
}

/** The slips of a file as findings. */
export function slipFindings({ file, slips }: ProgramSource): ProgramFinding[] {
  return slips.map(({ code, severity, path, place, reason }) => ({
    code,
    severity,
    file,
    ...place,
    path: path.join('.'),
    reason,
  }));
}

/** A finding at a path of the file. */
export function findingAt(
  { file, placeOf, originOf }: ProgramSource,
  { code, path, reason }: { code: ProgramFindingCode; path: readonly PathKey[]; reason: string },
): ProgramFinding {
  const { path: written, of } = originOf(path);
  const found = { code, severity: severityOf(code), file, ...placeOf(path), path: written.join('.'), reason };
  return of === null ? found : { ...found, of };
}

/** Something that the schema does not accept. */
export interface SchemaIssue {
  /** Of an unknown key the last one of the path is it. */
  code: 'PROGRAM_UNKNOWN_KEY' | 'PROGRAM_MISSING_KEY' | 'PROGRAM_WRONG_VALUE';
  path: PathKey[];
  reason: string;
}

/** What the schema was asked about, and the keys that it has at a path. (Default: not told) */
export interface Asked {
  value: unknown;
  keysAt?: (path: readonly PathKey[]) => string[];
  /** (Default: as the value is printed) */
  writtenAt?: (path: readonly PathKey[]) => string | undefined;
}

/** What the schema says of a value, one issue per cause. */
export function schemaIssues(issues: readonly z.core.$ZodIssue[], asked: Asked): SchemaIssue[] {
  return issues.flatMap((issue) => flatten(issue, { ...asked, parent: [] }));
}

function flatten(issue: z.core.$ZodIssue, asked: Asked & { parent: PathKey[] }): SchemaIssue[] {
  const { parent } = asked;
  const path = [...parent, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
  if (issue.code === 'unrecognized_keys') {
    const reason = 'is not a known key';
    return issue.keys.map((key) => ({ code: 'PROGRAM_UNKNOWN_KEY', path: [...path, key], reason }));
  }
  if (issue.code === 'invalid_union') {
    const inner = fittingBranch(issue.errors, valueAt(asked.value, path));
    if (inner !== undefined) return inner.flatMap((one) => flatten(one, { ...asked, parent: path }));
  }
  if (isMissing(issue)) return [{ code: 'PROGRAM_MISSING_KEY', path, reason: 'is missing' }];
  const reason =
    refusalWords(issue, refusedAt(asked, path)) ??
    ownWords(issue, refusedAt(asked, path)) + labelWords(issue, asked, path);
  return [{ code: 'PROGRAM_WRONG_VALUE', path, reason }];
}

function refusedAt(
  { value, keysAt = () => [], writtenAt = () => undefined }: Asked,
  path: readonly PathKey[],
): Refused {
  const found = valueAt(value, path);
  const isKpi =
    path[0] === 'kpis' && typeof found === 'string' && valueAt(value, ['kpis', found]) !== undefined;
  return { value: found, written: writtenAt(path), keys: keysAt(path), isKpi };
}

function valueAt(value: unknown, path: readonly PathKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PathKey, unknown>)[key] : undefined,
    value,
  );
}

/** Nothing stands there; of a choice, whichever alternative was meant. */
function isMissing(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_union')
    return issue.errors.every((branch) => branch.some((one) => one.path.length === 0 && isMissing(one)));
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
}

/** The words of the schema itself; of a number in another form than ours also what was meant. */
function ownWords(issue: z.core.$ZodIssue, { value, written }: Refused): string {
  const number = issue.code === 'invalid_format' ? numberWords(issue.pattern, value, written) : '';
  return lowerFirst(messageOf(issue)) + number;
}

/** The label of something where its key is wanted: labels are what screens show. */
function labelWords(issue: z.core.$ZodIssue, { value }: Asked, path: readonly PathKey[]): string {
  const isKey = issue.code === 'invalid_key';
  const word = isKey ? path.at(-1) : valueAt(value, path);
  if (typeof word !== 'string' || (!isKey && issue.code !== 'invalid_format')) return '';
  const named = namedAt(value, path).filter(({ key }) => key !== word);
  return named.some(({ label }) => nameKey(label!) === nameKey(word)) ? keyMeant(word, named) : '';
}

/** What is wrong with a name says the rule for names. */
function messageOf(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
}

/** The alternative that the author most likely meant: one whose kind of value fits, with something wrong inside. */
function fittingBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
  value: unknown,
): readonly z.core.$ZodIssue[] | undefined {
  const isOfOtherKind = (issue: z.core.$ZodIssue): boolean => {
    const { code, path } = issue;
    if (path.length > 0) return false;
    if (code === 'invalid_union')
      return issue.errors.length > 0 && issue.errors.every((branch) => branch.some(isOfOtherKind));
    return code === 'invalid_type' || (code === 'invalid_value' && typeof value === 'object');
  };
  const fitting = branches.filter((issues) => !issues.some(isOfOtherKind));
  return fitting[0];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
