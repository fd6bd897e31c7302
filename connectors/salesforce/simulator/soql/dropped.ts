/** Finds what the parser reads but leaves out of its tree: a statement that lost a part must be refused, not answered. */

import type { Query, QueryBase, Subquery } from '@jetstreamapp/soql-parser-js';
import { leavesOf, treeOf } from './conditions.ts';
import { type Problems, withoutStrings } from './problems.ts';

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

interface Kept {
  nots: number;
  prefixes: number;
}

function add(a: Kept, b: Kept): Kept {
  return { nots: a.nots + b.nots, prefixes: a.prefixes + b.prefixes };
}

function nots(tree: ReturnType<typeof treeOf>): number {
  if (tree.kind === 'leaf') return 0;
  return tree.kind === 'not'
    ? 1 + nots(tree.child)
    : tree.children.reduce((sum, child) => sum + nots(child), 0);
}

function keptOf(query: QueryBase, problems: Problems): Kept {
  let kept: Kept = { nots: 0, prefixes: 0 };
  for (const clause of [query.where, query.having]) {
    if (!clause) continue;
    const tree = treeOf(clause, problems);
    kept.nots += nots(tree);
    for (const leaf of leavesOf(tree))
      if ('valueQuery' in leaf) kept = add(kept, keptOf(leaf.valueQuery, problems));
  }
  for (const field of query.fields ?? []) {
    if (field.type !== 'FieldSubquery') continue;
    const child: Subquery = field.subquery;
    kept = add(kept, keptOf(child, problems));
    if (child.sObjectPrefix?.length) kept.prefixes++;
  }
  return kept;
}

/**
 * The parser drops the middle ones of several directly nested NOTs, and what stands before a dot in the FROM of a root
 * or inner query. @throws ApiError MALFORMED_QUERY
 */
export function checkNothingDropped(soql: string, query: Query, problems: Problems): void {
  const text = withoutStrings(soql);
  const kept = keptOf(query, problems);
  if (count(text, /\bNOT\b(?!\s+IN\b)/gi) !== kept.nots) throw problems.malformed("unexpected token: 'NOT'");
  if (count(text, /\bFROM\s+\w+\s*\./gi) !== kept.prefixes) throw problems.malformed("unexpected token: '.'");
}
