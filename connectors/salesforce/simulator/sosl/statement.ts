/** Reads SOSL statements. https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_sosl_syntax.htm */

import { badRequest } from '../api-errors.ts';
import type { ApiError } from '../types.ts';
import { expressionOf, type SearchExpression } from './expression.ts';

export const GROUPS = ['ALL', 'NAME', 'EMAIL', 'PHONE', 'SIDEBAR'] as const;
/** In which fields the words are looked for. */
export type SearchGroup = (typeof GROUPS)[number];

/** What is wanted of one object. */
export interface Wanted {
  object: string;
  /** The SELECT list. (Default: the id.) */
  fields: string;
  where: string | undefined;
  /** ORDER BY, LIMIT and OFFSET as they were written. */
  tail: string;
}

export interface Search {
  expression: SearchExpression;
  group: SearchGroup;
  /** Empty for all objects that can be searched. */
  wanted: Wanted[];
  limit: number;
}

export const MOST_RESULTS = 2000;

export function malformedSearch(message: string): ApiError {
  return badRequest('MALFORMED_SEARCH', message);
}

export function groupOf(name: string): SearchGroup {
  const group = GROUPS.find((one) => one === name.toUpperCase());
  if (group) return group;
  throw malformedSearch(`unexpected token: '${name}'`);
}

export function limitOf(value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= MOST_RESULTS) return value;
  throw malformedSearch(`LIMIT must be between 1 and ${MOST_RESULTS}`);
}

/** The same text with quoted parts and what stands in parentheses blanked out. */
function masked(text: string): string {
  let depth = 0;
  return text.replace(/'(?:[^'\\]|\\.)*'|[()]|[^'()]+/g, (part) => {
    if (part === '(') depth++;
    const isHidden = depth > 0 || part.startsWith("'");
    if (part === ')') depth--;
    return isHidden ? ' '.repeat(part.length) : part;
  });
}

/** Parts of a list, split at commas that no parenthesis or quote holds. */
function splitList(text: string): string[] {
  const mask = masked(text);
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at <= mask.length; at++) {
    if (at < mask.length && mask[at] !== ',') continue;
    parts.push(text.slice(start, at).trim());
    start = at + 1;
  }
  return parts;
}

function wantedOf(text: string): Wanted {
  const [, object = '', spec] = /^(\w+)\s*(?:\(([\s\S]*)\))?$/.exec(text) ?? [];
  if (object === '') throw malformedSearch(`unexpected token: '${text}'`);
  const inside = spec ?? 'Id';
  const mask = masked(inside);
  const clause = /\b(?:WHERE|ORDER\s+BY|LIMIT|OFFSET|USING)\b/i.exec(mask);
  const fields = inside.slice(0, clause?.index ?? inside.length).trim();
  const rest = inside.slice(clause?.index ?? inside.length);
  const isFiltered = /^WHERE\b/i.test(rest);
  const end = isFiltered ? mask.slice(clause?.index).search(/\b(?:ORDER\s+BY|LIMIT|OFFSET)\b/i) : 0;
  const cut = end < 0 ? rest.length : end;
  const where = isFiltered ? rest.slice('WHERE'.length, cut).trim() : undefined;
  return { object, fields: fields === '' ? 'Id' : fields, where, tail: rest.slice(cut).trim() };
}

/** The search term in its braces, and what follows. */
function findOf(text: string): [string, string] {
  const [, term, rest = ''] = /^\s*FIND\s*\{((?:[^\\}]|\\[\s\S])*)\}([\s\S]*)$/i.exec(text) ?? [];
  if (term === undefined)
    throw malformedSearch('No search term found. The search term must be enclosed in braces.');
  return [term, rest];
}

/** What the clauses after RETURNING may say without changing an answer here. */
const HARMLESS =
  /^(?:WITH\s+SPELL_CORRECTION\s*=\s*(?:true|false)|UPDATE\s+(?:TRACKING|VIEWSTAT)(?:\s*,\s*(?:TRACKING|VIEWSTAT))?)/i;

function endOf(text: string): number {
  let limit = MOST_RESULTS;
  let rest = text.trim();
  while (rest !== '') {
    const [clause, number] = /^LIMIT\s+(\d+)/i.exec(rest) ?? HARMLESS.exec(rest) ?? [];
    if (clause === undefined) throw malformedSearch(`unexpected token: '${rest.split(/\s/)[0]}'`);
    if (number !== undefined) limit = limitOf(Number(number));
    rest = rest.slice(clause.length).trim();
  }
  return limit;
}

/** @throws ApiError MALFORMED_SEARCH */
export function parseSearch(text: string): Search {
  const [term, afterTerm] = findOf(text);
  const [inClause = '', group = 'ALL'] = /^\s*IN\s+(\w+)\s+FIELDS\b/i.exec(afterTerm) ?? [];
  const afterGroup = afterTerm.slice(inClause.length);
  const [returning = ''] = /^\s*RETURNING\s+/i.exec(afterGroup) ?? [];
  const list = afterGroup.slice(returning.length);
  const next = masked(list).search(/\b(?:WITH|LIMIT|UPDATE)\b/i);
  const end = returning === '' ? 0 : next < 0 ? list.length : next;
  return {
    expression: expressionOf(term),
    group: groupOf(group),
    wanted: returning === '' ? [] : splitList(list.slice(0, end)).map(wantedOf),
    limit: endOf(list.slice(end)),
  };
}
