import { writeXml, type XmlOutput } from '../../simulation/xml-write.ts';
import { operationElements, operationImports, operationTypes } from './csdl-operations.ts';
import { edmType } from './dml/value.ts';
import { jsonName } from './row-json.ts';
import type { Join, Schema } from './schema.ts';
import type { Column, Relationship, Table } from './types.ts';

/**
 * The service document that describes all tables ($metadata), as CSDL.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/web-api-service-documents and the pages on entity
 * types, properties and navigation properties beside it
 */

type Element = { [name: string]: XmlOutput };

const term = (name: string, value: Element): Element => ({ $: { Term: name }, ...value });

/** XML text of the whole schema; annotations only where they are asked for. */
export function csdl(schema: Schema, { annotations }: { annotations: boolean }): string {
  const tables = [...schema.tables()];
  const types = operationTypes();
  const document = writeXml('edmx:Edmx', {
    $: { Version: '4.0', 'xmlns:edmx': 'http://docs.oasis-open.org/odata/ns/edmx' },
    'edmx:Reference': ['OData.Community.Keys.V1', 'OData.Community.Display.V1'].map((name) => ({
      $: { Uri: `../schemas/${name}.xml` },
      'edmx:Include': { $: { Namespace: name, Alias: name.split('.')[2] ?? name } },
      'edmx:IncludeAnnotations': { $: { TermNamespace: name } },
    })),
    'edmx:DataServices': {
      Schema: {
        $: {
          Namespace: 'Microsoft.Dynamics.CRM',
          Alias: 'mscrm',
          xmlns: 'http://docs.oasis-open.org/odata/ns/edm',
        },
        EnumType: types.EnumType,
        ComplexType: types.ComplexType,
        EntityType: [
          ...baseTypes,
          ...types.EntityType,
          ...tables.map((table) => entityType(schema, table, annotations)),
        ],
        ...operationElements(tables),
        EntityContainer: {
          $: { Name: 'System' },
          EntitySet: tables.map((table) => entitySet(schema, table, annotations)),
          ...operationImports(),
        },
      },
    },
  });
  return `<?xml version="1.0" encoding="utf-8"?>${document}`;
}

/** Types that tables derive from or point to; a principal is a user or a team. */
const baseTypes: Element[] = [
  { $: { Name: 'crmbaseentity', Abstract: true } },
  { $: { Name: 'expando', BaseType: 'mscrm.crmbaseentity', OpenType: true } },
  {
    $: { Name: 'principal', BaseType: 'mscrm.crmbaseentity' },
    Key: { PropertyRef: { $: { Name: 'ownerid' } } },
    Property: { $: { Name: 'ownerid', Type: 'Edm.Guid' } },
  },
];

function entityType(schema: Schema, table: Table, annotations: boolean): Element {
  const columns = [...table.columns.values()];
  return {
    $: { Name: table.logicalName, BaseType: 'mscrm.crmbaseentity' },
    Key: { PropertyRef: { $: { Name: table.primaryId } } },
    Property: columns.map((column) => ({ $: propertyOf(column) })),
    NavigationProperty: [
      ...schema.lookupsOf(table).map((each) => lookupProperty(schema, table, each)),
      ...schema.collectionsOf(table).map(collectionProperty),
      ...schema.joinsOf(table).map(joinProperty),
    ],
    Annotation: annotations && table.keys.length > 0 ? [keysAnnotation(table)] : [],
  };
}

function propertyOf(column: Column): Element {
  const type = edmType(column);
  const isText = type === 'Edm.String';
  const isNumber = type === 'Edm.Decimal';
  return {
    Name: jsonName(column),
    Type: type,
    ...(isText ? { Unicode: false } : {}),
    ...(isNumber ? { Scale: 'Variable' } : {}),
  };
}

function lookupProperty(schema: Schema, table: Table, relationship: Relationship): Element {
  const column = table.columns.get(relationship.column)!;
  const isOwner = column.type === 'Owner';
  const referenced = schema.table(relationship.referenced);
  return {
    $: {
      Name: relationship.lookupProperty,
      Type: `mscrm.${isOwner ? 'principal' : relationship.referenced}`,
      Nullable: false,
      ...(isOwner ? {} : { Partner: relationship.collectionProperty }),
    },
    ReferentialConstraint: {
      $: {
        Property: jsonName(column),
        ReferencedProperty: isOwner ? 'ownerid' : (referenced?.primaryId ?? ''),
      },
    },
  };
}

function collectionProperty(relationship: Relationship): Element {
  return {
    $: {
      Name: relationship.collectionProperty,
      Type: `Collection(mscrm.${relationship.referencing})`,
      Partner: relationship.lookupProperty,
    },
  };
}

function joinProperty({ from, to }: Join): Element {
  return { $: { Name: from.property, Type: `Collection(mscrm.${to.table})`, Partner: to.property } };
}

function entitySet(schema: Schema, table: Table, annotations: boolean): Element {
  const targets = [
    ...schema.lookupsOf(table).map((each) => [each.lookupProperty, each.referenced] as const),
    ...schema.collectionsOf(table).map((each) => [each.collectionProperty, each.referencing] as const),
    ...schema.joinsOf(table).map(({ from, to }) => [from.property, to.table] as const),
  ];
  return {
    $: { Name: table.entitySet, EntityType: `Microsoft.Dynamics.CRM.${table.logicalName}` },
    NavigationPropertyBinding: targets.map(([Path, target]) => ({
      $: { Path, Target: schema.table(target)?.entitySet ?? target },
    })),
    Annotation: annotations && table.changeTracking ? [trackingAnnotation] : [],
  };
}

const trackingAnnotation = term('Org.OData.Capabilities.V1.ChangeTracking', {
  Record: { PropertyValue: { $: { Property: 'Supported', Bool: true } } },
});

function keysAnnotation(table: Table): Element {
  const Record = table.keys.map(
    ({ columns }): Element => ({
      $: { Type: 'OData.Community.Keys.V1.AlternateKey' },
      PropertyValue: {
        $: { Property: 'Key' },
        Collection: {
          Record: columns.map(
            (name): Element => ({
              $: { Type: 'OData.Community.Keys.V1.PropertyRef' },
              PropertyValue: [
                { $: { Property: 'Alias', String: name } },
                { $: { Property: 'Name', PropertyPath: jsonName(table.columns.get(name)!) } },
              ],
            }),
          ),
        },
      },
    }),
  );
  return term('OData.Community.Keys.V1.AlternateKeys', { Collection: { Record } });
}
