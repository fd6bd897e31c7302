import { parseString } from 'xml2js';

/** An XML element: its children by name, each a list, or its text. */
export interface Element {
  [name: string]: Array<Element | string>;
}

/** The root element's children. Throws on text that is no XML, with the parser's place. */
export function parseXml(text: string): Element {
  let root: unknown;
  let problem: Error | null = null;
  parseString(text, { explicitRoot: false, ignoreAttrs: true, trim: true }, (error, result) => {
    problem = error;
    root = result;
  });
  if (problem !== null) throw problem;
  return typeof root === 'object' && root !== null ? (root as Element) : {};
}

/** The text of the first child with this name. */
export function textOf(element: Element, name: string): string | undefined {
  const first = element[name]?.[0];
  return typeof first === 'string' ? first : undefined;
}

export function flagOf(element: Element, name: string): boolean {
  return textOf(element, name) === 'true';
}

/** The children with this name that have children themselves. */
export function childrenOf(element: Element, name: string): Element[] {
  return (element[name] ?? []).filter((each): each is Element => typeof each === 'object');
}

export function childOf(element: Element, name: string): Element | undefined {
  return childrenOf(element, name)[0];
}
