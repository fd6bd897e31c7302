/** EntityDefinition, FieldDefinition and UserPermissionAccess: what the org is to the caller, as rows that tools ask for by query. */

import { userPermissions } from '../access.ts';
import type { Org } from '../org.ts';
import type { SharingModel } from '../schema.ts';
import type { Caller, FieldMeta, FieldValue, ObjectMeta, QuerySource, Row } from '../types.ts';

/** The objects whose rows are metadata, in lower case. */
export const CATALOGUE = new Set(['entitydefinition', 'fielddefinition']);
const USER_ACCESS = 'userpermissionaccess';

function sharingName(sharing: SharingModel): string {
  if (sharing === 'public') return 'ReadWrite';
  if (sharing === 'readOnly') return 'Read';
  return sharing === 'private' ? 'Private' : 'ControlledByParent';
}

function developerName(name: string): string {
  return name.replace(/__c$/, '');
}

function entityRow(object: ObjectMeta, org: Org): Row {
  const sharing = sharingName(org.schema.traits(object).sharing);
  return {
    Id: object.name,
    DurableId: object.name,
    QualifiedApiName: object.name,
    DeveloperName: developerName(object.name),
    Label: object.label,
    PluralLabel: object.labelPlural,
    KeyPrefix: object.keyPrefix,
    InternalSharingModel: sharing,
    ExternalSharingModel: sharing,
    IsCustomSetting: false,
    IsQueryable: object.queryable,
    IsCustomizable: object.createable,
    IsTriggerable: object.createable,
    IsReplicateable: object.replicateable,
    IsRetrieveable: object.queryable,
    IsEverCreatable: object.createable,
    IsEverUpdatable: object.updateable,
    IsEverDeletable: object.deletable,
  };
}

const TYPE_NAMES: Record<string, string> = {
  id: 'Id',
  boolean: 'Checkbox',
  date: 'Date',
  datetime: 'Date/Time',
  picklist: 'Picklist',
  multipicklist: 'Picklist (Multi-Select)',
  email: 'Email',
  phone: 'Phone',
  url: 'URL',
  address: 'Address',
};

/** The type as Setup words it: 'Text(80)', 'Currency(18, 2)', 'Lookup(Account)'. */
function dataType(field: FieldMeta): string {
  const known = TYPE_NAMES[field.type];
  if (known) return known;
  if (field.type === 'reference') return `Lookup(${field.referenceTo.join(',')})`;
  if (field.type === 'string') return `Text(${field.length})`;
  if (field.type === 'textarea')
    return field.length > 255 ? `Long Text Area(${field.length})` : 'Text Area(255)';
  if (field.type === 'int') return `Number(${field.digits}, 0)`;
  const name = { currency: 'Currency', percent: 'Percent', double: 'Number' }[field.type] ?? field.type;
  return `${name}(${field.precision - field.scale}, ${field.scale})`;
}

function fieldRow(object: ObjectMeta, field: FieldMeta): Row {
  return {
    Id: `${object.name}.${field.name}`,
    DurableId: `${object.name}.${field.name}`,
    EntityDefinitionId: object.name,
    QualifiedApiName: field.name,
    DeveloperName: developerName(field.name),
    Label: field.label,
    DataType: dataType(field),
    ValueTypeId: field.type,
    Length: field.length,
    Precision: field.precision,
    Scale: field.scale,
    RelationshipName: field.relationshipName,
    IsCalculated: field.calculated,
    IsCompound: field.type === 'address' || field.type === 'location',
    IsNameField: field.nameField,
    IsNillable: field.nillable,
    IsIndexed: field.externalId || field.unique || field.idLookup || field.type === 'reference',
    IsApiFilterable: field.filterable,
    IsApiGroupable: field.groupable,
    IsApiSortable: field.sortable,
    IsPolymorphicForeignKey: field.polymorphicForeignKey,
  };
}

/** One row, of the caller. */
function userAccessRow(org: Org, caller: Caller): Row {
  const held = userPermissions(org.state, caller.userId);
  const columns = org.schema.object(USER_ACCESS)?.fields.filter(({ type }) => type === 'boolean') ?? [];
  return { Id: caller.userId, ...Object.fromEntries(columns.map(({ name }) => [name, held.has(name)])) };
}

function* catalogueRows(name: string, org: Org, caller: Caller): Generator<Row> {
  if (name === USER_ACCESS) {
    yield userAccessRow(org, caller);
    return;
  }
  for (const object of org.schema.objects()) {
    if (!caller.canReadObject(object)) continue;
    if (name === 'entitydefinition') yield entityRow(object, org);
    else
      for (const field of object.fields)
        if (caller.canReadField(object, field)) yield fieldRow(object, field);
  }
}

function* holding(rows: Iterable<Row>, field: string, values: FieldValue[]): Generator<Row> {
  const wanted = new Set(values.map((value) => String(value).toLowerCase()));
  for (const row of rows) if (wanted.has(String(row[field]).toLowerCase())) yield row;
}

/** The org as a query source in which the metadata of what the caller can see are rows too. */
export function withCatalogue(org: Org, caller: Caller): QuerySource {
  const isOurs = (name: string) => CATALOGUE.has(name.toLowerCase()) || name.toLowerCase() === USER_ACCESS;
  const rows = (name: string) => catalogueRows(name.toLowerCase(), org, caller);
  return {
    object: org.object,
    rows: (name) => (isOurs(name) ? rows(name) : org.rows(name)),
    rowById: (name, id) => (isOurs(name) ? [...holding(rows(name), 'Id', [id])][0] : org.rowById(name, id)),
    rowsWhere: (name, field, values) =>
      isOurs(name) ? holding(rows(name), field, values) : org.rowsWhere(name, field, values),
    rowsModifiedSince: (name, since) => (isOurs(name) ? rows(name) : org.rowsModifiedSince(name, since)),
    now: org.now,
    fiscalYearStartMonth: org.fiscalYearStartMonth,
  };
}
