import { join } from 'node:path';
import type { Config } from '../config.ts';
import { connectionOptions, optionVariable } from '../config-connections.ts';
import { TierlinkError } from '../errors.ts';
import { fromFolder, type Project } from '../project.ts';
import { writeConnection, writeEnvValues } from '../project-edit.ts';
import type { ConnectorHost, ConnectorManifest } from '../sync/connector-manifest.ts';

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
 * Signs in with the options and, only when that worked, keeps them. Throws CRM_SIGN_IN and the like with nothing
 * written, CONFIG_INVALID when the name belongs to a connection of another kind of CRM.
 */
export async function signInAndKeep(request: ConnectRequest): Promise<void> {
  const { config, project, alias, manifest } = request;
  const known = project.connections[alias];
  if (known !== undefined && known.crm !== manifest.id) {
    throw new TierlinkError('CONFIG_INVALID', {
      place: `${project.file}, connections.${alias}`,
      reason: `is a connection to ${known.crm}, not to ${manifest.id}`,
    });
  }
  const typed = typedVariables(request);
  const options = connectionOptions(
    { ...config.environment, ...typed },
    { alias, manifest, options: known?.options ?? {} },
  );
  await manifest.connect(options, request.host).check([]);
  keep(request);
}

/** The options that are required and set nowhere yet, for asking. */
export function missingOptions(
  request: Pick<ConnectRequest, 'config' | 'project' | 'alias' | 'manifest' | 'options'>,
) {
  const { config, project, alias, manifest, options } = request;
  return manifest.options.filter((option) => {
    const variable = optionVariable(alias, option.key);
    const isSet = [
      options[option.key],
      config.environment[variable],
      config.environment[`${variable}_FILE`],
      project.connections[alias]?.options[option.key],
    ].some((value) => value !== undefined);
    return !isSet && option.default === undefined;
  });
}

function typedVariables({ alias, options, project }: ConnectRequest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fromFolder(project.folder, options)).map(([key, value]) => [
      optionVariable(alias, key),
      value,
    ]),
  );
}

function keep({ project, alias, manifest, options }: ConnectRequest): void {
  const isSecret = (key: string) => manifest.options.some((option) => option.key === key && option.secret);
  const entries = Object.entries(options);
  writeConnection(project.folder, {
    alias,
    crm: manifest.id,
    mappings: join('mappings', manifest.id),
    options: Object.fromEntries(entries.filter(([key]) => !isSecret(key))),
  });
  const secrets = entries.filter(([key]) => isSecret(key));
  if (secrets.length === 0) return;
  writeEnvValues(
    project.folder,
    Object.fromEntries(secrets.map(([key, value]) => [optionVariable(alias, key), value])),
  );
}
