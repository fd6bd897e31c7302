import { parseQuery, type WhereClause } from '@jetstreamapp/soql-parser-js';

/** The field paths of a scope's filter. A filter that cannot be read names none; the org will refuse it by itself. */
export function filterFields(object: string, filter: string): string[] {
  try {
    const { where } = parseQuery(`SELECT Id FROM ${object} WHERE ${filter}`);
    return [...new Set(clauseFields(where))];
  } catch {
    return [];
  }
}

function clauseFields(clause: WhereClause | null | undefined): string[] {
  if (clause === null || clause === undefined) return [];
  const left = clause.left as { field?: string } | null;
  const right = 'right' in clause ? (clause.right as WhereClause) : undefined;
  return [...(left?.field === undefined ? [] : [left.field]), ...clauseFields(right)];
}
