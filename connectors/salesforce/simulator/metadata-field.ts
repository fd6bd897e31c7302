import type { FieldMeta, FieldValue, PicklistEntry } from './types.ts';

const SOAP_TYPES: Record<string, string> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
  time: 'xsd:time',
  address: 'urn:address',
  location: 'urn:location',
  base64: 'xsd:base64Binary',
};

const NOTATION =
  /^(?<type>[a-z]+)(?:\((?<size>\d+)(?:,(?<scale>\d+))?\))?(?: (?<flags>[a-zA-Z]+))?(?: -> (?<target>[\w,]+)(?: \((?<relationship>\w+)\))?(?: < (?<child>\w+)(?: (?<onDelete>cascade|restrict))?)?)?(?: : (?<values>.+))?$/;

/** What the child side of a lookup is called and does; kept on the field, read when relationships are built. */
export interface ChildSide {
  childRelationshipName: string | null;
  onDelete: 'cascade' | 'restrict' | 'clear';
}

function picklist(values: string): PicklistEntry[] {
  return values.split(';').map((each) => {
    const text = each.trim();
    const isDefault = /\*(=|$)/.test(text);
    const [value = '', label] = text.replace(/\*(?==|$)/, '').split('=');
    return { active: true, defaultValue: isDefault, label: label ?? value, validFor: null, value };
  });
}

function labelOf(name: string): string {
  return name
    .replace(/__c$/, '')
    .replace(/Id$/, 'ID')
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2');
}

/** Which fields a permission set can hide: neither required ones nor those the system keeps. */
function isPermissionable(field: FieldMeta): boolean {
  if (field.name === 'OwnerId' || field.name === 'RecordTypeId' || field.type === 'id') return false;
  if (field.custom) return field.nillable || field.type === 'boolean' || field.calculated;
  if (!field.createable && !field.updateable) return field.name === 'ExpectedRevenue';
  return field.nillable;
}

/** A field from its compact notation, e.g. `reference cunfsg -> Account (Parent) < ChildAccounts`. */
export function compactField(name: string, notation: string): FieldMeta {
  const groups = NOTATION.exec(notation)?.groups;
  if (groups === undefined) throw new Error(`Field ${name}: cannot read the notation "${notation}"`);
  const has = (letter: string): boolean => (groups.flags ?? '').includes(letter);
  const values = groups.values === undefined ? [] : picklist(groups.values);
  return fieldShape({
    name,
    type: groups.type ?? 'string',
    size: Number(groups.size ?? 0),
    scale: Number(groups.scale ?? 0),
    createable: has('c'),
    updateable: has('u'),
    nillable: has('n'),
    defaultedOnCreate: has('d'),
    filterable: has('f'),
    sortable: has('s'),
    groupable: has('g'),
    idLookup: has('L'),
    externalId: has('E'),
    unique: has('Q'),
    caseSensitive: has('C'),
    nameField: has('N'),
    autoNumber: has('A'),
    restrictedPicklist: has('R'),
    polymorphicForeignKey: has('P'),
    picklistValues: values,
    defaultValue: groups.type === 'boolean' ? false : (values.find((v) => v.defaultValue)?.value ?? null),
    referenceTo: groups.target?.split(',') ?? [],
    relationshipName: groups.relationship ?? null,
    childRelationshipName: groups.child ?? null,
    onDelete: (groups.onDelete as ChildSide['onDelete'] | undefined) ?? 'clear',
  });
}

/** What decides a field; the rest of the describe keys follows from it. */
export interface FieldTraits extends Partial<FieldMeta> {
  name: string;
  type: string;
  /** Characters for text, total digits for numbers. */
  size: number;
  scale: number;
  defaultValue?: FieldValue;
}

const NUMERIC = new Set(['double', 'currency', 'percent']);
const FIXED_LENGTH: Record<string, number> = {
  id: 18,
  reference: 18,
  picklist: 255,
  multipicklist: 4099,
  url: 255,
};

/** A field with every key that describe answers. */
export function fieldShape(traits: FieldTraits): FieldMeta {
  const { size, scale, ...given } = traits;
  const numeric = NUMERIC.has(traits.type);
  const length = numeric ? 0 : size || (FIXED_LENGTH[traits.type] ?? 0);
  const field: FieldMeta = {
    aggregatable: traits.type !== 'boolean' && traits.type !== 'address' && traits.filterable === true,
    aiPredictionField: false,
    autoNumber: false,
    byteLength: /^(id|reference)$/.test(traits.type) ? 18 : length * 3,
    calculated: false,
    calculatedFormula: null,
    cascadeDelete: traits.onDelete === 'cascade',
    caseSensitive: false,
    compoundFieldName: null,
    controllerName: null,
    createable: false,
    custom: /__c$/.test(traits.name),
    defaultValue: null,
    defaultValueFormula: null,
    defaultedOnCreate: false,
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: traits.type === 'int' ? 8 : 0,
    displayLocationInDecimal: false,
    encrypted: false,
    externalId: false,
    extraTypeInfo: null,
    filterable: false,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    groupable: false,
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: false,
    inlineHelpText: null,
    label: labelOf(traits.name),
    length,
    mask: null,
    maskType: null,
    nameField: false,
    namePointing: false,
    nillable: false,
    permissionable: false,
    picklistValues: [],
    polymorphicForeignKey: false,
    precision: numeric ? size || 18 : 0,
    queryByDistance: false,
    referenceTargetField: null,
    referenceTo: [],
    relationshipName: null,
    relationshipOrder: null,
    restrictedDelete: traits.onDelete === 'restrict',
    restrictedPicklist: false,
    scale: numeric ? scale : 0,
    searchPrefilterable: traits.type === 'reference',
    soapType: SOAP_TYPES[traits.type] ?? 'xsd:string',
    sortable: false,
    unique: false,
    updateable: false,
    writeRequiresMasterRead: false,
    ...given,
  };
  return { ...field, permissionable: traits.permissionable ?? isPermissionable(field) };
}
