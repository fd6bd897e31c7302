import { resolve } from 'node:path';
import { z } from 'zod';
import { loadProgram, type Program } from '../../program/load.ts';
import { chooseConnection, type Project } from '../../project.ts';
import { readMappings } from '../../sync/mapping.ts';
import { checkMappings } from '../../sync/mapping-check.ts';
import { checkKpis } from '../../sync/mapping-check-kpis.ts';
import { describeRelated } from '../../sync/mapping-check-paths.ts';
import { objectsOf } from '../../sync/metadata.ts';
import { tierNamesOf } from '../../sync/program-words.ts';
import { type CommandCall, defineCommand } from '../command.ts';
import { switchFlag } from '../flags.ts';
import { formatMany } from '../format.ts';
import type { Screen, Tone } from '../screen.ts';
import { text } from './map.messages.ts';

const levels = ['error', 'warn', 'question', 'note'] as const;
const marks: Record<(typeof levels)[number], { mark: string; tone: Tone }> = {
  error: { mark: 'x', tone: 'bad' },
  warn: { mark: '!', tone: 'wait' },
  question: { mark: '?', tone: 'wait' },
  note: { mark: 'i', tone: 'soft' },
};

const resultSchema = z.strictObject({
  connection: z.string(),
  /** Whether the CRM was asked. */
  live: z.boolean(),
  isOffline: z.boolean(),
  files: z.array(z.string()),
  findings: z.array(
    z.strictObject({
      level: z.enum(levels),
      code: z.string(),
      file: z.string(),
      line: z.int().nullable(),
      column: z.int().nullable(),
      path: z.string(),
      message: z.string(),
      fix: z.string(),
      /** Lines that the fix adds to the file, ready to paste. */
      paste: z.array(z.string()),
    }),
  ),
});
type Result = z.infer<typeof resultSchema>;
const flags = { offline: switchFlag(text.check.offline) };
// biome-ignore lint/complexity/noBannedTypes: a command without arguments
type Call = CommandCall<typeof flags, {}>;

export const mapCheck = defineCommand({
  name: 'map check',
  summary: text.check.summary,
  flags,
  examples: [
    'tierlink map check',
    'tierlink map check --connection prod --json',
    'tierlink map check --offline',
  ],
  result: resultSchema,
  run: async (call) => {
    const result = await check(call as Call);
    const errors = result.findings.filter(({ level }) => level === 'error');
    return { result, exit: errors.length > 0 ? 2 : 0, next: nextSteps(result) };
  },
  show: showFindings,
});

/** The files first; the CRM is asked once all are sound: what one of them lacks would be found amiss in others. */
async function check(call: Call): Promise<Result> {
  const project = call.project();
  const alias = chooseConnection(project, call.global.connection);
  const { mappings, findings, sources } = readMappings(
    resolve(project.folder, project.connections[alias]!.mappings),
  );
  const found = [...findings];
  const isSound = findings.every(({ level }) => level !== 'error');
  const isLive = !call.flags.offline && isSound;
  if (isSound) found.push(...checkKpis(mappings, programOf(project), sources));
  if (isLive) {
    const connector = (await call.app()).connection(alias).connector();
    const descriptions = await connector.describe(objectsOf(mappings));
    const related = await describeRelated(connector, mappings, descriptions);
    const tiers = tierNamesOf(programOf(project));
    found.push(...checkMappings(mappings, descriptions, { sources, tiers, related }));
  }
  return {
    connection: alias,
    live: isLive,
    isOffline: call.flags.offline,
    files: sources.map(({ file }) => file),
    findings: found.map(({ level, code, file, line, column, path, message, fix, paste }) => ({
      level,
      code,
      file,
      line: line ?? null,
      column: column ?? null,
      path: path ?? '',
      message,
      fix,
      paste: paste ?? [],
    })),
  };
}

function programOf({ folder, program }: Project): Program {
  return loadProgram(resolve(folder, program));
}

function nextSteps({ connection, findings, live, isOffline }: Result): string[] {
  if (!live) return isOffline ? [] : [text.check.nextAgain];
  const isMissing = findings.some(({ code }) => code === 'FIELD_MISSING' || code === 'OBJECT_MISSING');
  return isMissing ? [text.check.nextInstall(connection)] : [text.check.nextSync];
}

function showFindings({ files, findings }: Result, screen: Screen): void {
  for (const file of files) {
    const own = findings.filter((finding) => finding.file === file);
    screen.line(`${own.every(isNote) ? screen.tone('good', 'ok') : '  '}   ${file}`);
    for (const { level, line, column, path, message, fix, paste } of own) {
      const { mark, tone } = marks[level];
      screen.line(
        `  ${screen.tone(tone, mark)}   ${line ?? 1}:${column ?? 1}  ${path === '' ? '' : `${path}: `}${message}`,
      );
      screen.line(`        ${text.check.fix(fix)}`);
      for (const each of paste) screen.line(`  ${each}`, 4);
    }
  }
  const count = (level: string) => findings.filter((finding) => finding.level === level).length;
  screen.line();
  screen.line(
    findings.every(isNote)
      ? text.check.ok(formatMany(files.length, 'mapping'))
      : text.check.counts(
          formatMany(count('error'), 'error'),
          formatMany(count('warn'), 'warning'),
          formatMany(count('question'), 'question'),
        ),
  );
}

/** A file with notes alone is as sound as one without. */
function isNote({ level }: Result['findings'][number]): boolean {
  return level === 'note';
}
