import type { Settings } from '../config.ts';

/** A stream that a command prints to. */
export interface OutStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** The ends of a process as the CLI sees them; tests hand in their own. */
export interface Io {
  stdout: OutStream;
  stderr: OutStream;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** Opens an address in the person's browser. */
  openAddress(address: string): void;
}

/** How to print: decided once, from flags, settings and what the streams are. */
export interface Style {
  /** Characters per line; Infinity when nothing limits it. */
  width: number;
  color: boolean;
  /** Lists instead of tables, plain lines instead of moving ones. */
  accessible: boolean;
  plain: boolean;
}

type StyleSettings = Pick<Settings, 'NO_COLOR' | 'COLUMNS' | 'TERM' | 'TIERLINK_ACCESSIBLE'>;

export function styleOf(
  stream: OutStream,
  settings: Partial<StyleSettings>,
  flags: { color: boolean; plain: boolean },
): Style {
  const isDumb = settings.TERM === 'dumb';
  return {
    width: flags.plain ? Number.POSITIVE_INFINITY : (settings.COLUMNS ?? terminalWidth(stream)),
    color: flags.color && stream.isTTY === true && settings.NO_COLOR === undefined && !isDumb,
    accessible: settings.TIERLINK_ACCESSIBLE === true || isDumb,
    plain: flags.plain,
  };
}

function terminalWidth(stream: OutStream): number {
  // A terminal that nobody has told its size says 0.
  return stream.isTTY ? stream.columns || 80 : Number.POSITIVE_INFINITY;
}
