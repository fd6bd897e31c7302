import { isTierlinkError, TierlinkError } from '../errors.ts';
import { fromSystemError } from '../system-errors.ts';
import { formatActions } from './format.ts';
import type { OutStream } from './io.ts';
import { harmless, wrapLine } from './text-layout.ts';

/** What --json prints; shaped so that tooling made for the sf command line parses it. */
export type Envelope =
  | { status: number; result: unknown; warnings: string[] }
  | {
      status: number;
      name: string;
      message: string;
      actions: string[];
      data: Record<string, unknown>;
      warnings: string[];
    };

export function successEnvelope(status: number, result: unknown, warnings: readonly string[]): Envelope {
  return { status, result, warnings: [...warnings] };
}

export function failureEnvelope(error: TierlinkError): Envelope {
  return {
    status: error.exit,
    name: error.code,
    message: error.message,
    actions: [...error.actions],
    data: error.data,
    warnings: [],
  };
}

export function printEnvelope(stream: OutStream, envelope: Envelope): void {
  stream.write(`${JSON.stringify(envelope, null, 2)}\n`);
}

/** Anything thrown, as an error of the registry. */
export function toTierlinkError(thrown: unknown): TierlinkError {
  if (isTierlinkError(thrown)) return thrown;
  const bySystem = fromSystemError(thrown);
  if (bySystem !== undefined) return bySystem;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new TierlinkError('INTERNAL', { reason }, { cause: thrown });
}

/**
 * The failure for a person: what happened, then what to do. The stack only with --debug. Actions are not broken: a command
 * in them can be copied.
 * @param width Columns of the terminal.
 */
export function failureText(
  error: TierlinkError,
  { debug, width }: { debug: boolean; width: number },
): string {
  const message = harmless(`Error ${error.code}: ${error.message}`)
    .split('\n')
    .map((line) => `${wrapLine(line, width)}\n`);
  const actions = formatActions(error.actions).map((line) => `${harmless(line)}\n`);
  return `${message.join('')}${actions.join('')}${debug ? debugText(error) : ''}`;
}

function debugText(error: TierlinkError): string {
  const lines: string[] = [];
  for (let each: unknown = error; each instanceof Error; each = each.cause)
    lines.push(each.stack ?? each.message);
  return `\n${lines.join('\ncaused by ')}\n`;
}
