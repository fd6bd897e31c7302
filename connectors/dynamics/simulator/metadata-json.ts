import { defaultMaxKb } from './files.ts';
import { guidOf } from './ids.ts';
import { tablePrivileges } from './privilege-json.ts';
import type { Schema } from './schema.ts';
import type {
  Column,
  ColumnType,
  GlobalChoice,
  Key,
  ManyToMany,
  Option,
  Relationship,
  Table,
} from './types.ts';

/**
 * Metadata in the shapes of the metadata API.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query-metadata-web-api
 */

type Json = Record<string, unknown>;

const english = 1033;

export function labelJson(text: string): Json {
  const label = {
    Label: text,
    LanguageCode: english,
    IsManaged: true,
    MetadataId: guidOf(`label ${text}`),
    HasChanged: null,
  };
  return { LocalizedLabels: [label], UserLocalizedLabel: label };
}

const managed = (value: boolean, name: string): Json => ({
  Value: value,
  CanBeChanged: true,
  ManagedPropertyLogicalName: name,
});

export function tableJson(table: Table): Json {
  return {
    MetadataId: table.metadataId,
    LogicalName: table.logicalName,
    SchemaName: table.schemaName,
    EntitySetName: table.entitySet,
    LogicalCollectionName: table.entitySet,
    CollectionSchemaName: table.schemaName,
    PrimaryIdAttribute: table.primaryId,
    PrimaryNameAttribute: table.primaryName,
    ObjectTypeCode: table.objectTypeCode,
    OwnershipType: table.ownership,
    ChangeTrackingEnabled: table.changeTracking,
    CanChangeTrackingBeEnabled: managed(true, 'canchangetrackingbeenabled'),
    IsOptimisticConcurrencyEnabled: table.optimisticConcurrency,
    IsCustomEntity: table.custom,
    IsActivity: table.activity,
    IsIntersect: table.intersect ?? false,
    IsPrivate: false,
    IsManaged: !table.custom,
    IsLogicalEntity: false,
    IsValidForAdvancedFind: true,
    CanCreateAttributes: managed(true, 'cancreateattributes'),
    CanModifyAdditionalSettings: managed(true, 'canmodifyadditionalsettings'),
    IsAuditEnabled: managed(false, 'canmodifyauditsettings'),
    DisplayName: labelJson(table.label),
    DisplayCollectionName: labelJson(table.pluralLabel),
    Description: labelJson(''),
    TableType: 'Standard',
    Privileges: tablePrivileges(table),
    HasActivities: false,
    HasNotes: false,
  };
}

const sourceTypes = { simple: 0, calculated: 1, rollup: 2 } as const;

/** The word in AttributeTypeName is finer than the type. */
const typeNames: Partial<Record<ColumnType, string>> = {
  MultiSelectPicklist: 'MultiSelectPicklistType',
  File: 'FileType',
};

const metadataTypes: Partial<Record<ColumnType, string>> = {
  Customer: 'Lookup',
  Owner: 'Lookup',
  Uniqueidentifier: 'UniqueIdentifier',
  Virtual: '',
};

/** Microsoft.Dynamics.CRM.StringAttributeMetadata: what a column is cast to. */
export function metadataType(column: Column): string {
  return `Microsoft.Dynamics.CRM.${metadataTypes[column.type] ?? column.type}AttributeMetadata`;
}

export function columnJson(table: Table, column: Column): Json {
  const isPrimaryId = column.logicalName === table.primaryId;
  return {
    '@odata.type': `#${metadataType(column)}`,
    MetadataId: column.metadataId,
    LogicalName: column.logicalName,
    SchemaName: column.schemaName,
    EntityLogicalName: table.logicalName,
    AttributeType: column.type in typeNames ? 'Virtual' : column.type,
    AttributeTypeName: { Value: typeNames[column.type] ?? `${column.type}Type` },
    AttributeOf: column.baseOf === undefined ? null : column.baseOf,
    RequiredLevel: {
      Value: column.required,
      CanBeChanged: column.required !== 'SystemRequired',
      ManagedPropertyLogicalName: 'canmodifyrequirementlevelsettings',
    },
    IsValidForCreate: column.create,
    IsValidForUpdate: column.update,
    IsValidForRead: column.type !== 'Virtual',
    IsPrimaryId: isPrimaryId,
    IsPrimaryName: column.logicalName === table.primaryName,
    IsLogical: false,
    IsCustomAttribute: column.custom,
    IsSecured: column.secured,
    IsManaged: !column.custom,
    IsFilterable: true,
    IsSearchable: true,
    SourceType: column.type === 'Uniqueidentifier' ? null : sourceTypes[column.source ?? 'simple'],
    DisplayName: labelJson(column.label),
    Description: labelJson(''),
    ...typedProperties(column),
  };
}

