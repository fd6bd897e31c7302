import { InvalidArgumentError } from 'commander';

/** A flag of a command as data; `name` of the value is shown in help. Flags without a value are
 * switches, and toggles where there is a --no- form as well. */
export interface Flag<T> {
  kind: 'switch' | 'toggle' | 'text' | 'integer' | 'choice' | 'list';
  help: string;
  /** What the --no- form of a toggle does. */
  helpNo?: string;
  /** How help names the value: --port <N>. */
  value?: string;
  choices?: readonly string[];
  /** Turns what was typed into the value; throws InvalidArgumentError. `previous` is set when the flag is repeated. */
  parse?(typed: string, previous: T | undefined): T;
}

export type FlagSet = Readonly<Record<string, Flag<unknown>>>;
export type FlagValues<F extends FlagSet> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

/** Given or not. */
export function switchFlag(help: string): Flag<boolean> {
  return { kind: 'switch', help };
}

/** Given, refused by its --no- form, or neither. `helpNo` says what that form does. */
export function toggleFlag(help: string, helpNo: string): Flag<boolean | undefined> {
  return { kind: 'toggle', help, helpNo };
}

export function textFlag(value: string, help: string): Flag<string | undefined> {
  return { kind: 'text', value, help, parse: (typed) => typed };
}

/** A whole number between two bounds. */
export function integerFlag(
  value: string,
  help: string,
  bounds: { min: number; max: number },
): Flag<number | undefined> {
  const parse = (typed: string) => {
    const number = /^\d+$/.test(typed) ? Number(typed) : Number.NaN;
    if (number >= bounds.min && number <= bounds.max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${bounds.min} to ${bounds.max}.`);
  };
  return { kind: 'integer', value, help, parse };
}

/** One of a few words. */
export function choiceFlag<C extends string>(
  value: string,
  help: string,
  choices: readonly C[],
): Flag<C | undefined> {
  const parse = (typed: string) => {
    const found = choices.find((choice) => choice === typed);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Use one of: ${choices.join(', ')}.`);
  };
  return { kind: 'choice', value, help, choices, parse };
}

/** A calendar day. */
export function dayFlag(help: string): Flag<string | undefined> {
  const parse = (typed: string) => {
    const day = new Date(`${typed}T00:00:00Z`);
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(typed) && !Number.isNaN(day.getTime());
    if (isDay && day.toISOString().startsWith(typed)) return typed;
    throw new InvalidArgumentError('It must be a day such as 2026-09-30.');
  };
  return { kind: 'text', value: 'YYYY-MM-DD', help, parse };
}

/** Values of a flag that may be repeated. */
export function listFlag(value: string, help: string): Flag<string[]> {
  return { kind: 'list', value, help, parse: (typed, previous) => [...(previous ?? []), typed] };
}
