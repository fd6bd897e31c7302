import { objectOfLayout } from '../../shared/layouts.ts';
import type { Context } from '../context.ts';
import { childrenNamed, childrenText, childText, type MetadataElement } from '../metadata-xml.ts';
import { xmlFile } from '../provision/xml.ts';
import type { Component } from './deploy.ts';
import { listMetadata, readMetadata } from './metadata.ts';

/**
 * Page layouts. Which of them are in use, and whether a Lightning page shows fields of its own, is not looked at.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_layouts.htm
 */

/** Of a section of ours on a layout, by which it is found again. */
const SECTION = 'Partner program';

/** A layout of an org, by the name that people see, with its object before it. */
export type Layouts = ReadonlyMap<string, MetadataElement>;

/** All layouts of these objects. */
export async function readLayouts(context: Context, objects: readonly string[]): Promise<Layouts> {
  if (objects.length === 0) return new Map();
  const names = (await listMetadata(context, 'Layout')).filter((layout) =>
    objects.includes(objectOfLayout(layout)),
  );
  const layouts = await readMetadata(context, 'Layout', names);
  return new Map([...layouts].map(([name, layout]) => [shownName(name), layout]));
}

/** Full names have brackets, slashes and the like encoded as in an address. */
function shownName(fullName: string): string {
  try {
    return decodeURIComponent(fullName);
  } catch {
    return fullName;
  }
}

/** Fields that a layout shows. */
export function fieldsOn(layout: MetadataElement): string[] {
  return ['layoutSections', 'layoutColumns', 'layoutItems']
    .reduce((inside, name) => inside.flatMap((each) => childrenNamed(each, name)), [layout])
    .flatMap((item) => childText(item, 'field') ?? []);
}

/** The layout as it is read, with those of these fields that it lacks in a section of ours; all else stays where it is. */
export function layoutWith(
  layout: MetadataElement,
  { fields, readOnly }: { fields: readonly string[]; readOnly: readonly string[] },
): Component {
  const { fullName, ...read } = layout;
  const content = withEmpty(read);
  const sections = childrenNamed(content, 'layoutSections');
  const known = sections.find((each) => childText(each, 'label') === SECTION);
  const ours = known ?? newSection();
  const shown = fieldsOn(layout);
  for (const field of fields.filter((each) => !shown.includes(each))) {
    const behavior = readOnly.includes(field) ? 'Readonly' : 'Edit';
    shortestColumn(ours).push({ behavior: [behavior], field: [field] });
  }
  const name = String(fullName?.[0]);
  const layoutSections = known === undefined ? beforeLinks(sections, ours) : sections;
  return {
    ...{ type: 'Layout', fullNames: [name], path: `layouts/${name}.layout` },
    text: xmlFile('Layout', childrenText({ ...content, layoutSections })),
    was: [layout],
  };
}

/**
 * What is empty is read as a text without letters, and means something here: a column without items gives its section a shape, and
 * a list without actions is not the same as none, in whose place the org's own stands.
 */
function withEmpty(element: MetadataElement): MetadataElement {
  const kept = (each: MetadataElement | string) =>
    typeof each !== 'string' ? withEmpty(each) : each === '' ? {} : each;
  return Object.fromEntries(Object.entries(element).map(([name, all]) => [name, all.map(kept)]));
}

function newSection(): MetadataElement {
  return {
    customLabel: ['true'],
    detailHeading: ['true'],
    editHeading: ['true'],
    label: [SECTION],
    layoutColumns: [{}, {}],
    style: ['TwoColumnsTopToBottom'],
  };
}

/** The items of the column that has the fewest of them. */
function shortestColumn(section: MetadataElement): MetadataElement[string] {
  section.layoutColumns ??= [{}];
  const columns = childrenNamed(section, 'layoutColumns');
  for (const column of columns) column.layoutItems ??= [];
  const items = columns.map((column) => column.layoutItems!);
  return items.reduce((least, each) => (each.length < least.length ? each : least));
}

/** Custom links stand at the end of a layout. */
function beforeLinks(sections: readonly MetadataElement[], ours: MetadataElement): MetadataElement[] {
  const links = sections.findIndex((each) => childText(each, 'style') === 'CustomLinks');
  const at = links === -1 ? sections.length : links;
  return [...sections.slice(0, at), ours, ...sections.slice(at)];
}
