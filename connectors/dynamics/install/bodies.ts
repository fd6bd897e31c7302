import { entitySetName } from '../names.ts';
import { bounds, yesOrNo } from '../provision/attribute.ts';
import type { InstalledColumn, InstalledOption } from '../provision/columns.ts';
import type { OwnTable } from '../provision/parts.ts';
import { language } from '../provision/publisher.ts';

/**
 * Bodies of the metadata API, of the same columns and tables of which provision-attribute.ts writes files.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/create-update-column-definitions-using-web-api
 */

type Json = Record<string, unknown>;

const crm = 'Microsoft.Dynamics.CRM';
const description = 'Written by Tierlink.';

export function label(text: string): Json {
  return {
    '@odata.type': `${crm}.Label`,
    LocalizedLabels: [{ '@odata.type': `${crm}.LocalizedLabel`, Label: text, LanguageCode: language }],
  };
}

const notRequired = {
  Value: 'None',
  CanBeChanged: true,
  ManagedPropertyLogicalName: 'canmodifyrequirementlevelsettings',
};

/** The table with the column that names its rows; the others are added one by one. */
export function tableBody(table: string, { label: title, plural, primaryName }: OwnTable): Json {
  return {
    '@odata.type': `${crm}.EntityMetadata`,
    SchemaName: table,
    EntitySetName: entitySetName(table),
    DisplayName: label(title),
    DisplayCollectionName: label(plural),
    Description: label(description),
    // Rows belong to the organization: there is no owner to assign, and reading is all or nothing.
    OwnershipType: 'OrganizationOwned',
    HasActivities: false,
    HasNotes: false,
    ChangeTrackingEnabled: true,
    PrimaryNameAttribute: primaryName.name,
    Attributes: [columnBody(primaryName)],
  };
}

/** Any column but a lookup, which is made with its relationship. */
export function columnBody(column: InstalledColumn): Json {
  const isPrimaryName = column.kind === 'text' && column.isPrimaryName === true;
  return {
    ...named(column),
    ...(isPrimaryName ? { IsPrimaryName: true } : {}),
    ...typed(column),
  };
}

function named({ name, label: text }: InstalledColumn): Json {
  return {
    SchemaName: name,
    DisplayName: label(text),
    Description: label(description),
    RequiredLevel: notRequired,
  };
}

function typed(column: InstalledColumn): Json {
  switch (column.kind) {
    case 'text':
      return {
        ...typeOf('String'),
        MaxLength: column.length,
        FormatName: { Value: 'Text' },
        ...(column.autoNumber === undefined ? {} : { AutoNumberFormat: column.autoNumber }),
      };
    case 'memo':
      return { ...typeOf('Memo'), MaxLength: column.length, Format: 'TextArea', ImeMode: 'Auto' };
    case 'integer':
      return { ...typeOf('Integer'), ...bounds.integer, Format: 'None' };
    case 'decimal':
      return { ...typeOf('Decimal'), ...bounds.decimal, Precision: column.precision };
    case 'money':
      // 0: the places are those of the column, not of a currency.
      return { ...typeOf('Money'), ...bounds.money, Precision: column.precision, PrecisionSource: 0 };
    case 'boolean':
      return {
        ...typeOf('Boolean'),
        DefaultValue: false,
        OptionSet: {
          '@odata.type': `${crm}.BooleanOptionSetMetadata`,
          TrueOption: optionBody(yesOrNo[0]),
          FalseOption: optionBody(yesOrNo[1]),
        },
      };
    case 'choice':
      return {
        ...typeOf('Picklist'),
        OptionSet: {
          '@odata.type': `${crm}.OptionSetMetadata`,
          IsGlobal: false,
          OptionSetType: 'Picklist',
          Options: column.options.map(optionBody),
        },
      };
    case 'date':
      return { ...typeOf('DateTime'), Format: 'DateOnly', DateTimeBehavior: { Value: 'DateOnly' } };
    case 'dateTime':
      return { ...typeOf('DateTime'), Format: 'DateAndTime', DateTimeBehavior: { Value: 'UserLocal' } };
    case 'lookup':
      return typeOf('Lookup');
  }
}

function typeOf(word: string): Json {
  return { '@odata.type': `${crm}.${word}AttributeMetadata` };
}

function optionBody({ value, label: text }: InstalledOption): Json {
  return { Value: value, Label: label(text) };
}

/** Deleting the row pointed to clears the lookup, and nothing else follows from one to the other. */
export function relationshipBody(
  column: InstalledColumn & { kind: 'lookup' },
  { schemaName, referencedId }: { schemaName: string; referencedId: string },
): Json {
  const none = 'NoCascade';
  return {
    '@odata.type': `${crm}.OneToManyRelationshipMetadata`,
    SchemaName: schemaName,
    ReferencedEntity: column.target,
    ReferencedAttribute: referencedId,
    ReferencingEntity: column.table,
    CascadeConfiguration: {
      ...{ Assign: none, Merge: none, Reparent: none, Share: none, Unshare: none },
      Delete: 'RemoveLink',
    },
    AssociatedMenuConfiguration: { Behavior: 'UseCollectionName', Group: 'Details', Order: 10_000 },
    Lookup: { ...named(column), ...typed(column) },
  };
}

export function keyBody(name: string, column: string): Json {
  return { SchemaName: name, DisplayName: label('Tierlink Id'), KeyAttributes: [column] };
}
