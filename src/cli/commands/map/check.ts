import { resolve } from 'node:path';
import { z } from 'zod';
import { TierlinkError } from '../../../errors.ts';
import { suggestion } from '../../../model/closest.ts';
import { loadProgram, type Program } from '../../../program/load.ts';
import { chooseConnection, type Project } from '../../../project.ts';
import { findConnector } from '../../../registry.ts';
import { checkMappings } from '../../../sync/mapping/check.ts';
import { checkKpis } from '../../../sync/mapping/check-kpis.ts';
import { describeRelated } from '../../../sync/mapping/check-paths.ts';
import { checkTypes } from '../../../sync/mapping/check-types.ts';
import type { Finding } from '../../../sync/mapping/finding.ts';
import { type MappingFolder, readMappings } from '../../../sync/mapping/mapping.ts';
import { tierNamesOf } from '../../../sync/pass/program-words.ts';
import { objectsOf } from '../../../sync/pull/metadata.ts';
import { type CommandCall, defineCommand } from '../../command.ts';
import { setUpSchema } from '../../doctor-lines.ts';
import { switchFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { checkedMapping, checkedMappingSchema, levels, showFields } from '../../mapping-lines.ts';
import type { Screen, Tone } from '../../screen.ts';
import { text } from './map.messages.ts';

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
  /** Objects, entities or mappings that were asked for; empty for all. */
  asked: z.array(z.string()),
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
      setUp: setUpSchema,
    }),
  ),
  mappings: z.array(checkedMappingSchema),
});
type Result = z.infer<typeof resultSchema>;
const args = { mapping: { help: text.check.mappings, required: false, many: true } } as const;
const flags = { offline: switchFlag(text.check.offline) };
type Call = CommandCall<typeof flags, typeof args>;

export const mapCheck = defineCommand({
  name: 'map check',
  summary: text.check.summary,
  description: text.check.description,
  args,
  flags,
  examples: [
    'tierlink map check',
    'tierlink map check Account',
    'tierlink map check deal lead --connection prod --json',
    'tierlink map check --offline',
  ],
  result: resultSchema,
  run: async (call) => {
    const result = await check(call as Call);
    const errors = result.findings.filter(({ level }) => level === 'error');
    return { result, exit: errors.length > 0 ? 2 : 0, next: nextSteps(result) };
  },
  show: showChecked,
});

/** The files first; the CRM is asked once all are sound: what one of them lacks would be found amiss in others. */
async function check(call: Call): Promise<Result> {
  const project = call.project();
  const alias = chooseConnection(project, call.global.connection);
  const manifest = findConnector(project.connections[alias]!.crm);
  const folder = readMappings(resolve(project.folder, project.connections[alias]!.mappings));
  const { mappings, sources } = folder;
  const asked = [...call.args.mapping];
  const wanted = filesAsked(folder, asked);
  const isSound = folder.findings.every(({ level }) => level !== 'error');
  const isLive = !call.flags.offline && isSound;
  const programFindings = isSound ? checkProgramOf(project, folder, call.flags.offline) : [];
  const seen = isLive ? await askCrm(call, alias, folder) : null;
  const all = [...folder.findings, ...programFindings, ...(seen?.findings ?? [])];
  // What keeps the CRM from being asked is said of the others too.
  const found = all.filter(({ file, level }) => wanted.has(file) || (!isSound && level === 'error'));
  const shown = new Set([...wanted, ...found.map(({ file }) => file)]);
  return {
    connection: alias,
    live: isLive,
    isOffline: call.flags.offline,
    asked,
    files: sources.map(({ file }) => file).filter((file) => shown.has(file)),
    findings: found.map(({ level, code, file, line, column, path, message, fix, paste, setUp }) => ({
      level,
      code,
      file,
      line: line ?? null,
      column: column ?? null,
      path: path ?? '',
      message,
      fix,
      paste: paste ?? [],
      setUp: setUp === undefined ? null : manifest.setUpPath(setUp),
    })),
    mappings: mappings
      .filter(({ file }) => wanted.has(file))
      .map((mapping) => checkedMapping(mapping, seen?.described ?? null, all)),
  };
}

