import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TierlinkError } from './errors.ts';
import { fromPackageRoot } from './package-root.ts';
import { loadProgram } from './program/load.ts';
import { projectFileName, type Retention, retentionSchema } from './project.ts';
import type { ConnectorManifest } from './sync/connector-manifest.ts';
import { checkKpis } from './sync/mapping/check-kpis.ts';
import { readMappings } from './sync/mapping/mapping.ts';
import { optionVariable } from './sync/option-variable.ts';
import { readTextFile, replaceFile, type WholeFile } from './text-file.ts';

export interface InitRequest {
  /** Folder to make a project of; created when missing. */
  folder: string;
  /** The kind of CRM and the name of its connection; null where files are all there is. */
  connection: { manifest: ConnectorManifest; alias: string; prefix?: string | undefined } | null;
  /** Program file of the package's programs folder to start from, such as published/odoo-partnership.yaml. */
  program: string;
}

export interface InitResult {
  folder: string;
  /** Files written, relative to the folder, in order. */
  files: string[];
}

interface PlannedFile {
  path: string;
  contents: { text: string; mode?: number } | { copyOf: string };
}

/**
 * Writes tierlink.yaml, .env, .gitignore and copies of the mappings and programs. Throws FILE_EXISTS before anything is
 * written when one of them is there already, unless a process that was killed had begun to write these very files:
 * tierlink.yaml, which makes the folder a project, comes last.
 */
export function initProject(request: InitRequest): InitResult {
  const { folder } = request;
  const planned = planFiles(request);
  const [projectFile, ...others] = planned.map((each) => wholeFile(folder, each));
  const isProject = existsSync(projectFile!.file);
  for (const { file, text } of [projectFile!, ...others]) {
    const isInTheWay = existsSync(file) && (isProject || readTextFile(file) !== text);
    if (isInTheWay) throw new TierlinkError('FILE_EXISTS', { file, command: null });
  }
  for (const each of [...others, projectFile!]) writeNew(each);
  return { folder, files: planned.map(({ path }) => path) };
}

/**
 * Copies the mappings for a kind of CRM into a project that has none for it yet. Files that are there stay as they are.
 * Returns what it has written.
 */
export function addMappings(folder: string, manifest: Pick<ConnectorManifest, 'id'>): NewMappings {
  const added = newMappings(folder, manifest);
  for (const each of added.files) writeNew(each);
  return added;
}

/** A folder of mappings, as tierlink.yaml names it, and the files of it that are not there yet. */
export interface NewMappings {
  mappings: string;
  files: WholeFile[];
}

/** What addMappings() writes. */
export function newMappings(folder: string, manifest: Pick<ConnectorManifest, 'id'>): NewMappings {
  const mappings = `mappings/${manifest.id}`;
  const planned = existsSync(join(folder, mappings)) ? [] : copies(mappings, '.yaml');
  return { mappings, files: planned.map((each) => wholeFile(folder, each)) };
}

function planFiles(request: InitRequest): PlannedFile[] {
  const files: PlannedFile[] = [
    { path: projectFileName, contents: { text: projectText(request) } },
    // Secrets will be in it, so nobody else may read it.
    { path: '.env', contents: { text: envText(request), mode: 0o600 } },
    ...mappingsFor(request),
    ...copies('programs', '.yaml'),
    ...(request.program.includes('/') ? [copy(`programs/${request.program}`)] : []),
    ...(request.connection === null ? [] : [copy('mappings/mapping.schema.json')]),
    copy('programs/program.schema.json'),
  ];
  if (!existsSync(join(request.folder, '.gitignore'))) {
    files.push({ path: '.gitignore', contents: { text: '.env\n.tierlink/\n' } });
  }
  return files;
}

/** The mappings of the CRM; the one that writes figures has lines for those of the program that it lacks in the package. */
function mappingsFor({ connection, program }: InitRequest): PlannedFile[] {
  if (connection === null) return [];
  const folder = `mappings/${connection.manifest.id}`;
  const { mappings, sources } = readMappings(fromPackageRoot(folder));
  const measured = loadProgram(fromPackageRoot('programs', program));
  const lacking = checkKpis(mappings, measured, sources).find(({ paste }) => paste !== undefined);
  return copies(folder, '.yaml').map((planned) => {
    const file = fromPackageRoot(planned.path);
    const lines = lacking?.file === file ? [`# Of programs/${program}.`, ...lacking.paste!] : [];
    if (lines.length === 0 && connection.prefix === undefined) return planned;
    const text = readTextFile(file) + lines.map((line) => `  ${line}\n`).join('');
    return { path: planned.path, contents: { text: renamed(text, connection) } };
  });
}

/** Names of ours in a mapping begin with the prefix that was chosen. */
function renamed(text: string, { manifest, prefix }: NonNullable<InitRequest['connection']>): string {
  if (prefix === undefined || manifest.prefix === null) return text;
  return text.replaceAll(new RegExp(`\\b${manifest.prefix.usual}_`, 'g'), `${prefix}_`);
}

function copies(folder: string, extension: string): PlannedFile[] {
  return readdirSync(fromPackageRoot(folder))
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => copy(`${folder}/${name}`));
}

function copy(path: string): PlannedFile {
  return { path, contents: { copyOf: fromPackageRoot(path) } };
}

