import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { z } from 'zod';
import { TierlinkError } from '../errors.ts';
import { readTextFile } from '../text-file.ts';
import { withRegionsWritten } from './best-region.ts';
import { checkProgram } from './check/check.ts';
import { soundParts } from './check/sound-parts.ts';
import { programJsonSchema } from './json-schema.ts';
import { withRegionalKpis } from './regional-kpis.ts';
import { keysAt, unknownKeyReason } from './schema/keys.ts';
import type { LadderDefinition } from './schema/ladder.ts';
import { type ProgramDefinition, programSchema } from './schema/schema.ts';
import {
  findingAt,
  type PathKey,
  type ProgramFinding,
  type ProgramSource,
  parseSource,
  schemaIssues,
  slipFindings,
} from './source.ts';
import { laddersOfFile } from './specialisations.ts';
import { marked, oncePerPart, withTemplates } from './templates.ts';

/** A program file that passed every check. */
export interface Program extends ProgramDefinition {
  /** Those of the file, and its specialisations behind them. */
  ladders: LadderDefinition[];
  file: string;
  /** The text of the file, kept with each version so that a past evaluation can be repeated. */
  source: string;
  /** SHA-256 of the text. */
  hash: string;
}

export type ProgramResult =
  | { ok: true; program: Program; findings: ProgramFinding[] }
  | { ok: false; findings: ProgramFinding[] };

/**
 * Parses and checks the text of a program file; never throws for what is wrong inside it but for broken YAML. `now`: the
 * moment (epoch milliseconds) as of which lists that end are reported. (Default: they are not)
 */
export function parseProgram(text: string, file: string, now: number | null = null): ProgramResult {
  const source = withTemplates(parseSource(text, file));
  if (source.mistakes.length > 0)
    return { ok: false, findings: inOrder([...slipFindings(source), ...source.mistakes]) };
  const parsed = programSchema.safeParse(source.value);
  if (!parsed.success) return { ok: false, findings: oncePerPart(refusals(source, parsed.error.issues)) };
  const definition = marked(parsed.data, source);
  const findings = oncePerPart([
    ...slipFindings(source),
    ...checkProgram(source, withRegionalKpis(definition), { now }),
  ]);
  if (findings.some(({ severity }) => severity === 'error')) return { ok: false, findings };
  return { ok: true, program: programOf(definition, { text, file }), findings };
}

/**
 * Reads the text of a version that was in use: it passed every check of its time, and is not asked those that came later.
 * Undefined where the language does not have it any more.
 */
export function readKeptProgram(text: string, file: string): Program | undefined {
  const source = withTemplates(parseSource(text, file));
  const parsed = programSchema.safeParse(source.value);
  return parsed.success ? programOf(marked(parsed.data, source), { text, file }) : undefined;
}

function programOf(definition: ProgramDefinition, { text, file }: { text: string; file: string }): Program {
  return {
    ...withRegionsWritten({ ...withRegionalKpis(definition), ladders: laddersOfFile(definition) }),
    file,
    source: text,
    hash: createHash('sha256').update(text).digest('hex'),
  };
}

/** All that is wrong, as it stands in the file: what the schema refuses, and what the parts that it takes say of each other. */
function refusals(source: ProgramSource, issues: readonly z.core.$ZodIssue[]): ProgramFinding[] {
  const schema = programJsonSchema();
  const asked = {
    value: source.value,
    keysAt: (path: readonly PathKey[]) => keysAt(schema, path),
    writtenAt: source.writtenAt,
  };
  const refused = schemaIssues(issues, asked).map(({ code, path, reason }) =>
    findingAt(source, {
      code,
      path,
      reason:
        code === 'PROGRAM_UNKNOWN_KEY'
          ? unknownKeyReason(schema, path.slice(0, -1), String(path.at(-1)))
          : reason,
    }),
  );
  // What an unsound template makes is not known, so that nothing can be said to be missing.
  const isTemplateSound = !issues.some(({ path }) => path[0] === 'forEach');
  const sound = isTemplateSound ? soundParts(source.value) : undefined;
  const checked = sound === undefined ? [] : checkProgram(source, sound.program, { parts: sound });
  return inOrder([...slipFindings(source), ...refused, ...checked]);
}

/** Findings in the order of their places. */
function inOrder(findings: ProgramFinding[]): ProgramFinding[] {
  return findings.sort((a, b) => a.line - b.line || a.column - b.column);
}

/**
 * Reads a program file. Throws PROGRAM_MISSING, PROGRAM_UNREADABLE, or PROGRAM_INVALID for the first finding with all of
 * them in data.findings.
 */
export function loadProgram(file: string): Program {
  if (!existsSync(file)) throw new TierlinkError('PROGRAM_MISSING', { file });
  const result = parseProgram(readTextFile(file), file);
  if (result.ok) return result.program;
  const first = result.findings.find(({ severity }) => severity === 'error');
  throw new TierlinkError('PROGRAM_INVALID', { ...first, findings: result.findings });
}
