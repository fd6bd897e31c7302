import type { Element } from '../../../simulation/xml-read.ts';
import { childrenOf, textOf } from '../../../simulation/xml-read.ts';
import type { XmlOutput } from '../../../simulation/xml-write.ts';
import type { Org } from '../org.ts';
import type { FieldMeta, ObjectMeta, PicklistEntry, Row } from '../types.ts';
import { keptFilesOf, withKept } from './kept-files.ts';
import { layoutNamed, layoutNames } from './layout.ts';
import { USER_PERMISSIONS } from './permission-set.ts';
import { recordTypeOutput } from './record-type.ts';
import { standardValueSetNames, standardValues } from './standard-value-sets.ts';
import { valueSetsOf } from './value-sets.ts';

/** Components as readMetadata() answers them; null for what is not there. */
type Reader = (org: Org, fullName: string) => Record<string, XmlOutput> | null;

const typeNames: Readonly<Record<string, string>> = {
  string: 'Text',
  double: 'Number',
  int: 'Number',
  currency: 'Currency',
  percent: 'Percent',
  date: 'Date',
  datetime: 'DateTime',
  time: 'Time',
  boolean: 'Checkbox',
  picklist: 'Picklist',
  multipicklist: 'MultiselectPicklist',
  email: 'Email',
  phone: 'Phone',
  url: 'Url',
};

function typeName(field: FieldMeta): string {
  if (field.autoNumber) return 'AutoNumber';
  if (field.type === 'reference') return field.cascadeDelete && !field.nillable ? 'MasterDetail' : 'Lookup';
  if (field.type !== 'textarea') return typeNames[field.type] ?? 'Text';
  if (field.htmlFormatted) return 'Html';
  return field.length > 255 ? 'LongTextArea' : 'TextArea';
}

function valueOutput({ value, label, active, defaultValue }: PicklistEntry): XmlOutput {
  return { fullName: value, default: defaultValue, ...(active ? {} : { isActive: false }), label };
}

function sizeOutput(type: string, field: FieldMeta): Record<string, XmlOutput> {
  if (['Number', 'Currency', 'Percent'].includes(type))
    return { precision: field.precision || 18, scale: field.scale };
  if (type === 'LongTextArea' || type === 'Html') return { length: field.length, visibleLines: 5 };
  return type === 'Text' ? { length: field.length } : {};
}

function fieldOutput(org: Org, object: ObjectMeta, field: FieldMeta): Record<string, XmlOutput> {
  const fullName = `${object.name}.${field.name}`;
  // Of fields of the platform's own only what can be set is told, and that is nothing here.
  if (!field.custom) return { fullName };
  const type = typeName(field);
  const setName = valueSetsOf(org).setOf(fullName);
  const child = field as FieldMeta & { childRelationshipName?: string | null };
  const own = { sorted: false, value: field.picklistValues.map(valueOutput) };
  return withKept(keptFilesOf(org).get(`CustomField ${fullName}`), {
    ...{ fullName, externalId: field.externalId, label: field.label, ...sizeOutput(type, field) },
    ...(field.calculatedFormula === null ? {} : { formula: String(field.calculatedFormula) }),
    ...(type === 'Lookup' || type === 'MasterDetail'
      ? {
          referenceTo: field.referenceTo,
          relationshipName: child.childRelationshipName?.replace(/__r$/, '') ?? [],
          ...(type === 'Lookup' ? { deleteConstraint: field.restrictedDelete ? 'Restrict' : 'SetNull' } : {}),
        }
      : {}),
    ...(type === 'Checkbox' ? { defaultValue: field.defaultValue === true } : {}),
    required: !field.nillable && type !== 'Checkbox' && type !== 'MasterDetail',
    type,
    ...(type === 'Text'
      ? { unique: field.unique, ...(field.unique ? { caseSensitive: field.caseSensitive } : {}) }
      : {}),
    ...(type === 'Picklist' || type === 'MultiselectPicklist'
      ? {
          valueSet:
            setName === undefined
              ? { restricted: field.restrictedPicklist, valueSetDefinition: own }
              : { restricted: true, valueSetName: setName },
        }
      : {}),
  });
}

const readField: Reader = (org, fullName) => {
  const [objectName = '', fieldName = ''] = fullName.split('.');
  const object = org.schema.object(objectName);
  const field = object && org.schema.field(object, fieldName);
  return object && field ? fieldOutput(org, object, field) : null;
};

const sharing: Readonly<Record<string, string>> = {
  public: 'ReadWrite',
  readOnly: 'Read',
  private: 'Private',
};

function nameFieldOutput(org: Org, object: ObjectMeta): XmlOutput {
  const field = org.schema.field(object, 'Name');
  return { label: field?.label ?? 'Name', type: field?.autoNumber === true ? 'AutoNumber' : 'Text' };
}

