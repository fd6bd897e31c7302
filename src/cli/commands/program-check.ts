import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { isTierlinkError, TierlinkError } from '../../errors.ts';
import { type Program, parseProgram } from '../../program/load.ts';
import { writtenKpis } from '../../program/regional-kpis.ts';
import { hasProject } from '../../project.ts';
import { readTextFile } from '../../text-file.ts';
import { guardChange } from '../../tier/change-guard.ts';
import { guardSchema, shownGuard } from '../change-guard.ts';
import { type ArgumentSet, type CommandCall, defineCommand } from '../command.ts';
import type { FlagSet } from '../flags.ts';
import { formatMany } from '../format.ts';
import { text } from './program.messages.ts';

const findingSchema = z.strictObject({
  severity: z.enum(['error', 'warning']),
  file: z.string(),
  line: z.int(),
  column: z.int(),
  path: z.string(),
  reason: z.string(),
});

export const programCheck = defineCommand({
  name: 'program check',
  summary: text.summary,
  args: { file: { help: text.file, required: false } },
  examples: ['tierlink program check', 'tierlink program check programs/starter.yaml'],
  result: z.strictObject({
    file: z.string(),
    ok: z.boolean(),
    program: z
      .strictObject({
        name: z.string(),
        title: z.string(),
        version: z.string(),
        validFrom: z.string(),
        timeZone: z.string(),
        currency: z.string(),
        kpis: z.array(z.string()),
        ladders: z.array(z.strictObject({ label: z.string(), tiers: z.array(z.string()) })),
      })
      .nullable(),
    findings: z.array(findingSchema),
    guard: guardSchema.describe(
      'What taking it into use does to those who rely on the rules; null where it is not sound, has no project, or no version is in use.',
    ),
  }),
  run: async (call) => {
    const { args, project } = call;
    const file = args.file === undefined ? resolve(project().folder, project().program) : resolve(args.file);
    if (!existsSync(file)) throw new TierlinkError('PROGRAM_MISSING', { file });
    const parsed = parseProgram(readTextFile(file), file);
    const program = parsed.ok ? parsed.program : null;
    const guarded = program === null ? notGuarded : await guardOf(call, program);
    return {
      warnings: guarded.warnings,
      exit: parsed.ok ? 0 : 2,
      result: {
        file,
        ok: parsed.ok,
        program: program && {
          name: program.name,
          title: program.title,
          version: program.version,
          validFrom: program.validFrom,
          timeZone: program.timeZone,
          currency: program.currency.code,
          kpis: writtenKpis(program).map(([kpi]) => kpi),
          ladders: program.ladders.map(({ label, tiers }) => ({
            label,
            tiers: tiers.map((tier) => tier.label),
          })),
        },
        findings: parsed.findings,
        guard: guarded.guard,
      },
    };
  },
  show: ({ program, findings, guard }, screen) => {
    for (const { file, line, column, path, reason, severity } of findings) {
      const word = screen.tone(severity === 'error' ? 'bad' : 'wait', severity);
      screen.line(`${file}:${line}:${column}  ${word}  ${path === '' ? '' : `${path}: `}${reason}`);
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
      ...(program.ladders.length === 0
        ? [[text.facts.ladders, text.noLadders] as const]
        : program.ladders.map(
            ({ label, tiers }) => [text.facts.ladders, text.ladder(label, tiers.join(' < '))] as const,
          )),
    ]);
    if (guard === null || guard.sentences.length === 0) return;
    screen.line();
    for (const sentence of guard.sentences) screen.line(screen.tone('wait', sentence));
  },
});

interface Guarded {
  guard: ReturnType<typeof shownGuard>;
  warnings: string[];
}

const notGuarded: Guarded = { guard: null, warnings: [] };

/** Only where there is a project with a store already: a file is checked anywhere, and a check makes nothing. */
async function guardOf(
  { config, app }: Pick<CommandCall<FlagSet, ArgumentSet>, 'config' | 'app'>,
  program: Program,
): Promise<Guarded> {
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
