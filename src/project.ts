import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { TierlinkError } from './errors.ts';
import { filesAlias } from './model/record-id.ts';
import { alertsSchema, checkAlerts } from './project-alerts.ts';
import { matchingSchema } from './project-matching.ts';
import { checkOwners, ownersSchema } from './project-owners.ts';
import { parseYaml } from './project-yaml.ts';
import { readTiming } from './queue/timing-text.ts';
import { readTextFile } from './text-file.ts';

/** tierlink.yaml: what a project is made of. Secrets are never in it. */

export const projectFileName = 'tierlink.yaml';

const days = z.int().min(1);

export const connectionSchema = z.strictObject({
  crm: z.string().min(1).describe('Kind of CRM: the id of a connector.'),
  mappings: z.string().min(1).describe('Folder with the mapping files, from the project folder.'),
  // With every line below it commented out, YAML reads the key as null.
  options: z
    .preprocess((value) => value ?? {}, z.record(z.string(), z.coerce.string()))
    .default({})
    .describe('Options of the connector that are not secret. Secrets come from .env or the environment.'),
  prefix: z
    .string()
    .optional()
    .describe(
      'What the names begin with that are installed there, in a CRM where they have to; as in the mappings. (Default: that of the mappings that come along)',
    ),
  layouts: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Page layouts or forms on which installing shows our fields: the object, a hyphen, and the name that the set-up pages show, such as "Account-Account Layout". (Default: none, so that people add the fields)',
    ),
  dailyCalls: z
    .int()
    .min(1)
    .default(20_000)
    .describe('How many API calls of the CRM a day may use; what is left over waits for the next day.'),
  runCalls: z
    .int()
    .min(1)
    .optional()
    .describe('How many API calls one run may use. (Default: no limit of its own)'),
  createsPerRun: z
    .int()
    .min(0)
    .default(100)
    .describe("How many of the CRM's own records a run may create by itself; more of them wait for a plan."),
});

/** How long what piles up is kept, in days. Decisions with their evidence are never pruned. */
export const retentionSchema = z.strictObject({
  runs: days.default(90).describe('Runs that have ended, and names of CRM users.'),
  audit: days
    .default(400)
    .describe('What was written, before and after, and the plans that it was written by.'),
  versions: days
    .default(800)
    .describe('Older versions of records; the longest window of the program plus appeals.'),
  kpiPeriods: days.default(1200).describe('KPI figures of past periods.'),
});

/** What a connection may be called. */
export const aliasPattern = new RegExp(`^(?!${filesAlias}$)[a-z][a-z0-9-]*$`);

export const plansSchema = z.strictObject({
  records: z
    .int()
    .min(0)
    .default(500)
    .describe("How many of a CRM's own records a plan may write without an approval."),
});

export const verificationSchema = z.strictObject({
  days: z
    .int()
    .min(1)
    .max(366)
    .default(28)
    .describe('Within how many daily verifications the values of all records are compared.'),
});

const projectKeys = z.strictObject({
  program: z.string().min(1).describe('The program file, from the project folder.'),
  connections: z.record(z.string(), connectionSchema).default({}),
  owners: ownersSchema,
  schedules: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Job: "every <n> seconds", a cron line with a time zone such as "0 6 * * * Europe/Stockholm", or off.',
    ),
  matching: matchingSchema.optional(),
  retention: retentionSchema.default(retentionSchema.parse({})),
  plans: plansSchema.default(plansSchema.parse({})),
  verification: verificationSchema.default(verificationSchema.parse({})),
  alerts: alertsSchema.default(alertsSchema.parse({})),
});

export const projectSchema = projectKeys.superRefine(
  ({ owners, connections, schedules, alerts }, context) => {
    const aliases = Object.keys(connections);
    const problems = [
      ...checkAliases(aliases),
      ...checkOwners(owners, aliases),
      ...checkSchedules(schedules),
      ...checkAlerts(alerts, aliases),
    ];
    for (const { path, message } of problems) context.addIssue({ code: 'custom', path, message });
  },
);

function checkAliases(aliases: readonly string[]): { path: string[]; message: string }[] {
  const message =
    'a connection name is lower case letters, digits and hyphens, and not "import", which stands for files';
  return aliases
    .filter((alias) => !aliasPattern.test(alias))
    .map((alias) => ({ path: ['connections', alias], message }));
}

function checkSchedules(schedules: Readonly<Record<string, string>>): { path: string[]; message: string }[] {
  return Object.entries(schedules).flatMap(([job, when]) => {
    try {
      if (when !== 'off') readTiming(when, job);
      return [];
    } catch (error) {
      return [{ path: ['schedules', job], message: String((error as TierlinkError).data.reason) }];
    }
  });
}

export type ProjectFile = z.infer<typeof projectSchema>;
export type ProjectConnection = z.infer<typeof connectionSchema>;
export type Retention = z.infer<typeof retentionSchema>;

export interface Project extends ProjectFile {
  folder: string;
  /** Absolute path of tierlink.yaml. */
  file: string;
}

/** Whether the folder holds a project. */
export function hasProject(folder: string): boolean {
  return existsSync(join(folder, projectFileName));
}

/**
 * Reads tierlink.yaml of a folder. Throws PROJECT_NONE when there is none, CONFIG_INVALID naming file and line when
 * it is wrong.
 */
export function loadProject(folder: string): Project {
  const file = join(folder, projectFileName);
  if (!existsSync(file)) throw new TierlinkError('PROJECT_NONE', { folder });
  const parsed = parseYaml(readTextFile(file), projectSchema);
  if (parsed.ok) return { ...parsed.value, connections: withFilesOf(folder, parsed.value), folder, file };
  const issue = parsed.issues[0];
  throw new TierlinkError('CONFIG_INVALID', {
    place: `${file}:${issue.line}`,
    reason: issue.path === '' ? issue.reason : `${issue.path}: ${issue.reason}`,
    places: parsed.issues.map((each) => ({ file, ...each })),
  });
}

/** Options that name a file start at the project folder, wherever the command was started. */
function withFilesOf(folder: string, { connections }: ProjectFile): ProjectFile['connections'] {
  const entries = Object.entries(connections).map(([alias, connection]) => [
    alias,
    { ...connection, options: fromFolder(folder, connection.options) },
  ]);
  return Object.fromEntries(entries);
}

/** The options of a connector with the path of every option that names a file made absolute. */
export function fromFolder(
  folder: string,
  options: Readonly<Record<string, string>>,
): Record<string, string> {
  const entries = Object.entries(options).map(([key, value]) => [
    key,
    key.endsWith('File') ? resolve(folder, value) : value,
  ]);
  return Object.fromEntries(entries);
}

/** The connection named, or the only one. Throws CONNECTION_UNKNOWN, CONNECTION_NONE, or USAGE when there are several. */
export function chooseConnection(project: Project, alias: string | undefined): string {
  const known = Object.keys(project.connections);
  if (alias !== undefined) {
    if (known.includes(alias)) return alias;
    throw new TierlinkError('CONNECTION_UNKNOWN', {
      connection: alias,
      known: known.join(', ') || 'none yet',
    });
  }
  if (known.length === 1) return known[0]!;
  if (known.length === 0) throw new TierlinkError('CONNECTION_NONE');
  throw new TierlinkError('USAGE', {
    reason: `There are several connections: ${known.join(', ')}. Name one with --connection.`,
    command: '',
  });
}
