import { type Alias, type Document, type Node, visit } from 'yaml';
import type { YamlText } from '../../yaml-places.ts';

/** What each alias of a document repeats; undefined where nothing before it has its name. */
export type Repeated = ReadonlyMap<Alias, Node | undefined>;

/** An alias that cannot be followed, where it stands (an offset into the text), and why. */
export interface BrokenAlias {
  offset: number;
  reason: string;
}

export function repeatedIn(document: Document): Repeated {
  const found = new Map<Alias, Node | undefined>();
  visit(document, {
    Alias: (_key, alias) => {
      found.set(alias, alias.resolve(document));
    },
  });
  return found;
}

/**
 * The first alias of a document that cannot be followed; undefined where all can. `written`: what they repeated in the file,
 * before keys that are there twice were left out of the document.
 */
export function brokenAlias({ document, lines }: YamlText, written: Repeated): BrokenAlias | undefined {
  for (const [alias, target] of repeatedIn(document)) {
    const name = alias.source;
    const offset = offsetOf(alias);
    const lost = written.get(alias);
    if (target !== undefined && !isInside(offset, target)) continue;
    if (target !== undefined)
      return { offset, reason: `*${name} stands inside of what it repeats, &${name}` };
    if (lost === undefined)
      return {
        offset,
        reason: `*${name} repeats nothing: there is no &${name} before it; a text that begins with * stands in quotes`,
      };
    const { line, col } = lines.linePos(offsetOf(lost));
    const reason = `*${name} repeats what belongs to a key that is there twice, at line ${line}, column ${col}; remove one of the two`;
    return { offset, reason };
  }
  return undefined;
}

/** Of a document with more repetitions than are followed, where the first alias stands. */
export function firstAlias(document: Document): number {
  const [first] = repeatedIn(document).keys();
  return first === undefined ? 0 : offsetOf(first);
}

function offsetOf({ range }: Node): number {
  return range?.[0] ?? 0;
}

function isInside(offset: number, { range }: Node): boolean {
  return range != null && range[0] <= offset && offset < range[1];
}
