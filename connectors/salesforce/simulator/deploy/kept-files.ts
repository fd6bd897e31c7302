import type { Element } from '../../../simulation/xml-read.ts';
import type { XmlOutput } from '../../../simulation/xml-write.ts';
import type { Org } from '../org.ts';

const known = new WeakMap<Org, Map<string, Element>>();

/** Components of an org as their files have them, by type and full name: "Layout Account-Account Layout". */
export function keptFilesOf(org: Org): Map<string, Element> {
  const found = known.get(org) ?? new Map<string, Element>();
  known.set(org, found);
  return found;
}

/** Keeps what is in the file of a component. */
export function keepFile(org: Org, component: string, xml: Element): void {
  // Namespaces are those of the file.
  const content = Object.entries(xml).filter(([child]) => !child.startsWith('@'));
  keptFilesOf(org).set(component, Object.fromEntries(content));
}

/** Remembers all as it is; the answer brings it back. */
export function keptFilesSnapshot(org: Org): () => void {
  const files = [...keptFilesOf(org)];
  return () => void known.set(org, new Map(files));
}

const changes = new WeakMap<Org, Map<string, number>>();

/** When a component was deployed last, by type and full name, as epoch milliseconds; undefined for what came otherwise. */
export function deployedAt(org: Org, component: string): number | undefined {
  return changes.get(org)?.get(component);
}

/** Notes that a component was deployed. */
export function noteDeployed(org: Org, component: string): void {
  const known = changes.get(org) ?? new Map<string, number>();
  changes.set(org, known);
  known.set(component, org.now());
}

type Content = Record<string, XmlOutput>;

/** Of lists: what tells their entries apart. */
const names: Readonly<Record<string, string>> = {
  customValue: 'fullName',
  fieldPermissions: 'field',
  objectPermissions: 'object',
  userPermissions: 'name',
  value: 'fullName',
};

/** Elements of which an org knows nothing but what the file says, or else this. */
const silent = ['hasActivationRequired', 'masterLabel', 'sorted', 'visibleLines'];

/** What an org has of a component now, and all else as it was deployed: most of a component does nothing here. */
export function withKept(kept: Element | undefined, now: Content): Content {
  const content: Content = { ...(kept as Content | undefined) };
  for (const [name, value] of Object.entries(now)) {
    if (silent.includes(name) && kept?.[name] !== undefined) continue;
    content[name] = childWithKept(kept?.[name] ?? [], value, names[name]);
  }
  return content;
}

function childWithKept(kept: Element[string], now: XmlOutput, key: string | undefined): XmlOutput {
  if (Array.isArray(now))
    return key === undefined ? now : now.map((each) => entryWithKept(kept, each as Content, key));
  if (typeof now !== 'object' || now === null) return now;
  return withKept(kept.find(isElement), now);
}

function entryWithKept(kept: Element[string], now: Content, key: string): Content {
  return withKept(
    kept.filter(isElement).find((each) => each[key]?.[0] === now[key]),
    now,
  );
}

function isElement(child: Element | string): child is Element {
  return typeof child === 'object';
}
