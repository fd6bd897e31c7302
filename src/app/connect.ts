import type { Config } from '../config.ts';
import { connectionOptions } from '../config-connections.ts';
import { TierlinkError } from '../errors.ts';
import { fromFolder, type Project } from '../project.ts';
import { withConnection, withEnvValues } from '../project-edit.ts';
import { exampleLines, newMappings } from '../project-init.ts';
import { replaceTogether } from '../replace-together.ts';
import type {
  ConnectorHost,
  ConnectorManifest,
  ConnectorOption,
  SignIn,
} from '../sync/connector-manifest.ts';
import { optionVariable } from '../sync/option-variable.ts';
import type { WholeFile } from '../text-file.ts';

/** A connection that a person wants to set up or to change. */
export interface ConnectRequest {
  config: Config;
  project: Project;
  alias: string;
  manifest: ConnectorManifest;
  /** What was typed now, by option key; secrets among them go to .env, the others to tierlink.yaml. */
  options: Readonly<Record<string, string>>;
  /** What the connector may use to sign in once. */
  host: ConnectorHost;
}

/**
 * Signs in with the options and, only when that worked, keeps them, with mappings for this kind of CRM where the project
 * has none yet. Returns the folder of mappings that is new, or null. Throws CRM_SIGN_IN and the like with nothing
 * written, CONFIG_INVALID when the name belongs to a connection of another kind of CRM.
 */
export async function signInAndKeep(request: ConnectRequest): Promise<string | null> {
  const options = optionsAsked(request);
  await request.manifest.connect(options, request.host).check([]);
  return keepConnection(request, []);
}

/**
 * The options of the connection with what was typed now. Throws CONFIG_INVALID when the name belongs to a connection of
 * another kind of CRM, and as connectionOptions() does.
 */
export function optionsAsked(request: ConnectRequest): Record<string, string> {
  const { config, project, alias, manifest } = request;
  const known = project.connections[alias];
  if (known !== undefined && known.crm !== manifest.id) {
    throw new TierlinkError('CONFIG_INVALID', {
      place: `${project.file}, connections.${alias}`,
      reason: `is a connection to ${known.crm}, not to ${manifest.id}`,
    });
  }
  const typed = typedVariables(request);
  return connectionOptions(
    { ...config.environment, ...typed },
    { alias, manifest, options: known?.options ?? {} },
  );
}

export type Sources = Pick<ConnectRequest, 'config' | 'project' | 'alias' | 'manifest' | 'options'>;

/** Options to ask for: those that are required and set nowhere yet. */
export function missingOptions(request: Sources): ConnectorOption[] {
  return request.manifest.options.filter(
    (option) => option.required && option.default === undefined && !isSet(request, option.key),
  );
}

/** The way to sign in of which an option is set already; undefined before a person has chosen. */
export function chosenSignIn(request: Sources): SignIn | undefined {
  return request.manifest.signIns.find(({ options }) => options.flat().some((key) => isSet(request, key)));
}

/** Options of a way to sign in to ask for. */
export function signInOptions(request: Sources, signIn: SignIn): ConnectorOption[] {
  const missing = signIn.options.filter((enough) => !enough.some((key) => isSet(request, key)));
  const asked = missing.map(([first]) => first);
  return request.manifest.options.filter(({ key }) => asked.includes(key));
}

/**
 * Variables of secrets that the connection has from this process's environment alone: nothing has kept them, so the next
 * process must be given them too.
 */
export function unkeptSecrets({ config, alias, manifest }: Sources): string[] {
  return manifest.options
    .filter(({ secret }) => secret)
    .flatMap(({ key }) => [optionVariable(alias, key), `${optionVariable(alias, key)}_FILE`])
    .filter((name) => config.environment[name] !== undefined && config.sourceOf(name) === 'environment');
}

/** Other connections of the project of which nothing is set, as `init` leaves them; each run would stumble over them. */
export function blankConnections({
  config,
  project,
  alias,
}: Pick<Sources, 'config' | 'project' | 'alias'>): string[] {
  return Object.entries(project.connections)
    .filter(([other, { options }]) => other !== alias && Object.keys(options).length === 0)
    .map(([other]) => other)
    .filter((other) => {
      const prefix = optionVariable(other, '');
      return !Object.keys(config.environment).some((name) => name.startsWith(prefix));
    });
}

/** Whether an option has a value, from wherever. */
export function isSet({ config, project, alias, options }: Sources, key: string): boolean {
  const variable = optionVariable(alias, key);
  return [
    options[key],
    config.environment[variable],
    config.environment[`${variable}_FILE`],
    project.connections[alias]?.options[key],
  ].some((value) => value !== undefined);
}

function typedVariables({ alias, options, project }: ConnectRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fromFolder(project.folder, options)).map(([key, value]) => [
      optionVariable(alias, key),
      value,
    ]),
  );
}

/**
 * Writes the connection into tierlink.yaml and .env, with mappings where there are none yet, and what belongs to it: all of
 * it or nothing, wherever the process dies. Returns the folder of mappings that is new, or null.
 */
export function keepConnection(
  { project, alias, manifest, options }: ConnectRequest,
  along: readonly WholeFile[],
): string | null {
  const { folder } = project;
  const isSecret = (key: string) => manifest.options.some((option) => option.key === key && option.secret);
  const entries = Object.entries(options);
  // A connection that is there has mappings of its own choice.
  const isNew = project.connections[alias] === undefined;
  const { mappings, files } = isNew ? newMappings(folder, manifest) : { mappings: '', files: [] };
  const named = withConnection(folder, {
    alias,
    crm: manifest.id,
    mappings,
    options: Object.fromEntries(entries.filter(([key]) => !isSecret(key))),
    examples: exampleLines(manifest),
  });
  const secrets = entries.filter(([key]) => isSecret(key));
  const values = Object.fromEntries(secrets.map(([key, value]) => [optionVariable(alias, key), value]));
  const kept = secrets.length === 0 ? [] : [withEnvValues(folder, values)];
  replaceTogether(folder, [...along, ...files, ...kept, named]);
  return files.length === 0 ? null : mappings;
}
