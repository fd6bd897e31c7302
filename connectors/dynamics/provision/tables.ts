import { entities } from '../../../src/model/entities.ts';
import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import type { XmlOutput } from '../../simulation/xml-write.ts';
import { entitySetName } from '../names.ts';
import { attributeXml, labelled, primaryKeyXml } from './attribute.ts';
import type { InstalledColumn } from './columns.ts';
import { isOurs, prefixOf, solutionVersion } from './publisher.ts';
import { schemaNameOf } from './standard.ts';

type Xml = { [name: string]: XmlOutput };

/** A table that the solution brings, or one that is there and gets further columns. */
export interface InstalledTable {
  name: string;
  schemaName: string;
  /** Absent for a table that is there. */
  own?: { label: string; plural: string };
  columns: readonly InstalledColumn[];
  /** Columns that are alternate keys by themselves. */
  keys: readonly string[];
}

/** Tables of the solution, by name: own ones are those in which a mapping creates rows. */
export function installedTables(
  request: SourceRequest,
  columns: readonly InstalledColumn[],
): InstalledTable[] {
  const names = [...new Set(columns.map(({ table }) => table))].sort();
  return names.map((name) => {
    const mappings = request.mappings.filter(({ object }) => object === name);
    const creating = isOurs(name, request) ? mappings.find(({ create }) => create) : undefined;
    const own = columns.filter(({ table }) => table === name);
    return {
      name,
      schemaName: schemaNameOf(name),
      columns: creating === undefined ? own : withPrimaryName(name, own, prefixOf(request)),
      keys: [
        ...new Set(mappings.flatMap(({ key }) => (key !== undefined && isOurs(key, request) ? [key] : []))),
      ],
      ...(creating === undefined ? {} : { own: wordsOf(creating) }),
    };
  });
}

function wordsOf({ entity }: ObjectMapping): { label: string; plural: string } {
  const { label, plural } = entities[entity];
  return { label: `Tierlink ${label}`, plural: `Tierlink ${plural}` };
}

/** Every table has one text that names its rows; where no attribute is that, the platform numbers them. */
function withPrimaryName(
  table: string,
  columns: readonly InstalledColumn[],
  prefix: string,
): InstalledColumn[] {
  const name = `${prefix}_name`;
  const isName = (column: InstalledColumn) => column.kind === 'text' && column.name === name;
  if (columns.some(isName))
    return columns.map((column) => (isName(column) ? { ...column, isPrimaryName: true } : column));
  const numbered: InstalledColumn = {
    table,
    name,
    label: 'Number',
    kind: 'text',
    length: 100,
    isPrimaryName: true,
    autoNumber: '{SEQNUM:7}',
    why: [],
  };
  return [numbered, ...columns];
}

/** The contents of Entities/<table>/Entity.xml. */
export function entityXml(table: InstalledTable): Xml {
  const title = table.own?.label ?? table.schemaName;
  return {
    $: { 'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance' },
    Name: { $: { LocalizedName: title, OriginalName: title }, _: table.schemaName },
    EntityInfo: { entity: table.own === undefined ? extendedXml(table) : ownXml(table, table.own) },
    FormXml: '',
    SavedQueries: '',
    RibbonDiffXml: '',
  };
}

/** Of a table that is there the file holds what is added, and that nothing else of it changed. */
function extendedXml(table: InstalledTable): Xml {
  return {
    $: { Name: table.schemaName, unmodified: 1 },
    attributes: { attribute: table.columns.map(attributeXml) },
    ...keysXml(table),
  };
}

function ownXml(table: InstalledTable, own: { label: string; plural: string }): Xml {
  const attributes = [primaryKeyXml(table.name, own.label), ...table.columns.map(attributeXml)];
  return {
    $: { Name: table.schemaName },
    LocalizedNames: labelled('LocalizedName', own.label),
    LocalizedCollectionNames: labelled('LocalizedCollectionName', own.plural),
    Descriptions: labelled('Description', 'Written by Tierlink.'),
    attributes: { attribute: attributes },
    ...keysXml(table),
    EntitySetName: entitySetName(table.name),
    ...tableFlags,
  };
}

/** The name of the alternate key of a column. */
export function keyNameOf(column: string): string {
  return `${column}key`;
}

function keysXml({ keys }: InstalledTable): Xml {
  if (keys.length === 0) return {};
  const key = keys.map((column) => ({
    Name: keyNameOf(column),
    LogicalName: keyNameOf(column),
    IntroducedVersion: solutionVersion,
    IsCustomizable: 1,
    EntityKeyAttributes: { AttributeName: column },
    displaynames: labelled('displayname', 'Tierlink Id'),
  }));
  return { EntityKeys: { EntityKey: key } };
}

/** Rows belong to the organization: there is no owner to assign, and reading is all or nothing. */
const tableFlags: Xml = {
  IsDuplicateCheckSupported: 0,
  IsBusinessProcessEnabled: 0,
  IsRequiredOffline: 0,
  IsInteractionCentricEnabled: 0,
  IsCollaboration: 0,
  AutoRouteToOwnerQueue: 0,
  IsConnectionsEnabled: 0,
  IsDocumentManagementEnabled: 0,
  AutoCreateAccessTeams: 0,
  IsOneNoteIntegrationEnabled: 0,
  IsKnowledgeManagementEnabled: 0,
  IsSLAEnabled: 0,
  IsDocumentRecommendationsEnabled: 0,
  IsBPFEntity: 0,
  OwnershipTypeMask: 'OrgOwned',
  IsAuditEnabled: 0,
  IsRetrieveAuditEnabled: 0,
  IsRetrieveMultipleAuditEnabled: 0,
  IsActivity: 0,
  ActivityTypeMask: '',
  IsActivityParty: 0,
  IsReplicated: 0,
  IsReplicationUserFiltered: 0,
  IsMailMergeEnabled: 0,
  IsVisibleInMobile: 0,
  IsVisibleInMobileClient: 0,
  IsReadOnlyInMobileClient: 1,
  IsOfflineInMobileClient: 0,
  DaysSinceRecordLastModified: 0,
  MobileOfflineFilters: '',
  IsMapiGridEnabled: 1,
  IsReadingPaneEnabled: 1,
  IsQuickCreateEnabled: 0,
  SyncToExternalSearchIndex: 0,
  IntroducedVersion: solutionVersion,
  IsCustomizable: 1,
  IsRenameable: 1,
  IsMappable: 1,
  CanModifyAuditSettings: 1,
  CanModifyMobileVisibility: 1,
  CanModifyMobileClientVisibility: 1,
  CanModifyMobileClientReadOnly: 1,
  CanModifyMobileClientOffline: 1,
  CanModifyConnectionSettings: 1,
  CanModifyDuplicateDetectionSettings: 1,
  CanModifyMailMergeSettings: 1,
  CanModifyQueueSettings: 1,
  CanCreateAttributes: 1,
  CanCreateForms: 1,
  CanCreateCharts: 1,
  CanCreateViews: 1,
  CanModifyAdditionalSettings: 1,
  CanEnableSyncToExternalSearchIndex: 1,
  EnforceStateTransitions: 0,
  CanChangeHierarchicalRelationship: 1,
  EntityHelpUrlEnabled: 0,
  ChangeTrackingEnabled: 1,
  CanChangeTrackingBeEnabled: 1,
  IsEnabledForExternalChannels: 0,
  IsSolutionAware: 0,
};
