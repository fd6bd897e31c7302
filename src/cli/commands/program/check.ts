import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { isTierlinkError, TierlinkError } from '../../../errors.ts';
import { systemClock } from '../../../model/clock.ts';
import { severityOf } from '../../../program/finding-codes.ts';
import { type Program, type ProgramResult, parseProgram } from '../../../program/load.ts';
import { writtenKpis } from '../../../program/regional-kpis.ts';
import { hasProject } from '../../../project.ts';
import { readTextFile } from '../../../text-file.ts';
import { guardChange } from '../../../tier/look/change-guard.ts';
import { guardSchema, shownGuard } from '../../change-guard.ts';
import { type CommandCall, defineCommand } from '../../command.ts';
import type { FlagSet } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import type { Screen } from '../../screen.ts';
import { text } from './program.messages.ts';

const findingSchema = z.strictObject({
  code: z.string(),
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  line: z.int(),
  column: z.int(),
  path: z.string(),
  reason: z.string(),
});

const fileSchema = z.strictObject({
  file: z.string(),
  ok: z.boolean().describe('Whether it has no error.'),
  program: z
    .strictObject({
      name: z.string(),
      title: z.string(),
      version: z.string(),
      validFrom: z.string(),
      timeZone: z.string(),
      currency: z.string(),
      kpis: z.array(z.string()),
      ladders: z.array(
        z.strictObject({
          label: z.string(),
          isSpecialisation: z.boolean().describe('Whether it is held or not, beside the tier.'),
          tiers: z.array(z.string()),
        }),
      ),
    })
    .nullable()
    .describe('The program; null where it cannot be read.'),
  findings: z.array(findingSchema),
  guard: guardSchema.describe(
    'What taking it into use does to those who rely on the rules; null where it is not sound, has no project, or no version is in use.',
  ),
});
const resultSchema = z.strictObject({
  ok: z.boolean().describe('Whether none of the files has an error.'),
  files: z.array(fileSchema).describe('The files, in the order in which they were named.'),
});
type Checked = z.infer<typeof fileSchema>;
const args = { file: { help: text.file, required: false, many: true } } as const;
type Call = CommandCall<FlagSet, typeof args>;

export const programCheck = defineCommand({
  name: 'program check',
  summary: text.summary,
  args,
  examples: [
    'tierlink program check',
    'tierlink program check programs/starter.yaml programs/next-year.yaml',
  ],
  result: resultSchema,
  run: async (call) => {
    const { project } = call;
    const named = call.args.file.map((file) => resolve(file));
    const files = named.length === 0 ? [resolve(project().folder, project().program)] : named;
    for (const file of files) if (!existsSync(file)) throw new TierlinkError('PROGRAM_MISSING', { file });
    const checked: Checked[] = [];
    const warnings: string[] = [];
    for (const file of files) {
      const parsed = files.length === 1 ? parsedNow(file) : parsedBesideOthers(file);
      const found = await checkFile(call, file, parsed);
      checked.push(found.checked);
      warnings.push(...found.warnings.filter((one) => !warnings.includes(one)));
    }
    const ok = checked.every((one) => one.ok);
    return { warnings, exit: ok ? 0 : 2, result: { ok, files: checked } };
  },
  show: ({ files }, screen) => {
    for (const [index, one] of files.entries()) {
      if (index > 0) screen.line();
      if (files.length > 1) screen.line(screen.tone('strong', one.file));
      showFile(one, screen);
    }
    const bad = files.filter(({ ok }) => !ok).length;
    if (files.length === 1) return;
    screen.line();
    screen.line(text.files(formatMany(files.length, 'file'), bad));
  },
});

