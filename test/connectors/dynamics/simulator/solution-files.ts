import type { SolutionFile } from '../../../../connectors/dynamics/simulator/deploy/files.ts';

const label = (list: string, item: string, text: string): string =>
  `<${list}><${item} description="${text}" languagecode="1033" /></${list}>`;

/** A column of an Entity.xml: its type, and further elements. */
export function attribute(name: string, type: string, more = ''): string {
  return `<attribute PhysicalName="${name}"><Type>${type}</Type><LogicalName>${name.toLowerCase()}</LogicalName><RequiredLevel>none</RequiredLevel>${more}${label('displaynames', 'displayname', name)}</attribute>`;
}

export const text = (name: string, more = ''): string =>
  attribute(name, 'nvarchar', `<MaxLength>40</MaxLength>${more}`);

export function key(name: string, column: string): string {
  return `<EntityKeys><EntityKey><Name>${name}</Name><EntityKeyAttributes><AttributeName>${column}</AttributeName></EntityKeyAttributes></EntityKey></EntityKeys>`;
}

/** A table that is there, with what is added to it. */
export function extended(schemaName: string, attributes: string, keys = ''): SolutionFile {
  const xml = `<entity Name="${schemaName}" unmodified="1"><attributes>${attributes}</attributes>${keys}</entity>`;
  return {
    path: `Entities/${schemaName}/Entity.xml`,
    text: `<Entity><EntityInfo>${xml}</EntityInfo></Entity>`,
  };
}

/** A table of the solution's own, with its primary key and its name. */
export function ownTable(
  schemaName: string,
  { attributes = '', ownership = 'OrgOwned', keys = '' } = {},
): SolutionFile {
  const own = [
    attribute(`${schemaName}Id`, 'primarykey'),
    text('nw_Name', '<DisplayMask>PrimaryName|ValidForForm</DisplayMask>'),
  ].join('');
  const xml = `<entity Name="${schemaName}">${label('LocalizedNames', 'LocalizedName', 'Thing')}${label('LocalizedCollectionNames', 'LocalizedCollectionName', 'Things')}<attributes>${own}${attributes}</attributes>${keys}<OwnershipTypeMask>${ownership}</OwnershipTypeMask><ChangeTrackingEnabled>1</ChangeTrackingEnabled></entity>`;
  return {
    path: `Entities/${schemaName}/Entity.xml`,
    text: `<Entity><EntityInfo>${xml}</EntityInfo></Entity>`,
  };
}

/** A lookup from one table to another. */
export function relationship(name: string, [from, column, to]: [string, string, string]): SolutionFile {
  const xml = `<EntityRelationship Name="${name}"><EntityRelationshipType>OneToMany</EntityRelationshipType><ReferencingEntityName>${from}</ReferencingEntityName><ReferencedEntityName>${to}</ReferencedEntityName><CascadeDelete>RemoveLink</CascadeDelete><ReferencingAttributeName>${column}</ReferencingAttributeName></EntityRelationship>`;
  return { path: `Other/Relationships/${to}.xml`, text: `<EntityRelationships>${xml}</EntityRelationships>` };
}

export const roleId = '11111111-2222-4333-8444-555555555555';

/** A role with privileges such as prvReadAccount:Global. */
export function role(privileges: readonly string[]): SolutionFile {
  const xml = privileges
    .map((each) => each.split(':'))
    .map(([name, level]) => `<RolePrivilege name="${name}" level="${level}" />`);
  return {
    path: 'Roles/Sync.xml',
    text: `<Role id="{${roleId}}" name="Sync"><RolePrivileges>${xml.join('')}</RolePrivileges></Role>`,
  };
}

/** A solution of the publisher nw with these files, and what the manifest says of itself. */
export function solution(
  files: readonly SolutionFile[],
  manifest: Partial<typeof manifestParts> = {},
): SolutionFile[] {
  const tables = files
    .filter(({ path }) => path.startsWith('Entities/'))
    .map(({ path, text: xml }) => {
      const behavior = xml.includes('unmodified="1"') ? 2 : 0;
      return `<RootComponent type="1" schemaName="${path.split('/')[1]?.toLowerCase()}" behavior="${behavior}" />`;
    });
  const roles = files.some(({ path }) => path.startsWith('Roles/'))
    ? [`<RootComponent type="20" id="{${roleId}}" behavior="0" />`]
    : [];
  const parts = { ...manifestParts, roots: [...tables, ...roles].join(''), ...manifest };
  const xml = `<SolutionManifest>${parts.name}${parts.version}${parts.publisher}<RootComponents>${parts.roots}</RootComponents></SolutionManifest>`;
  return [
    { path: 'Other/Solution.xml', text: `<ImportExportXml>${xml}</ImportExportXml>` },
    { path: 'Other/Customizations.xml', text: '<ImportExportXml />' },
    ...files,
  ];
}

const manifestParts = {
  name: '<UniqueName>Northwind</UniqueName>',
  version: '<Version>1.0.0.0</Version>',
  publisher: publisher('nw', '85743'),
  roots: '',
};

export function publisher(prefix: string, options: string): string {
  return `<Publisher><UniqueName>northwind</UniqueName><CustomizationPrefix>${prefix}</CustomizationPrefix><CustomizationOptionValuePrefix>${options}</CustomizationOptionValuePrefix></Publisher>`;
}
