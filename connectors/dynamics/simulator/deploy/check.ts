import type { Securable } from '../access.ts';
import { columnOf } from '../metadata-body.ts';
import type { Org } from '../org.ts';
import type { Table } from '../types.ts';
import type { AttributeSource } from './attribute.ts';
import type { EntitySource, KeySource } from './entity.ts';
import { attempt } from './files.ts';
import type { Manifest } from './manifest.ts';
import type { RelationshipSource } from './relationship.ts';
import { knownPrivileges, type RoleSource, roleProblems } from './role.ts';

/** A solution, read. */
export interface SolutionSource {
  manifest: Manifest;
  entities: EntitySource[];
  relationships: RelationshipSource[];
  roles: RoleSource[];
}

/** What the platform would refuse a solution for, each with its file; nothing is changed. */
export function solutionProblems(org: Org, source: SolutionSource): string[] {
  const problems: string[] = [];
  const { manifest, entities, relationships, roles } = source;
  for (const name of manifest.tables.keys()) {
    if (!entities.some(({ logicalName }) => logicalName === name))
      problems.push(
        `Other/Solution.xml: The entity ${name} is a root component, and its Entity.xml is missing.`,
      );
  }
  for (const entity of entities) {
    const check = checkOf(org, source, entity);
    for (const step of [checkTable, checkColumns, checkKeys]) step(check);
    problems.push(...check.problems.map((problem) => `${entity.path}: ${problem}`));
  }
  for (const each of relationships) attempt(problems, each.path, () => checkRelationship(org, source, each));
  const known = knownPrivileges([...org.schema.tables(), ...comingTables(entities)]);
  for (const role of roles) {
    if (!manifest.roles.has(role.id)) problems.push(`${role.path}: The role is no root component.`);
    problems.push(...roleProblems(known, role).map((problem) => `${role.path}: ${problem}`));
  }
  return problems;
}

function comingTables(entities: readonly EntitySource[]): Securable[] {
  return entities.flatMap(({ logicalName, schemaName, properties }) =>
    properties === undefined
      ? []
      : [{ logicalName, schemaName, activity: false, ownership: properties.ownership }],
  );
}

interface EntityCheck {
  org: Org;
  source: SolutionSource;
  entity: EntitySource;
  /** The table that is there already. */
  table: Table | undefined;
  problems: string[];
}

function checkOf(org: Org, source: SolutionSource, entity: EntitySource): EntityCheck {
  return { org, source, entity, table: org.schema.table(entity.logicalName), problems: [] };
}

function hasPrefix({ manifest }: SolutionSource, name: string): boolean {
  return name.toLowerCase().startsWith(`${manifest.prefix.toLowerCase()}_`);
}

function wrongPrefix({ manifest }: SolutionSource, name: string): string {
  return `The name ${name} does not start with the customization prefix '${manifest.prefix}' of the publisher.`;
}

function checkTable({ source, entity, table, problems }: EntityCheck): void {
  const { logicalName, schemaName, properties } = entity;
  const root = source.manifest.tables.get(logicalName);
  if (root === undefined) problems.push(`The entity ${schemaName} is no root component.`);
  if (properties === undefined) {
    if (table === undefined) problems.push(`The entity with a name = '${logicalName}' was not found.`);
    return;
  }
  if (!hasPrefix(source, schemaName)) problems.push(wrongPrefix(source, schemaName));
  if (table !== undefined && table.ownership !== properties.ownership)
    problems.push(
      `The ownership of ${schemaName} cannot change from ${table.ownership} to ${properties.ownership}.`,
    );
  checkOwnColumns(entity, problems);
}

function checkOwnColumns({ logicalName, schemaName, attributes }: EntitySource, problems: string[]): void {
  const keys = attributes.filter(({ kind }) => kind === 'primaryKey');
  if (keys.length !== 1 || keys[0]!.logicalName !== `${logicalName}id`)
    problems.push(`The entity ${schemaName} needs ${logicalName}id as its primary key.`);
  const names = attributes.filter(({ isPrimaryName }) => isPrimaryName);
  if (names.length !== 1) problems.push(`The entity ${schemaName} needs one attribute as its primary name.`);
}

