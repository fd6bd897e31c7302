import { readFileSync } from 'node:fs';
import { TierlinkError } from '../../src/errors.ts';
import { optionVariable } from '../../src/sync/option-variable.ts';

/** The settings of one connection as a person gave them, by option key. */
export type Given = Readonly<Record<string, string>>;

/** Reads settings one by one. Every member throws CONFIG_MISSING or CONFIG_INVALID naming the option. */
export interface GivenOptions {
  /** undefined for a blank too. */
  text(key: string): string | undefined;
  need(key: string): string;
  /** A whole number of at least `least`. (Default: 0) */
  number(key: string, fallback: number, least?: number): number;
  /** PEM text, given inline or as the name of a file. */
  pem(inlineKey: string, fileKey: string): string | undefined;
  /** The origin of an https address; plain http only on loopback. */
  origin(key: string): string;
  invalid(key: string, reason: string): never;
  missing(keys: readonly string[], purpose: string): TierlinkError;
}

/** @param connect the command that asks for the settings, without its alias: connect salesforce */
export function givenOptions(given: Given, connection: string, connect: string): GivenOptions {
  const invalid = (key: string, reason: string): never => {
    throw new TierlinkError('CONFIG_INVALID', { place: `connection ${connection}, ${key}`, reason });
  };
  const text = (key: string): string | undefined => {
    const value = given[key]?.trim();
    return value === '' ? undefined : value;
  };
  const missing = (keys: readonly string[], purpose: string): TierlinkError =>
    new TierlinkError('CONFIG_MISSING', {
      name: keys.map((key) => optionVariable(connection, key)).join(' or '),
      purpose,
      command: `${connect} --alias ${connection}`,
    });
  const need = (key: string): string => {
    const value = text(key);
    if (value === undefined) throw missing([key], `connection ${connection}`);
    return value;
  };
  return {
    text,
    need,
    invalid,
    missing,
    number: (key, fallback, least = 0) => {
      const value = text(key) === undefined ? fallback : Number(given[key]);
      if (Number.isInteger(value) && value >= least) return value;
      return invalid(key, `"${given[key]}" is not a whole number`);
    },
    pem: (inlineKey, fileKey) => {
      const inline = text(inlineKey);
      // Environment variables often carry the line ends of a PEM text as the two characters \n.
      if (inline !== undefined) return inline.replaceAll('\\n', '\n');
      const file = text(fileKey);
      return file === undefined ? undefined : fileText(file, (reason) => invalid(fileKey, reason));
    },
    origin: (key) => originOf(need(key), (reason) => invalid(key, reason)),
  };
}

function fileText(file: string, invalid: (reason: string) => never): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return invalid(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'})`);
  }
}

function originOf(value: string, invalid: (reason: string) => never): string {
  if (!URL.canParse(value)) {
    const whole = `https://${value}`;
    const hint = URL.canParse(whole) && value.includes('.') ? `; write it as ${whole}` : '';
    return invalid(`"${value}" is not an address${hint}`);
  }
  const url = new URL(value);
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:'))
    return invalid('it must start with https://');
  return url.origin;
}
