import { parseEnv } from 'node:util';
import { TierlinkError } from './errors.ts';
import { readTextFile } from './text-file.ts';

/** A line that says something: a name, and what follows its equals sign. */
const assignment = /^\s*(?:export\s+)?([^=]*?)\s*=\s*(.*)$/;
const validName = /^[A-Za-z_][\w.-]*$/;
const quotes = ['"', "'", '`'];

/**
 * The values of a .env file. Throws CONFIG_INVALID with file and line for what is not NAME=value: the parser would pass
 * over it without a word, and the setting that was meant would not be set.
 */
export function readEnvFile(path: string): Record<string, string | undefined> {
  // Some editors put a mark before the first character; it would become part of the first name.
  const text = readTextFile(path).replace(/^\ufeff/, '');
  const lines = text.split(/\r?\n/);
  const values = parseEnv(text);
  for (let index = 0; index < lines.length; ) {
    const entry = readEntry(path, lines, index);
    // Which blanks may stand around a name is not the same for the parser everywhere in a file.
    if (entry.name !== undefined && !(entry.name in values))
      throw refusal(path, index, `${entry.name} has more around it than one blank or export and one blank`);
    index += entry.lines;
  }
  return values;
}

interface Entry {
  /** Undefined for a comment or an empty line. */
  name: string | undefined;
  /** How many lines it takes; a quoted value may have several. */
  lines: number;
}

function refusal(path: string, index: number, reason: string): TierlinkError {
  return new TierlinkError('CONFIG_INVALID', { place: `${path}:${index + 1}`, reason });
}

/** The entry that begins with a line. */
function readEntry(path: string, lines: readonly string[], index: number): Entry {
  const line = lines[index]!;
  if (/^\s*(#|$)/.test(line)) return { name: undefined, lines: 1 };
  const refuse = (reason: string) => refusal(path, index, reason);
  const [, name = '', value = ''] = assignment.exec(line) ?? [];
  // What the line says may be a secret: it is not repeated.
  if (!line.includes('=')) throw refuse('is neither NAME=value nor a comment, which begins with #');
  if (name === '') throw refuse('has no name before the =');
  if (!validName.test(name)) throw refuse('has a name that is not made of letters, digits and _');
  const [quote = ''] = value;
  if (!quotes.includes(quote)) return { name, lines: 1 };
  const rest = [value.slice(1), ...lines.slice(index + 1)];
  const last = rest.findIndex((each) => each.includes(quote));
  if (last < 0) throw refuse(`${name} begins with ${quote} and does not end with it`);
  const after = rest[last]!.slice(rest[last]!.indexOf(quote) + 1);
  if (!/^\s*(#|$)/.test(after)) throw refuse(`${name} goes on behind the ${quote} that ends it`);
  return { name, lines: last + 1 };
}
