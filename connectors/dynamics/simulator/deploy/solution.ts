import { columnOf } from '../metadata-body.ts';
import { makeColumn, makeKey, makeRelationship, makeTable } from '../metadata-make.ts';
import type { Org } from '../org.ts';
import { putPackage } from '../packages.ts';
import type { Table } from '../types.ts';
import type { AttributeSource } from './attribute.ts';
import { type SolutionSource, solutionProblems } from './check.ts';
import { type EntitySource, readEntity } from './entity.ts';
import {
  attempt,
  DeployProblem,
  filesOf,
  readSolutionXml,
  type SolutionFile,
  type SolutionXml,
} from './files.ts';
import { readManifest } from './manifest.ts';
import { type RelationshipSource, readRelationships } from './relationship.ts';
import { applyRole, assignRole, knownPrivileges, readRole } from './role.ts';

/** What an import brought, by name; what was there already is named again. */
export interface Deployed {
  solution: string;
  tables: string[];
  /** table.column */
  columns: string[];
  keys: string[];
  relationships: string[];
  roles: string[];
  /** Files of kinds that the simulator does not look into. */
  ignored: string[];
}

/**
 * Imports an unpacked solution, a folder or its files, as an administrator would who packs it first: tables, columns, keys,
 * relationships and roles, which the users named get. Importing it again brings it up to date. Throws DeployProblem with
 * everything that the platform would refuse, and keeps nothing then.
 */
export function deploySolution(
  org: Org,
  solution: string | readonly SolutionFile[],
  options: { assignTo?: readonly string[] } = {},
): Deployed {
  const xml = readSolutionXml(typeof solution === 'string' ? filesOf(solution) : solution);
  const source = readSolution(xml);
  const problems = solutionProblems(org, source);
  if (problems.length > 0) throw new DeployProblem(problems);
  apply(org, source);
  for (const userId of options.assignTo ?? []) {
    for (const { id } of source.roles) assignRole(org, id, userId);
  }
  const { manifest, entities, relationships, roles } = source;
  return {
    solution: manifest.uniqueName,
    tables: entities.map(({ logicalName }) => logicalName),
    columns: entities.flatMap(({ logicalName: table, attributes }) =>
      attributes.map(({ logicalName }) => `${table}.${logicalName}`),
    ),
    keys: entities.flatMap(({ keys }) => keys.map(({ SchemaName }) => SchemaName)),
    relationships: relationships.map(({ name }) => name),
    roles: roles.map(({ name }) => name),
    ignored: xml.ignored,
  };
}

function readSolution(xml: SolutionXml): SolutionSource {
  const problems: string[] = [];
  const source: Omit<SolutionSource, 'manifest'> = { entities: [], relationships: [], roles: [] };
  let manifest: SolutionSource['manifest'] | undefined;
  attempt(problems, xml.manifest.path, () => {
    manifest = readManifest(xml.manifest.element);
  });
  for (const { path, element } of xml.entities)
    attempt(problems, path, () => source.entities.push(readEntity(path, element)));
  for (const { path, element } of xml.relationships)
    attempt(problems, path, () => source.relationships.push(...readRelationships(path, element)));
  for (const { path, element } of xml.roles)
    attempt(problems, path, () => source.roles.push(readRole(path, element)));
  if (problems.length > 0 || manifest === undefined) throw new DeployProblem(problems);
  return { ...source, manifest };
}

/** Tables come first, then columns, then what joins them. */
function apply(org: Org, { manifest, entities, relationships, roles }: SolutionSource): void {
  putPackage(org, { ...manifest, solution: manifest.uniqueName });
  for (const entity of entities) applyTable(org, entity);
  for (const entity of entities) {
    const table = org.table(entity.logicalName);
    for (const attribute of entity.attributes) applyColumn(org, table, attribute);
  }
  for (const relationship of relationships) applyRelationship(org, entities, relationship);
  for (const entity of entities) applyKeys(org, entity);
  const known = knownPrivileges(org.schema.tables());
  for (const role of roles) applyRole(org, role, known);
}

function applyTable(org: Org, { logicalName, schemaName, properties, attributes }: EntitySource): void {
  if (properties === undefined) return;
  const known = org.schema.table(logicalName);
  if (known !== undefined) {
    // Once on, change tracking cannot be turned off.
    known.changeTracking ||= properties.changeTracking;
    return;
  }
  makeTable(org.schema, {
    SchemaName: schemaName,
    DisplayName: properties.label,
    DisplayCollectionName: properties.plural,
    OwnershipType: properties.ownership,
    ChangeTrackingEnabled: properties.changeTracking,
    EntitySetName: properties.entitySet,
    Attributes: attributes.filter(({ isPrimaryName }) => isPrimaryName).map(({ body }) => body),
  });
}

function applyColumn(org: Org, table: Table, { kind, logicalName, body }: AttributeSource): void {
  if (kind !== 'column') return;
  if (!table.columns.has(logicalName)) makeColumn(org.schema, table, body);
  else table.columns.set(logicalName, columnOf(table.logicalName, body));
}

function applyRelationship(
  org: Org,
  entities: readonly EntitySource[],
  { name, referencing, referenced, column, onDelete }: RelationshipSource,
): void {
  if (org.table(referencing).columns.has(column)) return;
  const entity = entities.find(({ logicalName }) => logicalName === referencing)!;
  makeRelationship(org.schema, {
    SchemaName: name,
    ReferencedEntity: referenced,
    ReferencingEntity: referencing,
    CascadeConfiguration: { Delete: onDelete },
    Lookup: entity.attributes.find(({ logicalName }) => logicalName === column)!.body,
  });
}

function applyKeys(org: Org, { logicalName, keys }: EntitySource): void {
  const table = org.table(logicalName);
  for (const key of keys) {
    const isKnown = table.keys.some((each) => each.logicalName === key.SchemaName.toLowerCase());
    if (!isKnown) makeKey(org.state, table, key);
  }
}
