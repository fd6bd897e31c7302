import type { Element } from '../../../simulation/xml-read.ts';
import type { Org } from '../org.ts';

const known = new WeakMap<Org, Map<string, Element>>();

/** Workflow rules of an org by object, as their files have them. They are kept and never run. */
export function workflowsOf(org: Org): Map<string, Element> {
  const found = known.get(org) ?? new Map<string, Element>();
  known.set(org, found);
  return found;
}
