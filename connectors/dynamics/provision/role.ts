import { entities } from '../../../src/model/entities.ts';
import { namedTransforms } from '../../../src/sync/mapping/named-records.ts';
import { planAttribute, planMapping } from '../../../src/sync/mapping/plan.ts';
import type { SourceRequest } from '../../../src/sync/mapping/provision.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import type { XmlOutput } from '../../simulation/xml-write.ts';
import { filterPaths } from '../filter-paths.ts';
import { roleId, roleName } from './publisher.ts';
import { lookupTargets, privilegeOf } from './standard.ts';

type Verb = 'Create' | 'Read' | 'Write' | 'Append' | 'AppendTo';
type Grant = (verb: Verb, table: string) => void;

/**
 * What the connector reads whatever the mappings say: metadata, the organization with its currency, names of users, and
 * its own time zone and roles, by which it proves what it sees.
 */
const always: readonly string[] = [
  'prvReadEntity',
  'prvReadAttribute',
  'prvReadRelationship',
  'prvReadOptionSet',
  'prvReadEntityKey',
  'prvReadOrganization',
  'prvReadTransactionCurrency',
  'prvReadUser',
  'prvReadUserSettings',
  'prvReadRole',
];

/** The contents of Roles/<name>.xml: the least that lets the mappings work, each privilege for the whole organization. */
export function roleXml(request: SourceRequest): { [name: string]: XmlOutput } {
  return {
    $: {
      id: `{${roleId}}`,
      name: roleName,
      isinherited: 0,
      'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    },
    IsCustomizable: 1,
    RolePrivileges: {
      // Less than the whole organization would hide rows without a word, and change tracking refuses to answer.
      RolePrivilege: rolePrivileges(request).map((name) => ({ $: { name, level: 'Global' } })),
    },
  };
}

/** Privileges of the role, sorted. Never Delete, Assign or Share. */
export function rolePrivileges(request: SourceRequest): string[] {
  const granted = new Set(always);
  const grant: Grant = (verb, table) => granted.add(privilegeOf(verb, table));
  for (const mapping of request.mappings) {
    grantReads(mapping, grant);
    grantWrites(mapping, request.mappings, grant);
  }
  return [...granted].sort();
}

function grantReads(mapping: ObjectMapping, grant: Grant): void {
  const { scope } = mapping;
  grant('Read', mapping.object);
  const paths = [
    ...planMapping(mapping).fields,
    ...Object.keys(scope.where ?? {}),
    ...(scope.filter === undefined ? [] : filterPaths(scope.filter)),
  ];
  for (const { object, field, where } of namedTransforms([mapping])) {
    grant('Read', object);
    paths.push(field, ...Object.keys(where ?? {}));
  }
  for (const path of paths) {
    const steps = path.split('.').slice(0, -1);
    for (const table of steps.flatMap(lookupTargets)) grant('Read', table);
  }
}

function grantWrites(mapping: ObjectMapping, mappings: readonly ObjectMapping[], grant: Grant): void {
  const written = Object.entries(mapping.attributes).filter(([, spec]) => spec.direction !== 'in');
  if (written.length > 0) grant('Write', mapping.object);
  if (mapping.create) grant('Create', mapping.object);
  // Setting a lookup joins two rows: one is appended, the other appended to. New rows with amounts get a currency by one.
  const targets = written.flatMap(([attribute]) => writtenTargets(mapping, attribute, mappings));
  if (mapping.create && written.some(([attribute]) => isAmount(mapping, attribute)))
    targets.push('transactioncurrency');
  targets.push(...createdTargets(mapping, mappings));
  if (targets.length > 0) grant('Append', mapping.object);
  for (const table of targets) grant('AppendTo', table);
}

/** Tables to which only rows point that we create. */
function createdTargets(
  { attributes, credits = [] }: ObjectMapping,
  mappings: readonly ObjectMapping[],
): string[] {
  const currencies = Object.values(attributes).flatMap(({ onCreate }) => onCreate?.currency ?? []);
  const partners = mappings.filter(({ entity }) => entity === 'partner').map(({ object }) => object);
  return [...currencies, ...(credits.some(({ onCreate }) => onCreate === true) ? partners : [])];
}

/** Whether the column of an attribute may be one of money. What the solution itself brings for numbers is none. */
function isAmount({ entity, attributes }: ObjectMapping, attribute: string): boolean {
  const spec = attributes[attribute]!;
  if (spec.install !== undefined) return spec.install.type === 'money';
  return ['money', 'decimal'].includes(planAttribute(entity, attribute, spec).type);
}

/** Tables that an attribute can be made to point to; none for what is no lookup. */
function writtenTargets(
  { entity, attributes }: ObjectMapping,
  attribute: string,
  mappings: readonly ObjectMapping[],
): readonly string[] {
  const { field, install, transform } = attributes[attribute]!;
  // A path names the lookup that is set by what stands behind it; an amount may bring its currency along in one.
  const path = (transform?.kind === 'money' ? transform.currencyField : undefined) ?? field;
  if (path.includes('.')) return lookupTargets(path.split('.')[0]!);
  if (install?.type === 'lookup') return [install.to ?? 'account'];
  if (transform?.kind === 'named') return [transform.object];
  const definition = entities[entity].attributes[attribute];
  if (transform?.kind !== 'reference' && definition?.type !== 'ref') return [];
  const { object, entity: other } = transform?.kind === 'reference' ? transform : {};
  if (object !== undefined) return [object];
  const known = lookupTargets(field);
  if (known.length > 0) return known;
  const to = other ?? definition?.to;
  return mappings.filter((each) => each.entity === to).map((each) => each.object);
}
