/** Finds what the parser reads but leaves out of its tree: a statement that lost a part must be refused, not answered. */

import type { Query, QueryBase } from '@jetstreamapp/soql-parser-js';
import { leavesOf, type Tree, treeOf } from './conditions.ts';
import { type Problems, withoutStrings } from './problems.ts';

type Word = 'AND' | 'OR' | 'NOT' | 'PREFIX';

function addTree(tree: Tree, kept: Record<Word, number>): void {
  if (tree.kind === 'leaf') return;
  if (tree.kind === 'not') {
    kept.NOT++;
    addTree(tree.child, kept);
    return;
  }
  kept[tree.kind === 'and' ? 'AND' : 'OR'] += tree.children.length - 1;
  for (const child of tree.children) addTree(child, kept);
}

function addQuery(query: QueryBase, kept: Record<Word, number>, problems: Problems): void {
  for (const clause of [query.where, query.having]) {
    if (!clause) continue;
    const tree = treeOf(clause, problems);
    addTree(tree, kept);
    for (const leaf of leavesOf(tree)) if ('valueQuery' in leaf) addQuery(leaf.valueQuery, kept, problems);
  }
  for (const field of query.fields ?? []) {
    if (field.type !== 'FieldSubquery') continue;
    addQuery(field.subquery, kept, problems);
    if (field.subquery.sObjectPrefix?.length) kept.PREFIX++;
  }
}

const WRITTEN: Array<[Word, RegExp, string]> = [
  ['AND', /\bAND\b/gi, 'AND'],
  ['OR', /\bOR\b/gi, 'OR'],
  ['NOT', /\bNOT\b(?!\s+IN\b)/gi, 'NOT'],
  ['PREFIX', /\bFROM\s+\w+\s*\./gi, '.'],
];

/**
 * The parser drops the middle ones of several directly nested NOTs, an AND or OR with nothing before it, and what
 * stands before a dot in the FROM of a root or inner query. @throws ApiError MALFORMED_QUERY
 */
export function checkNothingDropped(soql: string, query: Query, problems: Problems): void {
  const text = withoutStrings(soql);
  const kept: Record<Word, number> = { AND: 0, OR: 0, NOT: 0, PREFIX: 0 };
  addQuery(query, kept, problems);
  for (const [word, pattern, token] of WRITTEN) {
    const written = text.match(pattern)?.length ?? 0;
    if (written !== kept[word]) throw problems.malformed(`unexpected token: '${token}'`);
  }
}
