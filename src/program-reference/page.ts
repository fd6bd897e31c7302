import { stringify } from 'yaml';
import { markdownRow } from '../model/markdown-row.ts';
import { programJsonSchema } from '../program/json-schema.ts';
import { isSchema, type JsonSchema } from '../program/schema/keys.ts';
import { figureSections } from './figure-sections.ts';
import { fileSections } from './file-sections.ts';
import { methodSections } from './method-sections.ts';
import { type Place, type ReferenceKey, ReferencePlaces } from './places.ts';
import { scoreSections } from './score-sections.ts';
import { examplesOf, type ReferenceSections } from './section.ts';
import { tierSections } from './tier-sections.ts';

/**
 * The text of docs/program-reference.md: every construct of the program language, made from its schema. What the schema
 * has is on the page by itself; titles, chapters and examples are in the files beside this one.
 */

export const referenceSections: ReferenceSections = {
  ...fileSections,
  ...figureSections,
  ...scoreSections,
  ...tierSections,
  ...methodSections,
};

/** The constructs of the schema, in the order of the page. */
export function referencePlaces(): ReferencePlaces {
  return new ReferencePlaces(programJsonSchema(), (place) => Object.hasOwn(referenceSections, place));
}

export function programReference(): string {
  const all = referencePlaces();
  const listed = Object.keys(referenceSections).filter((name) => all.places.has(name));
  const names = [...listed, ...[...all.places.keys()].filter((name) => !listed.includes(name))];
  const contents = names.map((name) => `- ${linkTo(name)}`).join('\n');
  const sections = names.map((name) => sectionText(all, all.places.get(name)!));
  return `# Program reference

Every key of a program file, with its type, what holds without it, and what it means. [Writing a program](writing-a-program.md)
and its chapters say how the parts work together; each section names its chapter. The same texts are in the JSON Schema that
the first line of a program file names, so that an editor shows them. \`tierlink program check\` says what is wrong in a file.

Each example is a part of a program file; what it names and does not have itself (such as the KPI \`revenue\`) stands elsewhere
in the file. \`a.b\` is the key \`b\` in the block \`a\`, or in each entry of the list \`a\`; \`<name>\` is a name that the file gives.

${contents}

${sections.join('\n')}`;
}

const chapterTitles: Readonly<Record<string, string>> = {
  'writing-a-program': 'Writing a program',
  measures: 'Measures',
  ladders: 'Ladders, specialisations, companies',
  movement: 'How tiers move',
  'composed-kpis': 'Composed KPIs and tracks',
  regions: 'Regions',
  method: 'The method of a program',
};

function chapterTitle(chapter: string): string {
  return chapterTitles[chapter.split('.md')[0]!] ?? chapter;
}

function titleOf(name: string): string {
  return referenceSections[name]?.title ?? name;
}

function linkTo(name: string): string {
  const title = titleOf(name);
  return `[${title}](#${title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')})`;
}

function sectionText(all: ReferencePlaces, { name, value, keys }: Place): string {
  const section = referenceSections[name];
  const { description } = all.resolved(value);
  const parts = [
    `## ${titleOf(name)}`,
    ...(typeof description === 'string' ? [withoutDefault(description)] : []),
    ...(section === undefined ? [] : [`Chapter: [${chapterTitle(section.chapter)}](${section.chapter})`]),
    ...(keys.length === 0 ? [] : [keyTable(all, name, keys)]),
    ...(section === undefined ? [] : examplesOf(section).map((example) => `\`\`\`yaml\n${example}\`\`\``)),
  ];
  return `${parts.join('\n\n')}\n`;
}

function keyTable(all: ReferencePlaces, place: string, keys: readonly ReferenceKey[]): string {
  const rows = keys.map((key) => {
    const node = all.resolved(key.value);
    const at = [place, key.path.replaceAll('.<name>', '')].filter((part) => part !== '').join('.');
    const cells = [`\`${key.path}\``, typeText(all, key.value, at), withoutIt(node, key), meaningOf(node)];
    return markdownRow(cells);
  });
  return ['| key | type | without it | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

const saidDefault = / ?\(Default: ([^()]*(?:\([^()]*\)[^()]*)*)\)$/;

function withoutDefault(description: string): string {
  return description.replace(saidDefault, '');
}

/** What a key means, from its own words or those of the construct that stands there. */
export function meaningOf({ description }: JsonSchema): string {
  return typeof description === 'string' ? withoutDefault(description) : '';
}

function withoutIt(node: JsonSchema, { isRequired }: ReferenceKey): string {
  if (isRequired) return '**required**';
  const said = saidDefault.exec(String(node.description ?? ''))?.[1];
  if (said !== undefined) return said;
  if (node.default === undefined) return '';
  const isEmpty = isSchema(node.default) && Object.keys(node.default).length === 0;
  if (isEmpty) return 'none';
  return `\`${isSchema(node.default) ? stringify(node.default, { collectionStyle: 'flow' }).trim() : String(node.default)}\``;
}

const plainTypes: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
};

/** The type of a value, for people, with links to the constructs that it is made of. */
function typeText(all: ReferencePlaces, value: JsonSchema, at: string): string {
  if (typeof value.title === 'string') return value.title;
  if (Array.isArray(value.anyOf))
    return [...new Set(value.anyOf.map((one) => typeText(all, one, at)))].join(' or ');
  if (Array.isArray(value.enum)) return value.enum.map((one) => `\`${one}\``).join(', ');
  if (value.const !== undefined) return `\`${String(value.const)}\``;
  if (isSchema(value.items)) return `list of ${typeText(all, value.items, at)}`;
  if (value.format === 'date') return 'date';
  const place = value.type === 'array' ? undefined : blockPlace(all, value, at);
  if (place !== undefined) return linkTo(place);
  if (isSchema(value.properties)) return 'block of keys';
  if (isSchema(value.additionalProperties))
    return `by name: ${typeText(all, value.additionalProperties, at)}`;
  return plainTypes[String(value.type)] ?? 'text or number';
}

function blockPlace(all: ReferencePlaces, value: JsonSchema, at: string): string | undefined {
  const isBlock = typeof value.$ref === 'string' || isSchema(value.properties);
  return isBlock ? all.blocksIn(value, at)[0]?.place : undefined;
}
