import { childOf, childrenOf, type Element, flagOf, textOf } from '../../../simulation/xml-read.ts';
import type { ChildSide } from '../metadata-field.ts';
import { type FieldTraits, fieldShape } from '../metadata-field.ts';
import type { FieldMeta, FieldValue, PicklistEntry } from '../types.ts';

/** Picklists may take their values from a global value set, by name. */
export type ValueSets = Map<string, PicklistEntry[]>;

interface Kind {
  type: string;
  /** Text length when the file names none. */
  size?: number;
  filterable?: boolean;
}

const KINDS: Record<string, Kind> = {
  Text: { type: 'string' },
  TextArea: { type: 'textarea', size: 255 },
  LongTextArea: { type: 'textarea', size: 32_768, filterable: false },
  Html: { type: 'textarea', size: 32_768, filterable: false },
  Number: { type: 'double', size: 18 },
  Currency: { type: 'currency', size: 18 },
  Percent: { type: 'percent', size: 18 },
  Date: { type: 'date' },
  DateTime: { type: 'datetime' },
  Time: { type: 'time' },
  Checkbox: { type: 'boolean' },
  Picklist: { type: 'picklist', size: 255 },
  MultiselectPicklist: { type: 'multipicklist', size: 4099 },
  Email: { type: 'email', size: 80 },
  Phone: { type: 'phone', size: 40 },
  Url: { type: 'url', size: 255 },
  AutoNumber: { type: 'string', size: 30 },
  Lookup: { type: 'reference' },
  MasterDetail: { type: 'reference' },
};

const ON_DELETE: Record<string, ChildSide['onDelete']> = {
  SetNull: 'clear',
  Restrict: 'restrict',
  Cascade: 'cascade',
};

/** The values of a `valueSetDefinition` or of a value set that fields share. */
export function picklistOf(
  definition: Element,
  valueTag: 'value' | 'customValue' | 'standardValue',
): PicklistEntry[] {
  return childrenOf(definition, valueTag).map((value) => ({
    active: textOf(value, 'isActive') !== 'false',
    defaultValue: flagOf(value, 'default'),
    label: textOf(value, 'label') ?? textOf(value, 'fullName') ?? '',
    validFor: null,
    value: textOf(value, 'fullName') ?? '',
  }));
}

function valuesOf(file: Element, valueSets: ValueSets): { restricted: boolean; values: PicklistEntry[] } {
  const valueSet = childOf(file, 'valueSet');
  if (valueSet === undefined) return { restricted: false, values: [] };
  const name = textOf(valueSet, 'valueSetName');
  if (name === undefined) {
    const definition = childOf(valueSet, 'valueSetDefinition') ?? {};
    return { restricted: flagOf(valueSet, 'restricted'), values: picklistOf(definition, 'value') };
  }
  const values = valueSets.get(name);
  if (values === undefined) throw new Error(`no GlobalValueSet named ${name} found`);
  return { restricted: true, values };
}

function defaultOf(type: string, text: string | undefined, values: PicklistEntry[]): FieldValue {
  if (type === 'boolean') return text === 'true';
  const chosen = values.find((value) => value.defaultValue)?.value;
  if (chosen !== undefined) return chosen;
  if (text === undefined) return null;
  const literal = /^(["'])(.*)\1$/.exec(text)?.[2];
  if (literal !== undefined) return literal;
  return Number.isNaN(Number(text)) ? null : Number(text);
}

function relationshipOf(
  file: Element,
  name: string,
  isDetail: boolean,
): Partial<FieldTraits> & Partial<ChildSide> {
  const childName = textOf(file, 'relationshipName');
  return {
    referenceTo: [textOf(file, 'referenceTo') ?? ''],
    relationshipName: name.replace(/__c$/, '__r'),
    childRelationshipName: childName === undefined ? null : `${childName}__r`,
    onDelete: isDetail ? 'cascade' : (ON_DELETE[textOf(file, 'deleteConstraint') ?? ''] ?? 'clear'),
  };
}

/** A field as a `.field-meta.xml` file declares it. Throws for a type that the simulator does not keep. */
export function fieldOf(file: Element, valueSets: ValueSets): FieldMeta {
  const name = textOf(file, 'fullName') ?? '';
  const typeName = textOf(file, 'type') ?? '';
  const kind = KINDS[typeName];
  if (kind === undefined) throw new Error(`fields of type ${typeName || '(none)'} are not supported`);
  const isDetail = typeName === 'MasterDetail';
  const isFormula = textOf(file, 'formula') !== undefined;
  const readOnly = isFormula || typeName === 'AutoNumber';
  const { restricted, values } = valuesOf(file, valueSets);
  const defaultValue = defaultOf(kind.type, textOf(file, 'defaultValue'), values);
  const filterable = kind.filterable ?? true;
  const externalId = flagOf(file, 'externalId');
  return fieldShape({
    name,
    label: textOf(file, 'label') ?? name,
    type: kind.type,
    size: Number(textOf(file, 'precision') ?? textOf(file, 'length') ?? kind.size ?? 0),
    scale: Number(textOf(file, 'scale') ?? 0),
    inlineHelpText: textOf(file, 'inlineHelpText') ?? null,
    nillable: !isDetail && !flagOf(file, 'required') && kind.type !== 'boolean',
    createable: !readOnly,
    updateable: !readOnly && (!isDetail || flagOf(file, 'reparentableMasterDetail')),
    defaultedOnCreate: kind.type === 'boolean' || typeName === 'AutoNumber' || defaultValue !== null,
    defaultValue,
    autoNumber: typeName === 'AutoNumber',
    calculated: isFormula,
    calculatedFormula: textOf(file, 'formula') ?? null,
    externalId,
    idLookup: externalId,
    unique: flagOf(file, 'unique'),
    caseSensitive: flagOf(file, 'unique') && flagOf(file, 'caseSensitive'),
    filterable,
    sortable: filterable && kind.type !== 'multipicklist',
    groupable: filterable && !/^(double|currency|percent|datetime|multipicklist)$/.test(kind.type),
    restrictedPicklist: restricted,
    picklistValues: values,
    htmlFormatted: typeName === 'Html',
    ...(kind.type === 'reference' ? relationshipOf(file, name, isDetail) : {}),
  });
}
