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
  for (let index = 0; index < lines.length; ) index += readEntry(path, lines, index);
  const values = parseEnv(text);
  // Which blanks may stand before a name differs between versions of the parser.
  const misread = Object.keys(values).find((name) => !validName.test(name));
  if (misread !== undefined) {
    const index = lines.findIndex((line) => line.includes(`${misread.trim()}=`) || line.startsWith(misread));
    const reason = 'has a name with something before it that is neither a blank nor export and a blank';
    throw new TierlinkError('CONFIG_INVALID', { place: `${path}:${index + 1}`, reason });
  }
  return values;
}

/** How many lines the entry takes that begins here; a quoted value may have several. */
function readEntry(path: string, lines: readonly string[], index: number): number {
  const line = lines[index]!;
  if (/^\s*(#|$)/.test(line)) return 1;
  const refuse = (reason: string) =>
    new TierlinkError('CONFIG_INVALID', { place: `${path}:${index + 1}`, reason });
  const [, name = '', value = ''] = assignment.exec(line) ?? [];
  // What the line says may be a secret: it is not repeated.
  if (!line.includes('=')) throw refuse('is neither NAME=value nor a comment, which begins with #');
  if (name === '') throw refuse('has no name before the =');
  if (!validName.test(name)) throw refuse('has a name that is not made of letters, digits and _');
  const [quote = ''] = value;
  if (!quotes.includes(quote)) return 1;
  const rest = [value.slice(1), ...lines.slice(index + 1)];
  const last = rest.findIndex((each) => each.includes(quote));
  if (last < 0) throw refuse(`${name} begins with ${quote} and does not end with it`);
  const after = rest[last]!.slice(rest[last]!.indexOf(quote) + 1);
  if (!/^\s*(#|$)/.test(after)) throw refuse(`${name} goes on behind the ${quote} that ends it`);
  return last + 1;
}
