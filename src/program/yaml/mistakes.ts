import { type ErrorCode, parseDocument, type YAMLError } from 'yaml';

/** What keeps a text from being YAML, said to somebody who writes files and not parsers, with the line as it is meant. */
export interface YamlMistake {
  line: number;
  column: number;
  reason: string;
}

/** Where the parser stopped, and the lines around it. */
interface Stopped {
  code: ErrorCode;
  lines: readonly string[];
  /** From 0. */
  line: number;
  column: number;
  /** The brackets and quotes that are open there, the outermost first. */
  open: readonly Opened[];
}

interface Opened {
  sign: string;
  line: number;
  column: number;
}

/** What is probably wrong, and the whole line as it is meant, where that is clear. */
interface Guessed extends YamlMistake {
  meant?: string;
}

type Guess = (stopped: Stopped) => Guessed | undefined;

/**
 * Why a text is no YAML. The first mistake is the one to mend: what the parser says behind it follows from it. What is
 * recognised is said with the line corrected, if that mends it, and everything else in the words of the parser.
 */
export function yamlMistake(text: string, { code, pos, message }: YAMLError): YamlMistake {
  const lines = text.split(/\r?\n/);
  const before = text.slice(0, pos[0]).split(/\r?\n/);
  const stopped: Stopped = {
    code,
    lines,
    line: before.length - 1,
    column: before.at(-1)!.length,
    open: openAt(text, pos[0]),
  };
  for (const guess of guesses) {
    const found = guess(stopped);
    if (found !== undefined) return withCorrection(lines, found);
  }
  const reason = message.split('\n')[0]!.replace(/ at line \d+.*$/, '');
  return { line: stopped.line + 1, column: stopped.column + 1, reason };
}

/** A line that is shown as the right one is: the parser takes it. */
function withCorrection(lines: readonly string[], { line, column, reason, meant }: Guessed): YamlMistake {
  if (meant === undefined) return { line, column, reason };
  const own = lines[line - 1]!;
  const corrected = parseDocument(lines.with(line - 1, meant).join('\n'));
  // The next line may have a tab of its own.
  const isMended = corrected.errors.every(
    ({ code, linePos }) =>
      code === 'DUPLICATE_KEY' || (linePos?.[0].line ?? 0) > (code === 'TAB_AS_INDENT' ? line : line + 1),
  );
  if (!isMended) return { line, column, reason };
  // Where the beginning of the line is what is wrong, it has to be seen.
  const isMoved = indentOf(own) !== indentOf(meant) || own.trim() === meant.trim();
  return { line, column, reason: `${reason}; write: ${isMoved ? `"${meant}"` : meant.trim()}` };
}

