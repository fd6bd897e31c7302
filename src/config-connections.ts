import type { Config, Environment } from './config.ts';
import { readSecret, settingNames } from './config.ts';
import { TierlinkError } from './errors.ts';
import { suggestion } from './model/closest.ts';
import type { ChannelSecret } from './project-alerts.ts';
import type { ConnectorManifest, ConnectorOption } from './sync/connector-manifest.ts';
import { optionVariable } from './sync/option-variable.ts';

/** A configured connection as far as its settings need to know it. */
export interface ConfiguredConnection {
  alias: string;
  manifest: ConnectorManifest;
  /** Options in tierlink.yaml; never secrets. */
  options: Readonly<Record<string, string>>;
}

/**
 * Options of one connection: environment over tierlink.yaml over the option's default.
 * Throws CONFIG_MISSING naming all that is set nowhere, what the ways to sign in lack included, and CONFIG_INVALID for a
 * secret, or an option that does not exist, in tierlink.yaml.
 */
export function connectionOptions(
  environment: Environment,
  connection: ConfiguredConnection,
): Record<string, string> {
  refuseMisplaced(connection);
  const found: Record<string, string> = {};
  for (const option of connection.manifest.options) {
    const value = optionValue(environment, connection, option);
    if (value !== undefined) found[option.key] = value;
  }
  refuseMissing(connection, found);
  return found;
}

/** All at once: who sets one setting at a time would come here as often as there are settings. */
function refuseMissing(
  { alias, manifest }: ConfiguredConnection,
  found: Readonly<Record<string, string>>,
): void {
  const isSet = (key: string) => (found[key] ?? '').trim() !== '';
  const required = manifest.options.filter(({ key, required: isNeeded }) => isNeeded && !isSet(key));
  const ways = manifest.signIns.map(({ label, options }) => ({
    label,
    lacks: options.filter((enough) => !enough.some(isSet)),
  }));
  const canSignIn = ways.length === 0 || ways.some(({ lacks }) => lacks.length === 0);
  if (required.length === 0 && canSignIn) return;
  const variable = (key: string) => optionVariable(alias, key);
  const named = required.map(({ key, label }) => `${variable(key)} (${label})`).join(', ');
  const byWay = ways.map(({ label, lacks }) => {
    const lacking = lacks.map((enough) => enough.map(variable).join(' or ')).join(' and ');
    return `with ${label}, ${lacking}`;
  });
  const signIn = canSignIn ? [] : [`to sign in ${byWay.join('; or ')}`];
  const open = required.filter(({ secret }) => !secret);
  throw new TierlinkError('CONFIG_MISSING', {
    name: [...(named === '' ? [] : [named]), ...signIn].join('; '),
    purpose: `connection ${alias}`,
    missing: required.map(({ key }) => variable(key)),
    command: ['connect', manifest.id, '--alias', alias, ...open.map(({ key }) => `--option ${key}=...`)].join(
      ' ',
    ),
  });
}

function refuseMisplaced({ alias, manifest, options }: ConfiguredConnection): void {
  for (const key of Object.keys(options)) {
    const option = manifest.options.find((each) => each.key === key);
    if (option !== undefined && !option.secret) continue;
    const known = manifest.options.filter((each) => !each.secret).map((each) => each.key);
    const reason =
      option === undefined
        ? `is no option of ${manifest.label}${suggestion(key, known)}`
        : `is a secret: take it out of the file and set ${optionVariable(alias, key)} in .env or the environment`;
    throw new TierlinkError('CONFIG_INVALID', {
      place: `tierlink.yaml, connections.${alias}.options.${key}`,
      reason,
    });
  }
}

function optionValue(environment: Environment, connection: ConfiguredConnection, option: ConnectorOption) {
  const variable = optionVariable(connection.alias, option.key);
  const fromEnvironment = option.secret ? readSecret(environment, variable) : environment[variable];
  return fromEnvironment ?? connection.options[option.key] ?? option.default;
}

/** Where the value of an option comes from, for `config`. */
export function optionSource(
  config: Config,
  connection: ConfiguredConnection,
  option: ConnectorOption,
): string {
  const variable = optionVariable(connection.alias, option.key);
  const name = config.environment[`${variable}_FILE`] === undefined ? variable : `${variable}_FILE`;
  if (config.environment[name] !== undefined) return config.sourceOf(name);
  if (connection.options[option.key] !== undefined) return 'tierlink.yaml';
  return option.default === undefined ? 'not set' : 'default';
}

/**
 * Variables that start with TIERLINK_ and mean nothing: a misspelt setting, or one of a connection or channel that is gone.
 * A setting that is silently ignored is worse than one that stops the start.
 */
export function unknownVariables(
  environment: Environment,
  connections: readonly ConfiguredConnection[],
  channels: readonly ChannelSecret[],
): string[] {
  const known = new Set<string>(settingNames);
  for (const name of settingNames) known.add(`${name}_FILE`);
  for (const { alias, manifest } of connections) {
    for (const option of manifest.options) {
      known.add(optionVariable(alias, option.key));
      if (option.secret) known.add(`${optionVariable(alias, option.key)}_FILE`);
    }
  }
  for (const { name } of channels) known.add(name).add(`${name}_FILE`);
  return Object.keys(environment)
    .filter((name) => name.startsWith('TIERLINK_') && !known.has(name))
    .sort();
}

/** Throws CONFIG_INVALID for the first variable that means nothing. */
export function refuseUnknownVariables(
  environment: Environment,
  connections: readonly ConfiguredConnection[],
  channels: readonly ChannelSecret[],
): void {
  const unknown = unknownVariables(environment, connections, channels)[0];
  if (unknown === undefined) return;
  throw new TierlinkError('CONFIG_INVALID', {
    place: unknown,
    reason: 'is neither a setting nor an option of a connection or channel in tierlink.yaml',
  });
}
