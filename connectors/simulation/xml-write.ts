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

/** An element with its content. */
export function writeXml(name: string, value: XmlOutput): string {
  if (Array.isArray(value)) return value.map((one) => writeXml(name, one)).join('');
  if (value === null) return `<${name} xsi:nil="true"/>`;
  if (typeof value !== 'object') return `<${name}>${escaped(String(value))}</${name}>`;
  const { [ATTRIBUTES]: attributes, [TEXT]: text, ...children } = value;
  if (text !== undefined) return `<${name}${attributesText(attributes)}>${escaped(String(text))}</${name}>`;
  const inside = Object.entries(children).map(([child, inner]) => writeXml(child, inner));
  return `<${name}${attributesText(attributes)}>${inside.join('')}</${name}>`;
}
