import type { Filter, Literal, Operand } from './simulator/odata/ast.ts';
import { ODataSyntaxError, parseFilter } from './simulator/odata/parse.ts';

/**
 * The column paths of a scope's filter, with dots between the steps. A filter that cannot be read names none; the platform
 * will refuse it by itself.
 */
export function filterPaths(filter: string): string[] {
  try {
    return [...new Set(pathsOf(parseFilter(filter)))];
  } catch (error) {
    if (error instanceof ODataSyntaxError) return [];
    throw error;
  }
}

function pathsOf(filter: Filter): string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return [...pathsOf(filter.left), ...pathsOf(filter.right)];
    case 'not':
      return pathsOf(filter.of);
    case 'compare':
      return [...operandPath(filter.left), ...operandPath(filter.right)];
    case 'text':
      return [...operandPath(filter.subject), ...operandPath(filter.value)];
    case 'function':
      return propertyName(filter.parameters.PropertyName);
    case 'lambda':
      return operandPath(filter.path);
    // Only FetchXML links tables so; text that is OData cannot.
    case 'linked':
      return operandPath(filter.to);
  }
}

function operandPath(operand: Operand): string[] {
  return operand.kind === 'path' ? [operand.steps.join('.')] : [];
}

/** Query functions name their column in a text, with slashes where it lies behind a lookup. */
function propertyName(parameter: Literal | { kind: 'alias' } | undefined): string[] {
  return parameter?.kind === 'string' ? [parameter.value.replaceAll('/', '.')] : [];
}
