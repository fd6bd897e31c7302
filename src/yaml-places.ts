import { type Document, isNode, isScalar, type LineCounter } from 'yaml';

/** A parsed YAML text and where its lines start. */
export interface YamlText {
  document: Document;
  lines: LineCounter;
}

/**
 * Where the key (or list entry) at a path stands, or the nearest of its parents that does. Line and column start at 1;
 * 1:1 stands for a path of which nothing is there.
 */
export function yamlPlace(
  { document, lines }: YamlText,
  path: readonly PropertyKey[],
): { line: number; column: number } {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsetAt(document, path.slice(0, length));
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

/** A scalar at a path as the author wrote it, such as 1.10 or 1e3; undefined where there is none. */
export function yamlWritten({ document }: YamlText, path: readonly PropertyKey[]): string | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  return isScalar(node) ? node.source : undefined;
}

/** The key of a map is what a person looks for; items of a list have only themselves. */
function offsetAt(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const items = (parent as { items?: readonly unknown[] } | null | undefined)?.items;
  if (items === undefined) return undefined;
  const last = path.at(-1);
  const pair = items.find((item) => String((item as { key?: unknown }).key) === String(last));
  const node = typeof last === 'number' ? items[last] : (pair as { key?: unknown } | undefined)?.key;
  return isNode(node) ? node.range?.[0] : undefined;
}
