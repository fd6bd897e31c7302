import { type Document, isNode, type LineCounter } from 'yaml';

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
