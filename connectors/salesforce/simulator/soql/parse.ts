/** Turns the text of a statement into the parser's tree, refusing what the platform's own parser refuses. */

import { parseQuery, type Query } from '@jetstreamapp/soql-parser-js';
import type { ApiError } from '../types.ts';
import { checkNothingDropped } from './dropped.ts';
import { type Problems, withoutStrings } from './problems.ts';

/** Characters in a whole statement. */
export const MAX_STATEMENT_LENGTH = 100_000;
const ESCAPES = /\\(?:[nNrRtTbBfF"'\\_%]|u[0-9a-fA-F]{4})/y;

function checkEscapes(soql: string, problems: Problems): void {
  for (const [literal] of soql.matchAll(/'(?:\\[\s\S]|[^'\\])*'/g)) {
    for (let at = literal.indexOf('\\'); at >= 0; at = literal.indexOf('\\', at)) {
      ESCAPES.lastIndex = at;
      const sequence = ESCAPES.exec(literal);
      if (!sequence)
        throw problems.malformed(
          `Illegal character sequence '${literal.slice(at, at + 2)}' in string literal`,
        );
      at += sequence[0].length;
    }
  }
}

function tokenOf(error: Error): string {
  const found = /found:? (?:--> )?'?([^'\s]*)'?(?: <--)?\s*$/.exec(error.message)?.[1];
  const stray = /unexpected character: ->(.)<-/.exec(error.message)?.[1];
  return stray ?? (found || '<EOF>');
}

function refusal(soql: string, error: unknown, problems: Problems): ApiError {
  if (!(error instanceof Error)) throw error;
  const token = tokenOf(error);
  const count = token === '<EOF>' ? 0 : withoutStrings(soql).split(token).length - 1;
  return problems.malformed(`unexpected token: '${token}'`, count === 1 ? token : undefined);
}

/** The statement's tree. @throws ApiError MALFORMED_QUERY */
export function parseStatement(soql: string, problems: Problems): Query {
  if (soql.length > MAX_STATEMENT_LENGTH)
    throw problems.malformed('SOQL statements cannot be longer than 100000 characters.');
  if (soql.trim() === '') throw problems.malformed("unexpected token: '<EOF>'");
  if (/\ball\s+rows\s*$/i.test(withoutStrings(soql)))
    throw problems.malformed('ALL ROWS not allowed in this context');
  checkEscapes(soql, problems);
  const query = parsed(soql, problems);
  checkNothingDropped(soql, query, problems);
  return query;
}

function parsed(soql: string, problems: Problems): Query {
  try {
    return parseQuery(soql);
  } catch (error) {
    throw refusal(soql, error, problems);
  }
}