/** The files of the mappings that are meant; all where none is named. Throws USAGE for a word that means none. */
function filesAsked({ mappings, sources, findings }: MappingFolder, asked: readonly string[]): Set<string> {
  if (asked.length === 0) return new Set(sources.map(({ file }) => file));
  const words = [
    ...mappings.flatMap(({ object, entity, file }) => [object, entity].map((word) => ({ word, file }))),
    ...sources.map(({ name, file }) => ({ word: name, file })),
  ];
  return new Set(
    asked.flatMap((each) => {
      const meant = words.filter(({ word }) => word.toLowerCase() === each.toLowerCase());
      if (meant.length > 0) return meant.map(({ file }) => file);
      // It may be what a file is about that cannot be read.
      const broken = findings.filter(({ level }) => level === 'error').map(({ file }) => file);
      if (broken.length > 0) return broken;
      throw unknownMapping(each, [...new Set(words.map(({ word }) => word))].sort());
    }),
  );
}

function unknownMapping(word: string, known: readonly string[]): TierlinkError {
  const near = suggestion(word, known);
  const reason = text.check.unknown(word, near === '' ? text.check.oneOf(known.join(', ')) : near);
  return new TierlinkError('USAGE', { reason, command: 'map check' });
}

async function askCrm(call: Call, alias: string, { mappings, sources }: MappingFolder) {
  const project = call.project();
  const connector = (await call.app()).connection(alias).connector();
  const descriptions = await connector.describe(objectsOf(mappings));
  const related = await describeRelated(connector, mappings, descriptions);
  const tiers = tierNamesOf(programOf(project));
  return {
    described: new Map([...descriptions, ...related].map((each) => [each.name, each])),
    findings: checkMappings(mappings, descriptions, { sources, tiers, related }),
  };
}

/** Without the CRM the files are looked at alone, so that a program which is not there yet is no hindrance. */
function checkProgramOf(
  project: Project,
  { mappings, sources }: MappingFolder,
  isOffline: boolean,
): Finding[] {
  try {
    const program = programOf(project);
    return [...checkKpis(mappings, program, sources), ...checkTypes(mappings, program, sources)];
  } catch (error) {
    if (isOffline && error instanceof TierlinkError) return [];
    throw error;
  }
}

function programOf({ folder, program }: Project): Program {
  return loadProgram(resolve(folder, program));
}

function nextSteps({ connection, findings, live, isOffline }: Result): string[] {
  if (!live) return isOffline ? [] : [text.check.nextAgain];
  const isMissing = findings.some(({ code }) => code === 'FIELD_MISSING' || code === 'OBJECT_MISSING');
  return isMissing ? [text.check.nextInstall(connection)] : [text.check.nextSync];
}

function showChecked({ files, findings, asked, mappings }: Result, screen: Screen): void {
  for (const [index, file] of files.entries()) {
    const own = findings.filter((finding) => finding.file === file);
    if (asked.length > 0 && index > 0) screen.line();
    screen.line(`${own.every(isNote) ? screen.tone('good', 'ok') : '  '}   ${file}`);
    const mapping = mappings.find((each) => each.file === file);
    if (asked.length > 0 && mapping !== undefined) {
      showFields(mapping, screen);
      if (own.length > 0) screen.line();
    }
    for (const { level, code, line, column, path, message, fix, paste, setUp } of own) {
      const { mark, tone } = marks[level];
      screen.line(
        `  ${screen.tone(tone, mark)}   ${line ?? 1}:${column ?? 1}  ${code}  ${path === '' ? '' : `${path}: `}${message}`,
      );
      screen.line(`        ${text.check.fix(fix)}`);
      if (setUp !== null) screen.line(`        ${text.check.setUp(setUp)}`);
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