/** Brackets and quotes before an offset that nothing closes. Inside { } and [ ] they count anywhere, outside at a start of a value. */
function openAt(text: string, end: number): Opened[] {
  const open: Opened[] = [];
  let [line, column, isStart] = [0, 0, true];
  for (let index = 0; index < end; index += 1) {
    const sign = text[index]!;
    const top = open.at(-1)?.sign;
    if (top === '"' || top === "'") {
      const isEscaped = top === '"' ? text[index - 1] === '\\' : text[index + 1] === "'";
      if (sign === top && isEscaped && top === "'") index += 1;
      else if (sign === top && !isEscaped) open.pop();
    } else if (sign === '#' && (column === 0 || /\s/.test(text[index - 1]!))) {
      index = text.indexOf('\n', index) - 1;
      if (index < 0) break;
      continue;
    } else if (sign === '}' || sign === ']') {
      if (top === (sign === '}' ? '{' : '[')) open.pop();
    } else if (isStart && /[{["']/.test(sign)) open.push({ sign, line, column });
    isStart =
      sign === '\n' || /[{[,]/.test(sign) || (isStart && /[\s-]/.test(sign)) || isBehindColon(text, index);
    column += 1;
    if (sign === '\n') [line, column] = [line + 1, 0];
  }
  return open;
}

function isBehindColon(text: string, index: number): boolean {
  return text[index] === ' ' && text[index - 1] === ':';
}

const tab: Guess = ({ code, lines, line }) => {
  if (code !== 'TAB_AS_INDENT' && !/^ *\t/.test(lines[line] ?? '')) return undefined;
  const meant = lines[line]!.replace(/^[ \t]+/, (blanks) => blanks.replaceAll('\t', '  '));
  return {
    line: line + 1,
    column: lines[line]!.indexOf('\t') + 1,
    reason: 'the line begins with a tab, and YAML takes blanks only',
    meant,
  };
};

/** where: { ... }, { ... } */
const severalInOne: Guess = ({ lines, line }) => {
  const [, key, value] = /^(\s*(?:- )?[\w.]+:\s+)(\{.*\}\s*,\s*\{.*\})\s*$/.exec(lines[line] ?? '') ?? [];
  if (key === undefined) return undefined;
  return {
    line: line + 1,
    column: key.length + 1,
    reason: 'several { } behind one key are a list, which stands in [ ]',
    meant: `${key}[${value!.trim()}]`,
  };
};

const unclosed: Guess = ({ lines, line, open, code }) => {
  const inner = open.at(-1);
  if (inner === undefined || inner.line === line) return undefined;
  if (!['BAD_INDENT', 'MISSING_CHAR', 'UNEXPECTED_TOKEN', 'BLOCK_IN_FLOW'].includes(code)) return undefined;
  const closing = { '{': '}', '[': ']', '"': '"', "'": "'" }[inner.sign]!;
  const own = open.filter((one) => one.line === inner.line).toReversed();
  const missing = own.map(({ sign }) => ({ '{': ' }', '[': ']', '"': '"', "'": "'" })[sign]).join('');
  return {
    line: inner.line + 1,
    column: inner.column + 1,
    reason: `what begins with ${inner.sign} here is not ended with ${closing}`,
    meant: lines[inner.line]!.trimEnd() + missing,
  };
};

/** A value that is a text, and that YAML takes for something else because of a sign in it. */
const unquoted: Guess = ({ lines, line, code, column }) => {
  const why: Partial<Record<ErrorCode, string>> = {
    BLOCK_AS_IMPLICIT_KEY: 'a colon and a blank in a text make a key of what is before them',
    BLOCK_IN_FLOW: 'a colon and a blank in a text make a key of what is before them',
    BAD_SCALAR_START: `a text cannot begin with ${lines[line]?.[column]}`,
    UNEXPECTED_TOKEN: 'the text goes on behind what ends it here',
  };
  const reason = why[code];
  const value =
    reason === undefined ? undefined : valueAround(lines[line] ?? '', column, code === 'BLOCK_IN_FLOW');
  if (value === undefined || (code === 'BLOCK_AS_IMPLICIT_KEY' && !/:( |$)/.test(value.text)))
    return undefined;
  const { start, end, text } = value;
  const whole = lines[line]!;
  const meant = `${whole.slice(0, start)}${quoted(text)}${whole.slice(end)}`;
  return {
    line: line + 1,
    column: start + 1,
    reason: `${reason}; such a text stands in quotes`,
    meant,
  };
};

/** The value of the last key before a column; inside { } it ends where the next key or the bracket stands. */
function valueAround(
  line: string,
  column: number,
  isFlow: boolean,
): { start: number; end: number; text: string } | undefined {
  if (isFlow) {
    const rest = /^.*?(?=\s*(?:,\s*[\w.]+:\s|[}\]]|$))/.exec(line.slice(column))![0];
    return { start: column, end: column + rest.length, text: rest };
  }
  const key = /^\s*(?:- )*(?:[\w.]+:\s+)?/.exec(line)![0];
  const text = line
    .slice(key.length)
    .replace(/\s+#.*$/, '')
    .trimEnd();
  if (text === '') return undefined;
  return { start: key.length, end: key.length + text.length, text };
}

/** In the quotes that it does not have inside. */
function quoted(text: string): string {
  const bare = /^(['"]).*\1$/.test(text) ? text.slice(1, -1) : text;
  return bare.includes('"') ? `'${bare.replaceAll("'", "''")}'` : `"${bare}"`;
}

/** A line that begins deeper than the one above it, which has its value already. */
const tooDeep: Guess = ({ code, lines, line }) => {
  if (code !== 'BLOCK_AS_IMPLICIT_KEY' && code !== 'MULTILINE_IMPLICIT_KEY') return undefined;
  const next = lines.findIndex((one, index) => index > line && one.trim() !== '');
  const above = lines[line] ?? '';
  if (next < 0 || !/^\s*(- )*[\w.]+: +\S/.test(above) || indentOf(lines[next]!) <= indentOf(above))
    return undefined;
  const wanted = /^\s*(?:- )*/.exec(above)![0].length;
  return misplaced(
    lines,
    next,
    wanted,
    `begins further right than line ${line + 1}, which has its value already`,
  );
};

/** A line that begins where no line around it does. */
const astray: Guess = ({ code, lines, line }) => {
  const isOfList = code === 'MISSING_CHAR' && /^\s*[\w.]+:/.test(lines[line] ?? '');
  if (code !== 'BAD_INDENT' && !isOfList) return undefined;
  const own = indentOf(lines[line] ?? '');
  const isItem = /^\s*- /.test(lines[line]!);
  const known = beginnings(lines.slice(0, line)).filter((one) => one.isItem === isItem);
  const sibling = beginnings(lines.slice(0, line)).find(({ column, isItem: item }) => item && column === own);
  if (!isItem && sibling !== undefined)
    return {
      line: line + 1,
      column: own + 1,
      reason: 'an entry of the list is meant, and begins with "- "',
      meant: `${' '.repeat(own)}- ${lines[line]!.trim()}`,
    };
  const nearest = known
    .filter(({ column }) => column !== own)
    .sort((a, b) => Math.abs(a.column - own) - Math.abs(b.column - own) || b.column - a.column)[0];
  if (nearest === undefined) return undefined;
  return misplaced(lines, line, nearest.column, 'begins where no line that it could belong to does');
};

/** The columns in which the lines above begin that are still open, the nearest first. */
function beginnings(lines: readonly string[]): { column: number; isItem: boolean }[] {
  const found: { column: number; isItem: boolean }[] = [];
  let limit = Number.POSITIVE_INFINITY;
  for (const line of lines.toReversed()) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    const column = indentOf(line);
    if (column >= limit && found.length > 0) continue;
    const inner = /^(\s*(?:- )+)/.exec(line)?.[1]?.length;
    if (inner !== undefined) found.push({ column: inner, isItem: false });
    found.push({ column, isItem: inner !== undefined });
    limit = column;
  }
  return found;
}

function misplaced(lines: readonly string[], line: number, wanted: number, why: string): Guessed {
  const own = indentOf(lines[line]!);
  return {
    line: line + 1,
    column: own + 1,
    reason: `the line ${why}: ${blanks(own)} stand before it, where ${blanks(wanted)} are meant`,
    meant: ' '.repeat(wanted) + lines[line]!.trim(),
  };
}

/** title, or title:Foo. */
const noKey: Guess = ({ code, lines, line }) => {
  if (code !== 'MULTILINE_IMPLICIT_KEY' && code !== 'MISSING_CHAR') return undefined;
  const words = (lines[line] ?? '').trim();
  if (words === '' || /:( |$)/.test(words)) return undefined;
  const [, key, value] = /^(\s*(?:- )*[A-Za-z][\w.]*):(\S.*)$/.exec(lines[line]!) ?? [];
  const place = { line: line + 1, column: indentOf(lines[line]!) + 1 };
  const reason = `"${words}" is no key with a value`;
  if (key === undefined) return { ...place, reason: `${reason}, as in "key: value"` };
  return { ...place, reason: `${reason}: a blank is missing behind the colon`, meant: `${key}: ${value}` };
};

const guesses: readonly Guess[] = [tab, severalInOne, unclosed, unquoted, tooDeep, astray, noKey];

function indentOf(line: string): number {
  return /^ */.exec(line)![0].length;
}

function blanks(count: number): string {
  return count === 0 ? 'no blanks' : count === 1 ? '1 blank' : `${count} blanks`;
}
