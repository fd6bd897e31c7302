/** What is written: null makes a nil element, an array repeats its element, `$` holds an element's attributes and `_` its text. */
export type XmlOutput = string | number | boolean | null | XmlOutput[] | { [name: string]: XmlOutput };

/** Attributes of an element are kept under this key. */
const ATTRIBUTES = '$';
/** Text of an element that has attributes too. */
const TEXT = '_';

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function attributesText(attributes: XmlOutput | undefined): string {
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) return '';
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll('"', '&quot;')}"`)
    .join('');
}

/** How deep an element stands; null where everything stands on one line. */
type Depth = number | null;

function element(name: string, value: XmlOutput, depth: Depth): string {
  if (Array.isArray(value)) {
    const all = value.map((one) => element(name, one, depth));
    return all.join(depth === null ? '' : '\n');
  }
  const indent = '  '.repeat(depth ?? 0);
  if (value === null) return `${indent}<${name} xsi:nil="true"/>`;
  if (typeof value !== 'object') return `${indent}<${name}>${escaped(String(value))}</${name}>`;
  const { [ATTRIBUTES]: attributes, [TEXT]: text, ...children } = value;
  const start = `${indent}<${name}${attributesText(attributes)}`;
  const opening = `${start}>`;
  if (text !== undefined) return `${opening}${escaped(String(text))}</${name}>`;
  const inside = Object.entries(children)
    .map(([child, inner]) => element(child, inner, depth === null ? null : depth + 1))
    .filter((each) => each !== '');
  if (depth === null) return `${opening}${inside.join('')}</${name}>`;
  if (inside.length === 0) return `${start} />`;
  return `${opening}\n${inside.join('\n')}\n${indent}</${name}>`;
}

/** An element with its content, on one line. */
export function writeXml(name: string, value: XmlOutput): string {
  return element(name, value, null);
}

/** A file with one root element, each element on a line of its own. */
export function writeXmlFile(name: string, value: XmlOutput): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${element(name, value, 0)}\n`;
}
