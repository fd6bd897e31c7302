import { type Config, type SettingName, settingDefault, settingNames, settingNotes } from './config.ts';
import { type ConfiguredConnection, optionSource } from './config-connections.ts';
import type { ChannelSecret } from './project-alerts.ts';
import { optionVariable } from './sync/option-variable.ts';

/** One setting as `tierlink config` shows it. */
export interface ListedSetting {
  name: string;
  /** Secrets are masked; null when it is not set. */
  value: string | null;
  source: string;
  secret: boolean;
  help: string;
  default: string | null;
  example: string;
}

const masked = '********';

/** All settings of the process, then the options of each connection and the secrets of channels, with their values and where these come from. */
export function listSettings(
  config: Config,
  connections: readonly ConfiguredConnection[],
  channels: readonly ChannelSecret[],
): ListedSetting[] {
  return [
    ...settingNames.map((name) => listSetting(config, name)),
    ...connections.flatMap((connection) => listOptions(config, connection)),
    ...channels.map((secret) => listChannelSecret(config, secret)),
  ];
}

function listSetting(config: Config, name: SettingName): ListedSetting {
  const { secret, help, example } = settingNotes(name);
  const value = config.settings[name];
  const isInFile = secret && config.environment[`${name}_FILE`] !== undefined;
  return {
    name,
    value: value === undefined ? null : mask(String(value), secret),
    source: config.sourceOf(isInFile ? `${name}_FILE` : name),
    secret,
    help,
    default: settingDefault(name) ?? null,
    example,
  };
}

function listOptions(config: Config, connection: ConfiguredConnection): ListedSetting[] {
  return connection.manifest.options.map((option) => {
    const name = optionVariable(connection.alias, option.key);
    const isInFile = option.secret && config.environment[`${name}_FILE`] !== undefined;
    const value = config.environment[name] ?? connection.options[option.key] ?? option.default;
    return {
      name,
      value: isInFile ? masked : value === undefined ? null : mask(value, option.secret),
      source: optionSource(config, connection, option),
      secret: option.secret,
      help: `${option.label}. ${option.help}`,
      default: option.default ?? null,
      example: option.example,
    };
  });
}

function listChannelSecret(config: Config, { name, label, example }: ChannelSecret): ListedSetting {
  const variable = config.environment[`${name}_FILE`] === undefined ? name : `${name}_FILE`;
  return {
    name,
    value: config.environment[variable] === undefined ? null : masked,
    source: config.sourceOf(variable),
    secret: true,
    help: `${label}.`,
    default: null,
    example,
  };
}

/** The length is not shown either. */
function mask(value: string, secret: boolean): string {
  return secret ? masked : value;
}
