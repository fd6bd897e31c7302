import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import type { Document, LineCounter } from 'yaml';
import type { z } from 'zod';
import { TierlinkError } from '../../errors.ts';
import { suggestion } from '../../model/closest.ts';
import { keysAt } from '../../program/schema/keys.ts';
import type { YamlMistake } from '../../program/yaml/mistakes.ts';
import type { YamlSlip } from '../../program/yaml/slips.ts';
import { readYaml } from '../../program/yaml/text.ts';
import { readTextFile } from '../../text-file.ts';
import { yamlPlace } from '../../yaml-places.ts';
import type { Finding } from './finding.ts';
import { mappingJsonSchema } from './json-schema.ts';
import { checkAcross, checkRules, type RuleBreak } from './rules.ts';
import { type ObjectMapping, objectMappingSchema, transformSchema } from './schema.ts';

/** What a folder of mapping files holds: the sound ones, and what is wrong with the others. */
export interface MappingFolder {
  mappings: ObjectMapping[];
  findings: Finding[];
  sources: MappingSource[];
}

/** A mapping file with what it takes to name a place in it. */
export interface MappingSource {
  file: string;
  name: string;
  document: Document;
  lines: LineCounter;
}

/** Where in the file a path stands, or the nearest of its parents that does. Line and column start at 1. */
export function placeOf(
  source: MappingSource,
  path: readonly PropertyKey[],
): { line: number; column: number } {
  return yamlPlace(source, path);
}

/** Reads every .yaml file of a folder. Finds everything wrong in all of them and throws nothing but MAPPING_NONE. */
export function readMappings(folder: string): MappingFolder {
  const files = listFiles(folder);
  if (files.length === 0) throw new TierlinkError('MAPPING_NONE', { folder });
  const read: MappingFolder = { mappings: [], findings: [], sources: [] };
  for (const file of files) readInto(read, file, readTextFile(file));
  for (const breakage of checkAcross(read.mappings)) {
    const source = read.sources.find((each) => each.file === breakage.file)!;
    read.findings.push(findingOf(source, breakage));
  }
  return read;
}

/** Reads every mapping of a folder, sorted by file name. Throws MAPPING_INVALID with all findings in its data. */
export function loadMappings(folder: string): ObjectMapping[] {
  const { mappings, findings } = readMappings(folder);
  const errors = findings.filter((finding) => finding.level === 'error');
  const [first] = errors;
  if (first === undefined) return mappings;
  const { file, line, column, path } = first;
  const more = errors.length === 1 ? '' : ` (and ${errors.length - 1} more)`;
  const reason = `${first.message}${more}`;
  throw new TierlinkError(first.code === 'MAPPING_UNREADABLE' ? 'MAPPING_UNREADABLE' : 'MAPPING_INVALID', {
    file,
    line,
    column,
    path,
    reason,
    findings: errors,
  });
}

/** Reads one mapping from its text, as if it stood in the file. Throws nothing. */
export function readMapping(file: string, text: string): MappingFolder {
  const read: MappingFolder = { mappings: [], findings: [], sources: [] };
  readInto(read, file, text);
  return read;
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => ['.yaml', '.yml'].includes(extname(file)))
      .sort()
      .map((file) => join(folder, file));
  } catch (cause) {
    throw new TierlinkError('MAPPING_NONE', { folder }, { cause });
  }
}

function readInto(read: MappingFolder, file: string, text: string): void {
  const yaml = readYaml(text);
  const { document, lines } = yaml;
  const source: MappingSource = { file, name: basename(file, extname(file)), document, lines };
  read.sources.push(source);
  const mistakes = yaml.ok ? mistakesOf(yaml.slips) : [yaml.mistake];
  read.findings.push(...mistakes.map((mistake) => unreadable(file, mistake)));
  if (!yaml.ok || mistakes.length > 0) return;
  const parsed = objectMappingSchema.safeParse(yaml.value, { reportInput: true });
  if (!parsed.success) {
    read.findings.push(...parsed.error.issues.flatMap((issue) => findingsOf(source, issue)));
    return;
  }
  const mapping = { ...parsed.data, file, name: source.name };
  const breaks = checkRules(mapping);
  read.findings.push(...breaks.map((each) => findingOf(source, each)));
  read.mappings.push(mapping);
}

function mistakesOf(slips: readonly YamlSlip[]): YamlMistake[] {
  return slips
    .filter(({ severity }) => severity === 'error')
    .map(({ place, reason }) => ({ ...place, reason }));
}

function unreadable(file: string, { line, column, reason }: YamlMistake): Finding {
  return {
    level: 'error',
    code: 'MAPPING_UNREADABLE',
    file,
    line,
    column,
    path: '',
    message: reason,
    fix: 'Correct the YAML of this line.',
  };
}

function findingsOf(source: MappingSource, issue: z.core.$ZodIssue): Finding[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(mappingJsonSchema(), issue.path);
    return issue.keys.map((key) => findingOf(source, unknownKey([...issue.path, key], key, allowed)));
  }
  return [findingOf(source, { path: issue.path, message: messageOf(issue), fix: 'Correct the value.' })];
}

/** A key that goes with another form of the same thing is known there: it needs no correction, but another place. */
function unknownKey(path: PropertyKey[], key: string, allowed: readonly string[]): Omit<RuleBreak, 'file'> {
  if (allowed.includes(key)) {
    return {
      path,
      message: `"${key}" cannot stand beside the other keys here`,
      fix: 'Remove it, or what stands beside it.',
    };
  }
  const fix = allowed.length === 0 ? 'Remove the key.' : `Use one of: ${allowed.join(', ')}.`;
  return { path, message: `unknown key "${key}"${suggestion(key, allowed)}`, fix };
}

/** zod's own sentence, or a better one where it says little. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    const known = transformSchema.options.map((option) => String(option.shape.kind.value));
    return `must be one of: ${known.join(', ')}`;
  }
  if (issue.code === 'invalid_value') {
    const given = typeof issue.input === 'string' ? suggestion(issue.input, issue.values.map(String)) : '';
    return `must be one of: ${issue.values.join(', ')}${given}`;
  }
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'is missing';
  return issue.message.replace(/^Invalid input: /, '');
}

function findingOf(source: MappingSource, rule: Omit<RuleBreak, 'file'>): Finding {
  return {
    level: rule.level ?? 'error',
    code: 'MAPPING_INVALID',
    file: source.file,
    ...placeOf(source, rule.path),
    path: pathText(rule.path),
    message: rule.message,
    fix: rule.fix,
  };
}

/** A path as people write it: attributes.tier.field, credits[0].role. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
