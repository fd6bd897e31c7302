import { parseString } from 'xml2js';

/** An XML element: its children by name, each a list, or its text. Attributes are children named `@name`. */
export interface Element {
  [name: string]: Array<Element | string>;
}

/** Text of an element that has attributes too. */
const TEXT = '#text';

/** A document: the name of its root, and what is in it. */
export interface XmlDocument {
  root: string;
  element: Element;
}

/** Reads a document, its texts without blanks around them. Throws on text that is no XML, with the parser's place. */
export function readXmlDocument(text: string): XmlDocument {
  return read(text, true);
}

function read(text: string, trim: boolean): XmlDocument {
  let document: unknown;
  let problem: Error | null = null;
  const options = {
    attrNameProcessors: [(name: string) => `@${name}`],
    charkey: TEXT,
    mergeAttrs: true,
    trim,
  };
  parseString(text, options, (error, result) => {
    problem = error;
    document = result;
  });
  if (problem !== null) throw problem;
  const [[root, content] = ['', {}]] = Object.entries((document ?? {}) as Record<string, unknown>);
  return { root, element: typeof content === 'object' && content !== null ? (content as Element) : {} };
}

/** The root element's children, their texts to the letter. Throws on text that is no XML, with the parser's place. */
export function parseXml(text: string): Element {
  return read(text, false).element;
}

/** The text of the first child, or attribute, with this name. */
export function textOf(element: Element, name: string): string | undefined {
  const [first] = element[name] ?? [];
  const text: unknown = typeof first === 'object' ? first[TEXT] : first;
  return typeof text === 'string' ? text : undefined;
}

export function flagOf(element: Element, name: string): boolean {
  return textOf(element, name) === 'true';
}

/** The children with this name that have children or attributes themselves. */
export function childrenOf(element: Element, name: string): Element[] {
  return (element[name] ?? []).filter((each): each is Element => typeof each === 'object');
}

export function childOf(element: Element, name: string): Element | undefined {
  return childrenOf(element, name)[0];
}