/** What only the type of a column has. */
function typedProperties(column: Column): Json {
  switch (column.type) {
    case 'String':
      return {
        MaxLength: column.maxLength,
        DatabaseLength: (column.maxLength ?? 0) * 2,
        Format: 'Text',
        FormatName: { Value: 'Text' },
        AutoNumberFormat: column.autoNumber ?? '',
      };
    case 'File':
      return { MaxSizeInKB: column.maxKb ?? defaultMaxKb };
    case 'Memo':
      return { MaxLength: column.maxLength, Format: 'TextArea', ImeMode: 'Auto' };
    case 'Integer':
      return { MinValue: column.min, MaxValue: column.max, Format: 'None' };
    case 'Decimal':
    case 'Double':
      return { MinValue: column.min, MaxValue: column.max, Precision: column.precision };
    case 'Money':
      return {
        MinValue: column.min,
        MaxValue: column.max,
        Precision: column.precision,
        PrecisionSource: 2,
        IsBaseCurrency: column.baseOf !== undefined,
        CalculationOf: column.baseOf ?? null,
      };
    case 'DateTime':
      return {
        Format: column.dateFormat,
        DateTimeBehavior: { Value: column.dateBehavior },
        ImeMode: 'Inactive',
      };
    case 'Lookup':
    case 'Customer':
    case 'Owner':
      return { Targets: column.targets ?? [], Format: 'None' };
    case 'Picklist':
    case 'State':
    case 'Status':
      return { DefaultFormValue: column.default ?? -1 };
    case 'Boolean':
      return { DefaultValue: column.default === 1 || column.default === true };
    default:
      return {};
  }
}

function optionsJson(options: readonly Option[]): Json[] {
  return options.filter(({ unpublished }) => unpublished !== true).map(optionJson);
}

function optionJson({ value, label, state }: Option): Json {
  return {
    ...(state === undefined ? {} : { State: state, TransitionData: null }),
    Value: value,
    Label: labelJson(label),
    Description: labelJson(''),
    Color: null,
    IsManaged: true,
    ExternalValue: '',
    ParentValues: [],
    Tag: null,
    IsHidden: false,
    MetadataId: null,
    HasChanged: null,
  };
}

/** A choice that columns share. */
export function choiceJson({ name, metadataId, label, options, custom }: GlobalChoice): Json {
  return {
    '@odata.type': '#Microsoft.Dynamics.CRM.OptionSetMetadata',
    MetadataId: metadataId,
    Name: name,
    IsGlobal: true,
    IsCustomOptionSet: custom,
    IsManaged: !custom,
    OptionSetType: 'Picklist',
    DisplayName: labelJson(label),
    Description: labelJson(''),
    Options: optionsJson(options),
  };
}

/** The choice of a column, to be expanded: OptionSet, or GlobalOptionSet for one that columns share. */
export function optionSetJson(table: Table, column: Column): Json | null {
  if (column.options === undefined) return null;
  const name = column.globalChoice ?? `${table.logicalName}_${column.logicalName}`;
  const head = {
    MetadataId: guidOf(`choice ${name}`),
    Name: name,
    IsGlobal: column.globalChoice !== undefined,
    IsCustomOptionSet: column.custom,
    IsManaged: !column.custom,
    OptionSetType: column.type === 'MultiSelectPicklist' ? 'Picklist' : column.type,
    DisplayName: labelJson(column.label),
  };
  if (column.type !== 'Boolean') return { ...head, Options: optionsJson(column.options) };
  const find = (value: number) =>
    column.options!.find((option) => option.value === value) ?? { value, label: '' };
  return { ...head, TrueOption: optionJson(find(1)), FalseOption: optionJson(find(0)) };
}

export function keyJson(table: Table, key: Key): Json {
  return {
    MetadataId: key.metadataId,
    SchemaName: key.schemaName,
    LogicalName: key.logicalName,
    EntityLogicalName: table.logicalName,
    KeyAttributes: key.columns,
    EntityKeyIndexStatus: key.status,
    IsManaged: !table.custom,
    DisplayName: labelJson(key.schemaName),
  };
}

export function manyToManyJson({ sides: [one, other], ...relationship }: ManyToMany): Json {
  return {
    '@odata.type': '#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata',
    MetadataId: relationship.metadataId,
    SchemaName: relationship.schemaName,
    RelationshipType: 'ManyToManyRelationship',
    IsCustomRelationship: relationship.custom,
    IntersectEntityName: relationship.intersect,
    Entity1LogicalName: one.table,
    Entity1IntersectAttribute: one.column,
    Entity1NavigationPropertyName: one.property,
    Entity2LogicalName: other.table,
    Entity2IntersectAttribute: other.column,
    Entity2NavigationPropertyName: other.property,
  };
}

export function relationshipJson(relationship: Relationship, schema: Schema): Json {
  const referenced = schema.table(relationship.referenced);
  return {
    '@odata.type': '#Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata',
    MetadataId: relationship.metadataId,
    SchemaName: relationship.schemaName,
    RelationshipType: 'OneToManyRelationship',
    IsCustomRelationship: relationship.custom,
    ReferencedEntity: relationship.referenced,
    ReferencedAttribute: referenced?.primaryId ?? null,
    ReferencingEntity: relationship.referencing,
    ReferencingAttribute: relationship.column,
    ReferencingEntityNavigationPropertyName: relationship.lookupProperty,
    ReferencedEntityNavigationPropertyName: relationship.collectionProperty,
    CascadeConfiguration: {
      Assign: 'NoCascade',
      Delete: relationship.onDelete,
      Merge: 'NoCascade',
      Reparent: 'NoCascade',
      Share: 'NoCascade',
      Unshare: 'NoCascade',
      RollupView: 'NoCascade',
    },
  };
}
