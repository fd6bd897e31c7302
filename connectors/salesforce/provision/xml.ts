import type { InstalledField } from './fields.ts';

const NAMESPACE = 'http://soap.sforce.com/2006/04/metadata';

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');
}

export function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

/** A metadata file: the root and its elements, one per line. */
export function xmlFile(root: string, elements: readonly string[]): string {
  const lines = elements.map((each) => `    ${each}`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">\n${lines.join('\n')}\n</${root}>\n`;
}

/** A field file. */
export function fieldXml(field: InstalledField): string {
  return xmlFile('CustomField', fieldElements(field));
}

/** What says what a field is; in the order of their names, as the platform's own tools write them. */
export function fieldElements(field: InstalledField): string[] {
  const elements: [string, string][] = [
    ['fullName', element('fullName', field.name)],
    ['label', element('label', field.label)],
    ['type', element('type', field.type)],
    ['description', element('description', 'Written by Tierlink.')],
    ...Object.entries(field.traits).map(([name, value]): [string, string] => [
      name,
      element(name, String(value)),
    ]),
  ];
  if (field.values !== undefined) elements.push(['valueSet', valueSet(field.values)]);
  const [fullName, ...rest] = elements;
  const sorted = rest.sort(([left], [right]) => (left < right ? -1 : 1));
  return [fullName?.[1] ?? '', ...sorted.map(([, xml]) => xml)];
}

function valueSet(values: readonly string[]): string {
  const entries = values.map(
    (value) =>
      `<value>${element('fullName', value)}${element('default', 'false')}${element('label', value)}</value>`,
  );
  return `<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>${entries.join('')}</valueSetDefinition></valueSet>`;
}
