/** XML as the platform's older interfaces speak it: elements read into values, and values written as elements. */

import xml2js from 'xml2js';

export { writeXml, type XmlOutput } from '../../simulation/xml-write.ts';

/** An element: text, null when it is nil, or child elements by name; a repeated child is an array. */
export type XmlValue = string | null | XmlElement | XmlValue[];
export interface XmlElement {
  [name: string]: XmlValue;
}

/** Attributes of an element are kept under this key. */
const ATTRIBUTES = '$';
/** Text of an element that has attributes too. */
const TEXT = '_';
/** Where an element with children that says its type (`xsi:type`) keeps it. */
export const TYPE = 'xsi:type';
const { stripPrefix } = xml2js.processors;

function isElement(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function clean(value: unknown): XmlValue {
  if (Array.isArray(value)) return value.map(clean);
  if (!isElement(value)) return String(value ?? '');
  const attributes = value[ATTRIBUTES];
  if (isElement(attributes) && attributes.nil === 'true') return null;
  const children = Object.entries(value).filter(([name]) => name !== ATTRIBUTES && name !== TEXT);
  if (children.length === 0) return String(value[TEXT] ?? '');
  const inside = Object.fromEntries(children.map(([name, child]) => [name, clean(child)]));
  if (!isElement(attributes) || attributes.type === undefined) return inside;
  return { [TYPE]: String(attributes.type), ...inside };
}

/** The root element under its name, all names without their prefix. Throws on text that is no XML. */
export async function readXml(text: string): Promise<XmlElement> {
  const root: unknown = await xml2js.parseStringPromise(text, {
    explicitArray: false,
    explicitRoot: true,
    tagNameProcessors: [stripPrefix],
    attrNameProcessors: [stripPrefix],
  });
  const value = clean(root);
  return elementOf(value);
}

/** A repeated element as a list, whatever its count. */
export function listOf(value: XmlValue | undefined): XmlValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** The child elements of a value; none for text. */
export function elementOf(value: XmlValue | undefined): XmlElement {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** The text of an element, or undefined when it is absent, nil or empty. */
export function textOf(value: XmlValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