function checkColumns(check: EntityCheck): void {
  const { source, entity, problems } = check;
  for (const attribute of entity.attributes) {
    if (attribute.kind === 'primaryKey') continue;
    if (!hasPrefix(source, attribute.schemaName)) problems.push(wrongPrefix(source, attribute.schemaName));
    else if (attribute.kind === 'lookup') checkLookup(check, attribute);
    else checkColumn(check, attribute);
  }
}

function checkLookup({ source, entity, table, problems }: EntityCheck, attribute: AttributeSource): void {
  const { logicalName, schemaName } = attribute;
  const own = source.relationships.filter(
    (each) => each.referencing === entity.logicalName && each.column === logicalName,
  );
  if (own.length === 0) problems.push(`The lookup ${schemaName} has no relationship.`);
  const before = table?.columns.get(logicalName);
  if (before !== undefined && before.targets === undefined)
    problems.push(`The type of ${schemaName} cannot change from ${before.type} to Lookup.`);
}

function checkColumn({ entity, table, problems }: EntityCheck, attribute: AttributeSource): void {
  try {
    const column = columnOf(entity.logicalName, attribute.body);
    const before = table?.columns.get(attribute.logicalName);
    if (before !== undefined && before.type !== column.type)
      problems.push(
        `The type of ${attribute.schemaName} cannot change from ${before.type} to ${column.type}.`,
      );
  } catch (error) {
    problems.push(
      `Attribute ${attribute.schemaName}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/define-alternate-keys-entity */
const mostKeys = 10;

function checkKeys(check: EntityCheck): void {
  const { source, entity, table, problems } = check;
  for (const key of entity.keys) {
    if (!hasPrefix(source, key.SchemaName)) problems.push(wrongPrefix(source, key.SchemaName));
    for (const name of missingColumns(check, key))
      problems.push(`The key ${key.SchemaName} names the attribute ${name}, which does not exist.`);
    const same = table?.keys.find((each) => isSameKey(each.columns, key.KeyAttributes));
    if (same !== undefined && same.logicalName !== keyName(key))
      problems.push(`The key ${same.schemaName} has the attributes of ${key.SchemaName} already.`);
  }
  const names = [...(table?.keys ?? []).map((key) => key.logicalName), ...entity.keys.map(keyName)];
  if (new Set(names).size > mostKeys)
    problems.push(`The entity ${entity.schemaName} has more than ${mostKeys} keys.`);
}

function isSameKey(left: readonly string[], right: readonly string[]): boolean {
  return [...left].sort().join() === [...right].sort().join();
}

const keyName = ({ SchemaName }: KeySource): string => SchemaName.toLowerCase();

function missingColumns({ entity, table }: EntityCheck, { KeyAttributes }: KeySource): string[] {
  const coming = new Set(entity.attributes.map(({ logicalName }) => logicalName));
  if (KeyAttributes.length === 0) return ['(none)'];
  return KeyAttributes.filter((name) => !coming.has(name) && table?.columns.has(name) !== true);
}

function checkRelationship(org: Org, source: SolutionSource, each: RelationshipSource): void {
  if (!hasPrefix(source, each.name)) throw new Error(wrongPrefix(source, each.name));
  const isComing = source.entities.some(
    ({ logicalName, properties }) => logicalName === each.referenced && properties !== undefined,
  );
  if (!isComing && org.schema.table(each.referenced) === undefined)
    throw new Error(
      `Relationship ${each.name}: The entity with a name = '${each.referenced}' was not found.`,
    );
  const taken = [...org.schema.relationships()].find(
    ({ schemaName }) => schemaName.toLowerCase() === each.name.toLowerCase(),
  );
  if (taken !== undefined && (taken.referencing !== each.referencing || taken.column !== each.column))
    throw new Error(`A relationship with the name ${each.name} already exists.`);
  const lookup = source.entities
    .find(({ logicalName }) => logicalName === each.referencing)
    ?.attributes.find(({ logicalName, kind }) => logicalName === each.column && kind === 'lookup');
  if (lookup === undefined)
    throw new Error(`Relationship ${each.name}: ${each.referencing} has no lookup ${each.column}.`);
}
