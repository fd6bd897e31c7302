/** The words of a search: terms with wildcards, phrases, AND, OR, AND NOT and parentheses. */

import { badRequest } from '../api-errors.ts';

/** True when the texts of a record hold what is searched. */
export type SearchExpression = (texts: string[]) => boolean;

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([()])|((?:[^\s()"\\]|\\.)+))/gy;

type Token =
  | { kind: 'phrase' | 'word'; text: string }
  | { kind: '(' | ')' | 'AND' | 'OR' | 'NOT'; text: string };

function tokensOf(term: string): Token[] {
  const tokens: Token[] = [];
  for (const [, phrase, bracket, word] of term.matchAll(TOKEN)) {
    if (phrase !== undefined) tokens.push({ kind: 'phrase', text: phrase });
    else if (bracket === '(' || bracket === ')') tokens.push({ kind: bracket, text: bracket });
    else if (word === 'AND' || word === 'OR' || word === 'NOT') tokens.push({ kind: word, text: word });
    else tokens.push({ kind: 'word', text: word ?? '' });
  }
  return tokens;
}

/** Letters and digits make words, whatever stands between them. */
const WORD = String.raw`[\p{L}\p{N}]`;
const BETWEEN = String.raw`[^\p{L}\p{N}]+`;

/** A word's pattern: * stands for any run of letters within a word, ? for one. */
function patternOf(text: string): string {
  const pieces = text.match(/\\.|[*?]|[\p{L}\p{N}]+|[^\\*?\p{L}\p{N}]+/gu) ?? [];
  const pattern = pieces.map((piece) => {
    if (piece === '*') return `${WORD}*`;
    if (piece === '?') return WORD;
    return new RegExp(`^${WORD}+$`, 'u').test(piece) ? piece : BETWEEN;
  });
  return pattern.join('');
}

/** What stands around the words of a text. */
const EDGES = /^[^\p{L}\p{N}*?\\]+|[^\p{L}\p{N}*?]+$/gu;

function holds(text: string): SearchExpression {
  // signs between words ask for nothing
  if (!/[\p{L}\p{N}]/u.test(text)) return () => true;
  const pattern = new RegExp(`(?<!${WORD})${patternOf(text.replace(EDGES, ''))}(?!${WORD})`, 'iu');
  return (texts) => texts.some((one) => pattern.test(one));
}

class Reader {
  readonly #tokens: Token[];
  #at = 0;
  constructor(tokens: Token[]) {
    this.#tokens = tokens;
  }
  get kind(): Token['kind'] | undefined {
    return this.#tokens[this.#at]?.kind;
  }
  take(): Token {
    const token = this.#tokens[this.#at++];
    if (token) return token;
    throw badRequest('MALFORMED_SEARCH', 'unexpected end of the search term');
  }
}

function operand(reader: Reader): SearchExpression {
  const token = reader.take();
  if (token.kind === 'word' || token.kind === 'phrase') return holds(token.text);
  if (token.kind !== '(')
    throw badRequest('MALFORMED_SEARCH', `unexpected token in the search term: '${token.text}'`);
  const inside = either(reader);
  if (reader.kind !== ')')
    throw badRequest('MALFORMED_SEARCH', 'a parenthesis of the search term is not closed');
  reader.take();
  return inside;
}

/** Words side by side must all be there. */
function both(reader: Reader): SearchExpression {
  let all = operand(reader);
  while (reader.kind !== undefined && reader.kind !== 'OR' && reader.kind !== ')') {
    if (reader.kind === 'AND') reader.take();
    const isExcluded = reader.kind === 'NOT';
    if (isExcluded) reader.take();
    const before = all;
    const next = operand(reader);
    all = (texts) => before(texts) && next(texts) !== isExcluded;
  }
  return all;
}

function either(reader: Reader): SearchExpression {
  let any = both(reader);
  while (reader.kind === 'OR') {
    reader.take();
    const before = any;
    const next = both(reader);
    any = (texts) => before(texts) || next(texts);
  }
  return any;
}

/** @throws ApiError MALFORMED_SEARCH for operators out of place, and for a term of fewer than two characters */
export function expressionOf(term: string): SearchExpression {
  const letters = term.replace(/[^\p{L}\p{N}]/gu, '');
  if (letters.length < 2)
    throw badRequest('MALFORMED_SEARCH', `search term must be longer than one character: ${term.trim()}`);
  const reader = new Reader(tokensOf(term));
  const expression = either(reader);
  if (reader.kind !== undefined)
    throw badRequest('MALFORMED_SEARCH', `unexpected token in the search term: '${reader.take().text}'`);
  return expression;
}
