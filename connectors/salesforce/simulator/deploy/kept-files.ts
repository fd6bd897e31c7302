import type { Element } from '../../../simulation/xml-read.ts';
import type { Org } from '../org.ts';

const known = new WeakMap<Org, Map<string, Element>>();

/** Components of an org that are kept as their files have them and do nothing, by type and full name: "Layout Account-Account Layout". */
export function keptFilesOf(org: Org): Map<string, Element> {
  const found = known.get(org) ?? new Map<string, Element>();
  known.set(org, found);
  return found;
}
