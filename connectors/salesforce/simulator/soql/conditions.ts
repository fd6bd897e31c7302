/** Rebuilds the tree of a WHERE or HAVING clause from the parser's flat list, with the platform's rules for AND, OR and NOT. */

import type {
  Condition,
  ConditionWithValueQuery,
  HavingClause,
  WhereClause,
} from '@jetstreamapp/soql-parser-js';
import type { Problems } from './problems.ts';

/** One comparison of the clause. */
export type Leaf = Exclude<ConditionWithValueQuery, { openParen: number; field?: never; fn?: never }>;

export type Tree =
  | { kind: 'leaf'; leaf: Leaf }
  | { kind: 'not'; child: Tree }
  | { kind: 'and' | 'or'; children: Tree[] };

type Token = '(' | ')' | 'AND' | 'OR' | 'NOT' | Leaf;

function isLeaf(condition: Condition | ConditionWithValueQuery): condition is Leaf {
  return 'field' in condition || 'fn' in condition;
}

function tokensOf(clause: WhereClause | HavingClause): Token[] {
  const tokens: Token[] = [];
  const parens = (paren: '(' | ')', count: number | undefined) => {
    for (let i = 0; i < (count ?? 0); i++) tokens.push(paren);
  };
  let node: WhereClause | HavingClause | undefined = clause;
  while (node) {
    const left: ConditionWithValueQuery | null = node.left;
    parens('(', left?.openParen);
    if (left && isLeaf(left)) {
      tokens.push(left);
      parens(')', left.closeParen);
    }
    const operator: string | undefined = 'operator' in node ? node.operator : undefined;
    if (operator === 'AND' || operator === 'OR' || operator === 'NOT') tokens.push(operator);
    node = 'right' in node ? node.right : undefined;
  }
  return tokens;
}

/** The clause as a tree. @throws ApiError MALFORMED_QUERY where AND and OR are mixed without parentheses */
export function treeOf(clause: WhereClause | HavingClause, problems: Problems): Tree {
  const tokens = tokensOf(clause);
  let at = 0;
  const unary = (): Tree => {
    const token = tokens[at++];
    if (token === 'NOT') return { kind: 'not', child: unary() };
    if (token === '(') {
      const inner = sequence();
      if (tokens[at++] !== ')') throw problems.malformed("unexpected token: '<EOF>'");
      return inner;
    }
    if (token === undefined || typeof token === 'string')
      throw problems.malformed(`unexpected token: '${token ?? '<EOF>'}'`);
    return { kind: 'leaf', leaf: token };
  };
  const sequence = (): Tree => {
    const children = [unary()];
    let joined: 'AND' | 'OR' | undefined;
    for (let token = tokens[at]; token === 'AND' || token === 'OR'; token = tokens[at]) {
      if (joined && joined !== token) throw problems.malformed(`unexpected token: '${token}'`);
      joined = token;
      at++;
      children.push(unary());
    }
    if (children.length === 1) return children[0] as Tree;
    return { kind: joined === 'OR' ? 'or' : 'and', children };
  };
  const tree = sequence();
  if (at !== tokens.length) throw problems.malformed(`unexpected token: '${String(tokens[at])}'`);
  return tree;
}

/** Every comparison of the tree. */
export function* leavesOf(tree: Tree): Generator<Leaf> {
  if (tree.kind === 'leaf') yield tree.leaf;
  else if (tree.kind === 'not') yield* leavesOf(tree.child);
  else for (const child of tree.children) yield* leavesOf(child);
}