const readObject: Reader = (org, fullName) => {
  const object = org.schema.object(fullName);
  if (object === undefined) return null;
  return {
    fullName: object.name,
    ...(object.custom ? { deploymentStatus: 'Deployed' } : {}),
    // Inside of its object a field goes by its own name.
    fields: object.fields
      .filter(({ custom }) => custom)
      .map((field) => ({ ...fieldOutput(org, object, field), fullName: field.name })),
    label: object.label,
    ...(object.custom ? { nameField: nameFieldOutput(org, object) } : {}),
    pluralLabel: object.labelPlural,
    sharingModel: sharing[org.schema.traits(object).sharing] ?? 'ControlledByParent',
  };
};

const readValueSet: Reader = (org, fullName) => {
  const entries = valueSetsOf(org).values.get(fullName);
  if (entries === undefined) return null;
  const customValue = entries.map(valueOutput);
  const now = { fullName, customValue, masterLabel: fullName, sorted: false };
  return withKept(keptFilesOf(org).get(`GlobalValueSet ${fullName}`), now);
};

const readPermissionSet: Reader = (org, fullName) => {
  const set = [...org.rows('PermissionSet')].find(
    ({ Name, IsOwnedByProfile }) => Name === fullName && IsOwnedByProfile !== true,
  );
  if (set === undefined) return null;
  const grants = (object: string): Row[] => [...org.rowsWhere(object, 'ParentId', [String(set.Id)])];
  const kept = keptFilesOf(org).get(`PermissionSet ${fullName}`);
  // Most of them do nothing here.
  const others = childrenOf(kept ?? {}, 'userPermissions').filter(
    (each) => !Object.hasOwn(USER_PERMISSIONS, textOf(each, 'name') ?? ''),
  );
  const enabled = Object.entries(USER_PERMISSIONS).filter(([, column]) => set[column] === true);
  return withKept(kept, {
    fullName,
    ...(set.Description == null ? {} : { description: String(set.Description) }),
    fieldPermissions: grants('FieldPermissions').map((row) => ({
      ...{ editable: row.PermissionsEdit === true, field: String(row.Field) },
      readable: row.PermissionsRead === true,
    })),
    hasActivationRequired: false,
    label: String(set.Label),
    objectPermissions: grants('ObjectPermissions').map((row) => ({
      allowCreate: row.PermissionsCreate === true,
      allowDelete: row.PermissionsDelete === true,
      allowEdit: row.PermissionsEdit === true,
      allowRead: row.PermissionsRead === true,
      modifyAllRecords: row.PermissionsModifyAllRecords === true,
      object: String(row.SobjectType),
      viewAllRecords: row.PermissionsViewAllRecords === true,
    })),
    userPermissions: [...enabled.map(([name]) => ({ enabled: true, name })), ...(others as XmlOutput[])],
  });
};

/** https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_standardvalueset.htm */
const readStandardValueSet: Reader = (org, fullName) => {
  const entries = standardValues(org, fullName);
  return entries === null
    ? null
    : { fullName, sorted: false, standardValue: entries.filter(({ active }) => active).map(valueOutput) };
};

const readWorkflow: Reader = (org, fullName) =>
  named(fullName, keptFilesOf(org).get(`Workflow ${fullName}`) ?? null);

const readLayout: Reader = (org, fullName) => named(fullName, layoutNamed(org, fullName));

function named(fullName: string, kept: Element | null): Record<string, XmlOutput> | null {
  return kept === null ? null : { fullName, ...(kept as Record<string, XmlOutput>) };
}

/** Kinds that can be read, by the platform's name. */
export const readers: Readonly<Record<string, Reader>> = {
  CustomField: readField,
  CustomObject: readObject,
  GlobalValueSet: readValueSet,
  Layout: readLayout,
  PermissionSet: readPermissionSet,
  RecordType: recordTypeOutput,
  StandardValueSet: readStandardValueSet,
  Workflow: readWorkflow,
};

/** Full names of all components of a type. */
export function namesOf(org: Org, type: string): string[] {
  const objects = org.schema.objects();
  switch (type) {
    case 'CustomObject':
      return objects.map(({ name }) => name);
    case 'CustomField':
      return objects.flatMap(({ name, fields }) =>
        fields.filter(({ custom }) => custom).map((field) => `${name}.${field.name}`),
      );
    case 'GlobalValueSet':
      return [...valueSetsOf(org).values.keys()];
    case 'Layout':
      return layoutNames(org);
    case 'PermissionSet':
      return [...org.rows('PermissionSet')]
        .filter(({ IsOwnedByProfile }) => IsOwnedByProfile !== true)
        .map(({ Name }) => String(Name));
    case 'StandardValueSet':
      return standardValueSetNames(org);
    case 'RecordType':
      return [...org.rows('RecordType')].map(
        ({ SobjectType, DeveloperName }) => `${SobjectType}.${DeveloperName}`,
      );
    default:
      return [...keptFilesOf(org).keys()]
        .filter((key) => key.startsWith(`${type} `))
        .map((key) => key.slice(type.length + 1));
  }
}
