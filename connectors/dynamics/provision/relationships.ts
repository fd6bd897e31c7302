import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import type { XmlOutput } from '../../simulation/xml-write.ts';
import { labelled } from './attribute.ts';
import type { InstalledColumn } from './columns.ts';
import { prefixOf, solutionVersion } from './publisher.ts';
import { schemaNameOf } from './standard.ts';

type Xml = { [name: string]: XmlOutput };

/** A lookup that the solution brings: many rows of `table` point to one of `target`. */
export interface InstalledRelationship {
  name: string;
  table: string;
  column: string;
  target: string;
}

export function installedRelationships(
  columns: readonly InstalledColumn[],
  request: Pick<SourceRequest, 'prefix'>,
): InstalledRelationship[] {
  return columns.flatMap((column) =>
    column.kind === 'lookup'
      ? [
          {
            name: relationshipName(column, prefixOf(request)),
            table: column.table,
            column: column.name,
            target: column.target,
          },
        ]
      : [],
  );
}

/** tierlink_account_decision_accountid: whom it leads to, whose it is, and by which column. */
export function relationshipName(
  { table, name, target }: InstalledColumn & { kind: 'lookup' },
  prefix: string,
): string {
  const bare = [target, table, name].map((each) => each.replace(new RegExp(`^${prefix}_`), ''));
  return `${prefix}_${bare.join('_')}`;
}

/** The contents of Other/Relationships.xml: the names of all of them. */
export function relationshipListXml(relationships: readonly InstalledRelationship[]): Xml {
  return {
    $: { 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance' },
    EntityRelationship: relationships.map(({ name }) => ({ $: { Name: name } })),
  };
}

/** The contents of Other/Relationships/<target>.xml: those that lead to one table. */
export function relationshipsXml(relationships: readonly InstalledRelationship[]): Xml {
  return {
    $: { 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance' },
    EntityRelationship: relationships.map(relationshipXml),
  };
}

/** Deleting the row pointed to clears the lookup, and nothing else follows from one to the other. */
function relationshipXml({ name, table, column, target }: InstalledRelationship): Xml {
  return {
    $: { Name: name },
    EntityRelationshipType: 'OneToMany',
    IsCustomizable: 1,
    IntroducedVersion: solutionVersion,
    IsHierarchical: 0,
    ReferencingEntityName: schemaNameOf(table),
    ReferencedEntityName: schemaNameOf(target),
    CascadeAssign: 'NoCascade',
    CascadeDelete: 'RemoveLink',
    CascadeArchive: 'RemoveLink',
    CascadeReparent: 'NoCascade',
    CascadeShare: 'NoCascade',
    CascadeUnshare: 'NoCascade',
    CascadeRollupView: 'NoCascade',
    IsValidForAdvancedFind: 1,
    ReferencingAttributeName: column,
    RelationshipDescription: { Descriptions: labelled('Description', 'Written by Tierlink.') },
    EntityRelationshipRoles: {
      EntityRelationshipRole: [
        {
          NavPaneDisplayOption: 'UseCollectionName',
          NavPaneArea: 'Details',
          NavPaneOrder: 10_000,
          NavigationPropertyName: column,
          RelationshipRoleType: 1,
        },
        { NavigationPropertyName: name, RelationshipRoleType: 0 },
      ],
    },
  };
}
