import { parseString } from 'xml2js';
import { escapeXml } from './provision/xml.ts';

/** What is in an element of a metadata file: children by name, each a list, or text. */
export interface MetadataElement {
  [name: string]: (MetadataElement | string)[];
}

/** Reads a document: its root's content, all names without their prefix, and
 * texts to the letter, since they go back. Throws on text that is no XML. */
export function readElement(text: string): MetadataElement {
  let problem: Error | null = null;
  let root: unknown;
  const options = { explicitRoot: false, ignoreAttrs: true, tagNameProcessors: [bare] };
  parseString(text, options, (error, result: unknown) => {
    problem = error;
    root = result;
  });
  if (problem !== null) throw problem;
  return typeof root === 'object' && root !== null ? (root as MetadataElement) : {};
}

function bare(name: string): string {
  return name.replace(/^.*:/, '');
}

/** The text of the first child with this name; undefined where there is none, or it is empty. */
export function childText(element: MetadataElement, name: string): string | undefined {
  const [first] = element[name] ?? [];
  return typeof first === 'string' && first !== '' ? first : undefined;
}

/** The children with this name that have children themselves. */
export function childrenNamed(element: MetadataElement, name: string): MetadataElement[] {
  return (element[name] ?? []).filter((each): each is MetadataElement => typeof each === 'object');
}

/** An element as text; what is empty is left out, since the platform reads it as not being there. */
export function elementText(name: string, content: MetadataElement | string): string {
  if (typeof content === 'string') return content === '' ? '' : `<${name}>${escapeXml(content)}</${name}>`;
  return `<${name}>${childrenText(content).join('')}</${name}>`;
}

/** The children of an element, each as text. */
export function childrenText(element: MetadataElement): string[] {
  return Object.entries(element).flatMap(([name, all]) =>
    all.map((each) => elementText(name, each)).filter((text) => text !== ''),
  );
}