async function checkFile(
  call: Call,
  file: string,
  parsed: ProgramResult,
): Promise<{ checked: Checked; warnings: string[] }> {
  const program = parsed.ok ? parsed.program : null;
  const { guard, warnings } = program === null ? notGuarded : await guardOf(call, program);
  const shown = program && {
    name: program.name,
    title: program.title,
    version: program.version,
    validFrom: program.validFrom,
    timeZone: program.timeZone,
    currency: program.currency.code,
    kpis: writtenKpis(program).map(([kpi]) => kpi),
    ladders: program.ladders.map(({ label, tiers, isSpecialisation = false }) => ({
      label,
      isSpecialisation,
      tiers: tiers.map((tier) => tier.label),
    })),
  };
  return { checked: { file, ok: parsed.ok, program: shown, findings: parsed.findings, guard }, warnings };
}

/** With what has an end by now. */
function parsedNow(file: string): ProgramResult {
  return parseProgram(readTextFile(file), file, systemClock.now());
}

/** Beside others, what is no YAML is a mistake of one file, and the others are checked just the same. */
function parsedBesideOthers(file: string): ProgramResult {
  try {
    return parsedNow(file);
  } catch (error) {
    if (!isTierlinkError(error) || error.code !== 'PROGRAM_UNREADABLE') throw error;
    const { line, column, reason } = error.data as { line: number; column: number; reason: string };
    return {
      ok: false,
      findings: [
        {
          code: 'PROGRAM_NOT_YAML',
          severity: severityOf('PROGRAM_NOT_YAML'),
          file,
          line,
          column,
          path: '',
          reason: text.noYaml(reason),
        },
      ],
    };
  }
}

function showFile({ program, findings, guard }: Checked, screen: Screen): void {
  for (const { code, file, line, column, path, reason, severity } of findings) {
    const word = screen.tone(severity === 'error' ? 'bad' : 'wait', severity);
    screen.line(`${file}:${line}:${column}  ${word} ${code}  ${path === '' ? '' : `${path}: `}${reason}`);
  }
  if (program === null) {
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    screen.line();
    screen.line(text.bad(formatMany(errors, 'error'), formatMany(findings.length - errors, 'warning')));
    return;
  }
  screen.line(text.ok(program.title, program.version));
  screen.line();
  screen.facts([
    [text.facts.validFrom, program.validFrom],
    [text.facts.zone, program.timeZone],
    [text.facts.currency, program.currency],
    [text.facts.kpis, program.kpis.join(', ')],
    ...ladderFacts(program.ladders),
  ]);
  if (guard === null || guard.sentences.length === 0) return;
  screen.line();
  for (const sentence of guard.sentences) screen.line(screen.tone('wait', sentence));
}

function ladderFacts(all: NonNullable<Checked['program']>['ladders']): (readonly [string, string])[] {
  const ladders = all.filter(({ isSpecialisation }) => !isSpecialisation);
  const specialisations = all.filter(({ isSpecialisation }) => isSpecialisation);
  return [
    ...(ladders.length === 0 ? [[text.facts.ladders, text.noLadders] as const] : []),
    ...ladders.map(
      ({ label, tiers }) => [text.facts.ladders, text.ladder(label, tiers.join(' < '))] as const,
    ),
    ...(specialisations.length === 0
      ? []
      : [[text.facts.specialisations, specialisations.map(({ label }) => label).join(', ')] as const]),
  ];
}

interface Guarded {
  guard: ReturnType<typeof shownGuard>;
  warnings: string[];
}

const notGuarded: Guarded = { guard: null, warnings: [] };

/** Only where there is a project with a store already: a file is checked anywhere, and a check makes nothing. */
async function guardOf({ config, app }: Pick<Call, 'config' | 'app'>, program: Program): Promise<Guarded> {
  const { projectFolder, dataFolder, settings } = config();
  if (!hasProject(projectFolder)) return notGuarded;
  if (settings.DATABASE_URL === undefined && !existsSync(dataFolder)) return notGuarded;
  try {
    const { store, clock } = await app();
    return { guard: shownGuard(await guardChange(store, { program, now: clock.now() })), warnings: [] };
  } catch (error) {
    if (!isTierlinkError(error)) throw error;
    return { guard: null, warnings: [text.notGuarded(error.message)] };
  }
}
