import type { PartReason } from '../../../src/sync/installer.ts';
import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import type { InstallField, ObjectMapping } from '../../../src/sync/mapping/schema.ts';

/** A custom field to create, in the words of the Metadata API. */
export interface InstalledField {
  object: string;
  name: string;
  label: string;
  type: string;
  /** Further elements of the field's file. */
  traits: Record<string, string | number | boolean>;
  values?: readonly string[];
  /** Which lines of mappings ask for it. */
  why: PartReason[];
}

/** The longest id of ours, with room to spare. */
const KEY_LENGTH = 40;
/** Limits of the platform for the label of a field and for the name of a child relationship. */
const LABEL_LENGTH = 40;
const RELATIONSHIP_LENGTH = 40;

/** Whether a name is that of something that can be made: neither the platform's own nor of a package with a namespace. */
export function isOurs(name: string): boolean {
  return /^(?!.*__.*__)\w+__c$/.test(name);
}

/** Fields that can be made of those that the mappings install, and the external ids of their keys; each once. */
export function customFields(request: SourceRequest): InstalledField[] {
  return neededFields(request).filter(({ name }) => isOurs(name));
}

/** Fields that the mappings install, be they of the platform or of a package, and the external ids of their keys; each once. */
export function neededFields(request: SourceRequest): InstalledField[] {
  const fields = new Map<string, InstalledField>();
  const relationships = new Set<string>();
  const add = (field: InstalledField): void => {
    const name = `${field.object}.${field.name}`;
    const known = fields.get(name);
    if (known === undefined) fields.set(name, withOwnRelationship(field, relationships));
    else known.why.push(...field.why);
  };
  for (const mapping of request.mappings) {
    if (mapping.key?.endsWith('__c') === true) add(keyField(mapping, mapping.key));
    for (const [attribute, { field, install, label }] of Object.entries(mapping.attributes)) {
      const wanted = install ?? kpiField(request, attribute, field);
      if (wanted === undefined) continue;
      const why = [{ file: mapping.file, path: ['attributes', attribute] }];
      add({ ...installedField(mapping, { field, label }, wanted, request.tiers), why });
    }
  }
  return [...fields.values()];
}

/** Unique, so that upserts by it need no more than edit access; case-sensitive, since our ids are. */
function keyField({ object, file }: ObjectMapping, name: string): InstalledField {
  const traits = { caseSensitive: true, externalId: true, length: KEY_LENGTH, required: false, unique: true };
  const why = [{ file, path: ['key'] }];
  return { object, name, label: labelOf(name), type: 'Text', traits, why };
}

/** An attribute kpi.<name> without an install block gets its field from the program. */
function kpiField(request: SourceRequest, attribute: string, field: string): InstallField | undefined {
  const kpi = attribute.startsWith('kpi.')
    ? request.kpis.find((each) => `kpi.${each.name}` === attribute)
    : undefined;
  if (kpi === undefined || !field.endsWith('__c')) return undefined;
  return { type: 'number', label: kpi.label, precision: 18, scale: kpi.scale };
}

function installedField(
  mapping: ObjectMapping,
  named: { field: string; label: string | undefined },
  install: InstallField,
  tiers: readonly string[],
): Omit<InstalledField, 'why'> {
  const values = install.values === 'tiers' ? tiers : install.values;
  return {
    object: mapping.object,
    name: named.field,
    label: (install.label ?? named.label ?? labelOf(named.field)).slice(0, LABEL_LENGTH),
    ...shape(mapping, named.field, install),
    ...(install.type === 'picklist' ? { values: values ?? [] } : {}),
  };
}

function labelOf(field: string): string {
  return field.replace(/__c$/, '').replaceAll('_', ' ');
}

type Shape = Pick<InstalledField, 'type' | 'traits'>;

const NUMBERS: Readonly<Record<string, string>> = { number: 'Number', money: 'Currency', percent: 'Percent' };

function shape(mapping: ObjectMapping, field: string, install: InstallField): Shape {
  const required = { required: false };
  if (install.type in NUMBERS) {
    const traits = { precision: install.precision ?? 18, scale: install.scale ?? 2, ...required };
    return { type: NUMBERS[install.type] ?? 'Number', traits };
  }
  switch (install.type) {
    case 'longText':
      return { type: 'LongTextArea', traits: { length: install.length ?? 32_768, visibleLines: 5 } };
    case 'checkbox':
      return { type: 'Checkbox', traits: { defaultValue: false } };
    case 'date':
      return { type: 'Date', traits: required };
    case 'dateTime':
      return { type: 'DateTime', traits: required };
    case 'picklist':
      return { type: 'Picklist', traits: required };
    case 'lookup':
      return lookup(mapping, field, install);
    default:
      return { type: 'Text', traits: { length: install.length ?? 255, ...required } };
  }
}

/** A child relationship has a name that no other one to the same parent has. */
function withOwnRelationship(field: InstalledField, taken: Set<string>): InstalledField {
  const { relationshipName: wanted, referenceTo: parent } = field.traits;
  if (typeof wanted !== 'string') return field;
  const nameAt = (attempt: number): string => {
    const end = attempt === 1 ? '' : `_${attempt}`;
    return wanted.slice(0, RELATIONSHIP_LENGTH - end.length).replace(/_$/, '') + end;
  };
  let attempt = 1;
  while (taken.has(`${parent}.${nameAt(attempt)}`)) attempt += 1;
  taken.add(`${parent}.${nameAt(attempt)}`);
  return { ...field, traits: { ...field.traits, relationshipName: nameAt(attempt) } };
}

/** Child relationships are named after the child; the platform takes letters, figures and single underscores. */
function lookup(mapping: ObjectMapping, field: string, install: InstallField): Shape {
  const child = `${mapping.object.replace(/__c$/, '')}_${field.replace(/__c$/, '')}`.replace(/_+/g, '_');
  return {
    type: 'Lookup',
    traits: {
      deleteConstraint: 'SetNull',
      referenceTo: install.to ?? 'Account',
      relationshipLabel: labelOf(mapping.object),
      relationshipName: child,
      required: false,
    },
  };
}
