import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { readEnvFile } from './env-file.ts';
import { TierlinkError } from './errors.ts';
import { finishReplacing } from './replace-together.ts';

/**
 * Settings of a process. This file is the only reader of process.env; everything else takes values. Settings of single
 * connections (credentials above all) follow from the connectors' options, see config-connections.ts.
 */

/** What `config --explain` and .env.example say beside a setting's type and default. */
interface SettingNotes {
  help: string;
  example: string;
  /** Shown masked, and accepted from a file as well: NAME_FILE=/path. */
  secret: boolean;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

function setting<T extends z.ZodType>(schema: T, notes: Omit<SettingNotes, 'secret'> & { secret?: boolean }) {
  return schema.meta({ secret: false, ...notes });
}

const onOff = z.stringbool({
  truthy: ['1', 'true', 'yes', 'on'],
  falsy: ['0', 'false', 'no', 'off'],
  error: 'must be 1, true, yes or on, or 0, false, no or off',
});

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

export const settingsSchema = z.strictObject({
  DATABASE_URL: setting(
    z
      .url({ protocol: /^postgres(ql)?$/, error: 'must be an address that begins with postgres://' })
      .optional(),
    {
      help: 'PostgreSQL 15 or newer as the store. Without it the store is embedded, in the data folder.',
      example: 'postgres://tierlink:secret@localhost:5432/tierlink',
      secret: true,
    },
  ),
  REDIS_URL: setting(
    z
      .url({ protocol: /^rediss?$/, error: 'must be an address that begins with redis:// or rediss://' })
      .optional(),
    {
      help: 'Redis 6.2 or newer for the queue. Without it the queue is kept in the store. Needs DATABASE_URL.',
      example: 'redis://localhost:6379',
      secret: true,
    },
  ),
  TIERLINK_PROJECT: setting(z.string().default('.'), {
    help: 'Folder that holds tierlink.yaml. Set it in the environment: .env is looked for in this folder.',
    example: '/srv/tierlink',
  }),
  TIERLINK_HOME: setting(z.string().default('.tierlink'), {
    help: 'Data folder of the embedded store; a relative path starts at the project folder.',
    example: '/var/lib/tierlink',
  }),
  TIERLINK_TIME_ZONE: setting(z.string().refine(isTimeZone, 'is not an IANA time zone').optional(), {
    help: 'Zone in which commands show instants. Without it the zone of the program is used.',
    example: 'Europe/Stockholm',
  }),
  TIERLINK_WORKERS: setting(wholeNumber(1, 64).default(2), {
    help: 'How many jobs of one kind a process works on at once.',
    example: '4',
  }),
  TIERLINK_ACCESSIBLE: setting(onOff.default(false), {
    help: 'With 1, progress is one plain line per 10 % and tables become "label: value" lists.',
    example: '1',
  }),
  LOG_LEVEL: setting(
    z.enum(logLevels, { error: `must be one of: ${logLevels.join(', ')}` }).default('info'),
    {
      help: `What "start" and "worker" log: ${logLevels.join(', ')}.`,
      example: 'debug',
    },
  ),
  NO_COLOR: setting(z.string().optional(), {
    help: 'Any value switches colours off.',
    example: '1',
  }),
  TERM: setting(z.string().optional(), {
    help: 'Set by the terminal. "dumb" has the effect of TIERLINK_ACCESSIBLE=1.',
    example: 'dumb',
  }),
  COLUMNS: setting(wholeNumber(20, 10_000).optional(), {
    help: 'Width for output in characters. Without it the terminal is asked; output into a file or pipe has no limit.',
    example: '80',
  }),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;
export type Environment = Readonly<Record<string, string | undefined>>;
export type SettingSource = 'environment' | '.env' | 'default' | 'not set';

export interface Config {
  settings: Settings;
  /** Absolute path of the folder with tierlink.yaml. */
  projectFolder: string;
  /** Absolute path of the data folder. */
  dataFolder: string;
  /** Process environment over .env; empty values count as not set. */
  environment: Environment;
  sourceOf(name: string): SettingSource;
}

/** The names of all settings, in the order of the schema. */
export const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

export function settingNotes(name: SettingName): SettingNotes {
  return settingsSchema.shape[name].meta() as unknown as SettingNotes;
}

/** The default as text; undefined when the setting is optional. */
export function settingDefault(name: SettingName): string | undefined {
  const parsed = settingsSchema.shape[name].safeParse(undefined);
  return parsed.success && parsed.data !== undefined ? String(parsed.data) : undefined;
}

/**
 * Reads the process environment and the project's .env file, once what `connect` may have left half done is whole. Throws CONFIG_INVALID naming the setting, or file and line.
 * @param own Replaces the process environment, for tests and for the demo.
 */
export function loadConfig(own?: Environment): Config {
  const fromProcess = withoutBlanks(own ?? process.env);
  const projectFolder = resolve(fromProcess.TIERLINK_PROJECT ?? '.');
  finishReplacing(projectFolder);
  const envFile = join(projectFolder, '.env');
  const fromFile = existsSync(envFile) ? withoutBlanks(readEnvFile(envFile)) : {};
  const environment = withFilesOf(projectFolder, { ...fromFile, ...fromProcess });
  const settings = parseSettings(environment);
  return {
    settings,
    projectFolder,
    dataFolder: resolve(projectFolder, settings.TIERLINK_HOME),
    environment,
    sourceOf: (name) => {
      if (fromProcess[name] !== undefined) return 'environment';
      if (fromFile[name] !== undefined) return '.env';
      return (settings as Record<string, unknown>)[name] === undefined ? 'not set' : 'default';
    },
  };
}

/**
 * Whether an npm script of the source folder started the process: the command `tierlink` may not be there to name then.
 * @param own Replaces the process environment.
 */
export function isNpmScript(own?: Environment): boolean {
  return (own ?? process.env).npm_lifecycle_event !== undefined;
}

function parseSettings(environment: Environment): Settings {
  const known = Object.fromEntries(
    settingNames.map((name) => [name, secretFromFile(environment, name)] as const),
  );
  const parsed = settingsSchema.safeParse(known);
  if (parsed.success) {
    requireDatabaseForRedis(parsed.data);
    return parsed.data;
  }
  const issue = parsed.error.issues[0]!;
  throw new TierlinkError('CONFIG_INVALID', { place: String(issue.path[0]), reason: issue.message });
}

/** Workers of several processes share one queue, so they must share one store as well. */
function requireDatabaseForRedis(settings: Settings): void {
  if (settings.REDIS_URL === undefined || settings.DATABASE_URL !== undefined) return;
  throw new TierlinkError('CONFIG_INVALID', {
    place: 'REDIS_URL',
    reason: 'needs DATABASE_URL as well, because all jobs of the embedded store run in one process',
  });
}

/** The value of NAME, or the contents of the file that NAME_FILE names. Only secrets have the second form. */
function secretFromFile(environment: Environment, name: SettingName): string | undefined {
  return settingNotes(name).secret ? readSecret(environment, name) : environment[name];
}

/**
 * A secret from NAME or from the file named by NAME_FILE (absolute), without the final line break.
 * Throws CONFIG_INVALID when both are set or the file cannot be read.
 */
export function readSecret(environment: Environment, name: string): string | undefined {
  const file = environment[`${name}_FILE`];
  if (file === undefined) return environment[name];
  if (environment[name] !== undefined) {
    throw new TierlinkError('CONFIG_INVALID', {
      place: name,
      reason: `is set beside ${name}_FILE; keep one`,
    });
  }
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new TierlinkError(
      'CONFIG_INVALID',
      { place: `${name}_FILE`, reason: `${file} cannot be read` },
      { cause },
    );
  }
}

/** Relative paths in NAME_FILE start at the project folder, wherever the command was started. */
function withFilesOf(folder: string, environment: Record<string, string>): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => [
    name,
    isOwnFile(name) ? resolve(folder, value) : value,
  ]);
  return Object.fromEntries(entries);
}

function isOwnFile(name: string): boolean {
  return (
    name.endsWith('_FILE') &&
    (name.startsWith('TIERLINK_') || (settingNames as string[]).includes(name.slice(0, -'_FILE'.length)))
  );
}

function withoutBlanks(values: Environment): Record<string, string> {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(kept) as Record<string, string>;
}

/** Whether the runtime knows the zone by this IANA name. */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
