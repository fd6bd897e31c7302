import type { App, AppOptions } from '../app.ts';
import { type Config, isNpmScript, loadConfig } from '../config.ts';
import { loadProject } from '../project.ts';
import type { Guest } from '../store/folder-greeting.ts';
import type { ArgumentSet, CommandCall, Outcome } from './command.ts';
import type { FlagSet } from './flags.ts';
import { styleOf } from './io.ts';
import { text } from './messages.ts';
import type { Parsed } from './program.ts';
import { createProgress, progressKind } from './progress.ts';
import { createPrompt } from './prompt.ts';
import type { CliOptions } from './run.ts';
import { createScreen, createSilentScreen } from './screen.ts';

export interface OpenedCall {
  call: CommandCall<FlagSet, ArgumentSet>;
  /** Closes what the command had opened. */
  close(): Promise<void>;
}

/** Everything a command may ask for; nothing is read or opened before it asks. */
export function openCall(
  parsed: Parsed,
  options: CliOptions,
  publish: (outcome: Outcome<unknown>) => void,
): OpenedCall {
  const { global, command } = parsed;
  const { io, signal } = options;
  const config = once(() => loadConfig(options.environment));
  const project = once(() => loadProject(config().projectFolder));
  let opened: Promise<App> | null = null;
  let openedApp: App | null = null;
  const app = () => {
    const named = { command: `tierlink ${command.name}`, ...(options.store && { store: options.store }) };
    opened ??= openAppOf({ ...named, config: config(), project: project() }).then((ready) => {
      openedApp = ready;
      return ready;
    });
    return opened;
  };
  const zone = () => global.timeZone ?? zoneSetting(config) ?? openedApp?.program.timeZone ?? 'UTC';
  const settings = settingsOrNone(config);
  const errStyle = styleOf(io.stderr, settings, global);
  const progress = createProgress(
    io.stderr,
    progressKind(io.stderr, errStyle, global),
    global.quiet || global.json,
  );
  // Through the progress, whose moving lines would be torn by anybody else's.
  if (io.stderr.isTTY === true) {
    signal.addEventListener('abort', () => progress.note(`\n${text.stopping}`), { once: true });
  }
  return {
    call: {
      flags: parsed.flags,
      args: parsed.args,
      global,
      config,
      project,
      app,
      publish,
      reload: () => {
        config.forget();
        project.forget();
      },
      signal,
      isNpmScript: isNpmScript(options.environment),
      zone,
      progress,
      prompt: createPrompt(io, global, command.name, signal),
      screen: global.json
        ? createSilentScreen()
        : createScreen(io.stdout, styleOf(io.stdout, settings, global), zone),
    },
    close: async () => {
      const ready = await opened?.catch(() => null);
      const onWait = (guests: readonly Guest[]) => {
        if (!global.quiet) io.stderr.write(`${text.waitsForGuests(guests)}\n`);
      };
      await ready?.close({ signal, onWait });
    },
  };
}

/** The database and connector libraries are loaded only by commands that need them: help stays quick. */
async function openAppOf(options: AppOptions): Promise<App> {
  const { openApp } = await import('../app.ts');
  return await openApp(options);
}

function zoneSetting(config: () => Config): string | undefined {
  return settingsOrNone(config).TIERLINK_TIME_ZONE;
}

/** How to print must be known also when a setting is wrong. */
function settingsOrNone(config: () => Config): Partial<Config['settings']> {
  try {
    return config().settings;
  } catch {
    return {};
  }
}

/** Makes a value when it is first asked for, and again after it was forgotten. */
function once<T>(make: () => T): (() => T) & { forget(): void } {
  let made: { value: T } | null = null;
  const get = () => {
    made ??= { value: make() };
    return made.value;
  };
  return Object.assign(get, {
    forget: () => {
      made = null;
    },
  });
}
