import { childrenOf, type Element, textOf } from '../../../simulation/xml-read.ts';
import type { Org } from '../org.ts';
import type { FieldMeta, ObjectMeta } from '../types.ts';
import { keepFile, keptFilesOf } from './kept-files.ts';

/**
 * Page layouts, named "<object>-<layout>" with brackets and the like encoded as in an address. They decide what people see and
 * nothing that an interface answers, so they are kept as they were deployed.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_layouts.htm
 */

/** The layout that an object has of itself, and gets when it is made. */
function defaultName({ name, label }: ObjectMeta): string {
  return `${name}-${encodeURIComponent(`${label} Layout`).replaceAll('%20', ' ')}`;
}

/** Full names of all layouts. */
export function layoutNames(org: Org): string[] {
  const kept = [...keptFilesOf(org).keys()].flatMap((key) => (key.startsWith('Layout ') ? key.slice(7) : []));
  return [...new Set([...laidOutObjects(org).map(defaultName), ...kept])];
}

/** What is in a layout; null where there is none of the name. */
export function layoutNamed(org: Org, fullName: string): Element | null {
  const kept = keptFilesOf(org).get(`Layout ${fullName}`);
  if (kept !== undefined) return kept;
  const object = laidOutObjects(org).find((each) => defaultName(each) === fullName);
  return object === undefined ? null : defaultLayout(object);
}

function laidOutObjects(org: Org): ObjectMeta[] {
  return org.schema
    .objects()
    .filter((object) => !org.schema.traits(object).setup && object.layoutable !== false);
}

function defaultLayout(object: ObjectMeta): Element {
  const item = (field: string, behavior: string): Element => ({ behavior: [behavior], field: [field] });
  const shown = object.fields
    .filter((field) => field.nameField)
    .map((field) => item(field.name, isRequired(field) ? 'Required' : 'Readonly'));
  const section = (label: string, columns: Element[][], style: string): Element => ({
    customLabel: ['false'],
    detailHeading: ['false'],
    editHeading: ['true'],
    label: [label],
    layoutColumns: columns.map((items) => (items.length === 0 ? '' : { layoutItems: items })),
    style: [style],
  });
  return {
    layoutSections: [
      section('Information', [shown, []], 'TwoColumnsTopToBottom'),
      section(
        'System Information',
        [[item('CreatedById', 'Readonly')], [item('LastModifiedById', 'Readonly')]],
        'TwoColumnsTopToBottom',
      ),
      section('Custom Links', [[], [], []], 'CustomLinks'),
    ],
    showEmailCheckbox: ['false'],
    showHighlightsPanel: ['false'],
    showInteractionLogPanel: ['false'],
    showRunAssignmentRulesCheckbox: ['false'],
    showSubmitAndAttachButton: ['false'],
  };
}

/** A name that people give has to be on every layout, and be required there. */
function isRequired({ nameField, createable, nillable, autoNumber }: FieldMeta): boolean {
  return nameField && createable && !nillable && autoNumber !== true;
}

/** Throws what the platform has against a layout, with nothing of it kept; it names one problem at a time. */
export function deployLayout(org: Org, name: string, xml: Element): void {
  const [objectName = ''] = name.split('-', 1);
  const object = org.schema.object(objectName);
  if (object === undefined || !name.includes('-'))
    throw new Error(`In field: layout - no CustomObject named ${objectName} found`);
  const items = ['layoutSections', 'layoutColumns', 'layoutItems'].reduce<Element[]>(
    (inside, element) => inside.flatMap((each) => childrenOf(each, element)),
    [xml],
  );
  const behaviors = new Map<string, string | undefined>();
  for (const item of items) {
    const field = textOf(item, 'field');
    if (field === undefined) continue;
    if (org.schema.field(object, field) === undefined)
      throw new Error(`In field: field - no CustomField named ${objectName}.${field} found`);
    if (behaviors.has(field)) throw new Error(`The layout field:${field} is duplicated`);
    behaviors.set(field, textOf(item, 'behavior'));
  }
  for (const field of object.fields.filter(isRequired)) {
    if (!behaviors.has(field.name))
      throw new Error(`Layout must contain an item for required layout field: ${field.name}`);
    if (behaviors.get(field.name) !== 'Required') throw new Error(`Field:${field.name} must be Required`);
  }
  keepFile(org, `Layout ${name}`, xml);
}