function wholeFile(folder: string, { path, contents }: PlannedFile): WholeFile {
  const file = join(folder, path);
  // A package may be installed read-only; these copies are there to be edited.
  if ('copyOf' in contents) return { file, text: readTextFile(contents.copyOf), mode: 0o644 };
  return { file, text: contents.text, mode: contents.mode ?? 0o644 };
}

function writeNew({ file, text, mode }: WholeFile): void {
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(file, text, mode);
}

/** Schedules that a new project starts with; "off" switches one off. */
export const defaultSchedules: Readonly<Record<string, string>> = {
  'pull-changes': 'every 300 seconds',
  'recompute-kpis': 'every 300 seconds',
  'evaluate-tiers': 'every 300 seconds',
  'push-changes': 'every 300 seconds',
  'send-alerts': 'every 60 seconds',
  'refresh-metadata': '0 5 * * * UTC',
  'verify-completeness': '30 4 * * * UTC',
  'prune-history': '0 3 * * 0 UTC',
};

/** A project of files alone has no connection; a CRM can be connected later. */
const filesText = `# Files are all there is: tierlink import partners partners.csv. A CRM comes in with tierlink connect.
connections: {}
`;

function projectText(request: InitRequest): string {
  const alias = request.connection?.alias ?? 'prod';
  const schedules = Object.entries(defaultSchedules).map(([job, when]) => `  ${job}: ${when}\n`);
  return `# What this project is made of. Secrets are not here: they are in .env or the environment.
program: programs/${request.program}

${request.connection === null ? filesText : `connections:\n${connectionText(request.connection)}`}
schedules:
  # "every <n> seconds", a cron line with its time zone such as "0 6 * * * Europe/Stockholm", or off.
${schedules.join('')}
plans:
  # How many records of a CRM a plan may write without an approval.
  records: 500

verification:
  # Days within which the values of all records are compared once; how many there are is compared every day.
  days: 28

retention:
  # Days. Decisions and their evidence are always kept.
${retentionText()}
# With several connections: which of them decides an attribute of a record that more than one holds.
# (Default: the order of the connections)
# owners:
#   partner: { default: [${alias}, other], phone: [other, ${alias}] }
# With several connections: what makes records of two of them the same company. Rules of join act by themselves, but a
# number needs the name, VAT number or web domain to agree too; numberAlone: true if the CRMs share one numbering, such
# as that of an ERP. Rules of review only propose: tierlink match list. (Default: as here)
# matching:
#   partner: { join: [number], numberAlone: false, review: [vat, domain, name] }
#   customer: { join: [number], numberAlone: false, review: [vat, domain, name] }
# Who is told when something is wrong, and once when it is over. The address of a webhook and the password of a mail
# server are secrets: TIERLINK_ALERT_OPS_URL and TIERLINK_ALERT_MAIL_PASSWORD in .env. Try it: tierlink alerts test
# alerts:
#   channels:
#     ops: { webhook: true, format: slack }    # slack, teams or json
#     mail: { smtp: smtp.example.com, user: tierlink, from: tierlink@example.com, to: [ops@example.com] }
#   digest: 0 8 * * 1 Europe/Stockholm    # Who is about to lose a tier.
`;
}

/** Every retention with its default and meaning, as the schema has them: none can be missing. */
function retentionText(): string {
  const defaults = retentionSchema.parse({});
  const lines = Object.entries(retentionSchema.shape).map(
    ([key, { description }]) => `  ${key}: ${defaults[key as keyof Retention]}    # ${description}\n`,
  );
  return lines.join('');
}

/** How options that nobody has set stand in tierlink.yaml, behind the sign of a comment, by key. */
export function exampleLines(
  manifest: Pick<ConnectorManifest, 'options'>,
): Record<string, { line: string; label: string }> {
  return Object.fromEntries(
    manifest.options
      .filter(({ secret }) => !secret)
      .map(({ key, label, default: usual, example }) => [
        key,
        { line: `${key}: ${usual ?? example}    # ${label}`, label },
      ]),
  );
}

/** The lines of one connection, below "connections:". Options that are not secret are there to be uncommented. */
function connectionText({ alias, manifest, prefix }: NonNullable<InitRequest['connection']>): string {
  const lines = Object.values(exampleLines(manifest)).map(({ line }) => `      # ${line}`);
  return `  ${alias}:
    crm: ${manifest.id}
    mappings: mappings/${manifest.id}
${prefix === undefined ? '' : `    # What the names begin with that are installed there; as in the mappings.\n    prefix: ${prefix}\n`}    # API calls a day that this connection may use.
    dailyCalls: 20000
    # Each can be set in .env as well; secrets only there.
    options:
${lines.map((line) => `${line}\n`).join('')}`;
}

function envText({ connection }: InitRequest): string {
  return `# Settings and secrets of this project. Keep it out of version control.
# A secret can also be in a file: add _FILE to its name and give the path.
# Every other setting: tierlink config --explain
${connection === null ? '' : `\n${secretsText(connection)}`}`;
}

function secretsText({ alias, manifest }: NonNullable<InitRequest['connection']>): string {
  const lines = manifest.options.flatMap((option) => [
    `# ${option.label}${option.required ? '' : ' (optional)'}. ${option.help}`,
    `# Example: ${option.example.split('\n')[0]}`,
    `#${optionVariable(alias, option.key)}=`,
    '',
  ]);
  return `# --- Connection ${alias}: ${manifest.label}\n\n${lines.join('\n')}`;
}
