import { type EntityName, entities } from '../model/entities.ts';
import { type PassConnection, readableMappings } from './engine.ts';
import type { ObjectMapping } from './mapping/schema.ts';

/**
 * Who decides what a record is when several connections hold it. Each attribute has its connections in order of authority;
 * of those that bring it in, the first with a live link to the record decides. See docs/adr/0017.
 */

/** The owners block of a project: by entity and attribute, connections in order of authority. */
export type OwnerRules = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** The key that stands for every attribute without a line of its own. */
export const anyAttribute = 'default';

/** in, both: its readings can decide · out: what it holds at the first meeting can be adopted. */
export type ClaimKind = 'in' | 'both' | 'out';

/** A mapping of a connection that has a say in an attribute. */
export interface Claim {
  connection: string;
  /** null: the mappings cannot be read at the moment, so any object may have a say. */
  object: string | null;
  kind: ClaimKind;
  /** A blank there leaves the attribute to the next one. */
  leavesBlank: boolean;
}

/** What several connections have to say about the same records. */
export interface Ownership {
  /** Whether records of the entity can be linked in several connections. */
  isShared(entity: EntityName): boolean;
  /** All with a say in an attribute, the one with most authority first; those of one connection stand together. */
  claims(entity: EntityName, attribute: string): readonly Claim[];
  /** Attributes in which a connection has a say. */
  claimed(connection: string, entity: EntityName): readonly string[];
  /** Those of them in which others have one too. */
  contested(connection: string, entity: EntityName): readonly string[];
  /** Objects by which a connection brings an entity in. */
  objects(connection: string, entity: EntityName): readonly string[];
  /** Attributes of an entity that other connections write. */
  writtenElsewhere(connection: string, entity: EntityName): ReadonlySet<string>;
  /** The connections, in the order of the project. */
  connections: readonly string[];
}

/** Whether records of an object are of the entity; others only describe one, and follow their lookup. */
export function brings(
  ownership: Ownership | undefined,
  { connection, object, entity }: { connection: string; object: string; entity: EntityName },
): boolean {
  const objects = ownership?.objects(connection, entity) ?? [];
  // Of files, of a connection that is gone and of mappings that cannot be read nothing is known to be otherwise.
  return objects.length === 0 || objects.includes(object);
}

/** Program-owned values that are adopted from a CRM at the first meeting. */
export const adoptedAttributes: readonly string[] = ['tier', 'tierSince'];

/** SQL on tierlink.tier_state: the program moves the tier of the partner; what is held beside a tier is none of a CRM. */
export const movedTierSql = "mode = 'owned' and closed_at is null and not beside";

/** Where our row keeps what was adopted. */
export const adoptedAs: Readonly<Record<string, string>> = { tier: 'crmTier', tierSince: 'crmTierSince' };

interface Party {
  alias: string;
  /** null: not readable. */
  mappings: readonly ObjectMapping[] | null;
}

/**
 * The ownership that a project describes. Mappings that cannot be read are taken to have a say in everything, so that
 * nobody takes over meanwhile.
 */
export function ownershipOf(
  connections: readonly Pick<PassConnection, 'alias' | 'mappings'>[],
  rules: OwnerRules = {},
): Ownership {
  const parties: Party[] = connections.map((each) => ({
    alias: each.alias,
    mappings: readableMappings(each)?.filter(isBringing) ?? null,
  }));
  const isShared = remembered((entity: EntityName) => canBeShared(parties, entity));
  const claims = remembered((entity: EntityName) =>
    remembered((attribute: string) => claimsOf(parties, rules, { entity, attribute })),
  );
  const mapped = (connection: string, entity: EntityName) =>
    (parties.find(({ alias }) => alias === connection)?.mappings ?? []).filter(
      (mapping) => mapping.entity === entity,
    );
  const claimed = (connection: string, entity: EntityName) =>
    attributesOf(mapped(connection, entity)).filter((attribute) =>
      claims(entity)(attribute).some((claim) => claim.connection === connection),
    );
  return {
    connections: parties.map(({ alias }) => alias),
    isShared,
    claims: (entity, attribute) => claims(entity)(attribute),
    claimed,
    contested: (connection, entity) =>
      claimed(connection, entity).filter((attribute) =>
        claims(entity)(attribute).some((claim) => claim.connection !== connection),
      ),
    objects: (connection, entity) => [...new Set(mapped(connection, entity).map(({ object }) => object))],
    writtenElsewhere: (connection, entity) => writtenBy(parties, { entity, except: connection }),
  };
}

/** What only describes records that others bring in decides nothing about them. */
function isBringing({ entity, of }: ObjectMapping): boolean {
  return entities[entity].origin === 'crm' && of === undefined;
}

/**
 * Partners and customers can be found to be the same; of other records only those that carry our id. null, mappings that
 * cannot be read, may mean anything.
 */
function canBeShared(parties: readonly Party[], entity: EntityName): boolean {
  if (entities[entity].origin !== 'crm') return false;
  const holding = parties.filter(
    ({ mappings }) => mappings === null || mappings.some((mapping) => mapping.entity === entity),
  );
  if (holding.length < 2) return false;
  if (entity === 'partner' || entity === 'customer') return true;
  return holding.some(({ mappings }) =>
    mappings?.some((mapping) => mapping.entity === entity && mapping.key !== undefined),
  );
}

function claimsOf(
  parties: readonly Party[],
  rules: OwnerRules,
  of: { entity: EntityName; attribute: string },
): Claim[] {
  const { entity, attribute } = of;
  const named = rules[entity]?.[attribute] ?? rules[entity]?.[anyAttribute] ?? [];
  const place = ({ alias }: Party) => (named.includes(alias) ? named.indexOf(alias) : named.length);
  const ranked = parties.toSorted((left, right) => place(left) - place(right));
  return ranked.flatMap((party) => claimsBy(party, of));
}

function claimsBy(
  { alias, mappings }: Party,
  { entity, attribute }: { entity: EntityName; attribute: string },
): Claim[] {
  if (mappings === null) return [{ connection: alias, object: null, kind: 'in', leavesBlank: false }];
  return mappings.flatMap((mapping) => {
    const spec = mapping.attributes[attribute];
    if (mapping.entity !== entity || spec === undefined) return [];
    if (spec.direction === 'out' && !adoptedAttributes.includes(attribute)) return [];
    const leavesBlank = spec.direction === 'out' || spec.onBlank === 'keep';
    return [{ connection: alias, object: mapping.object, kind: spec.direction, leavesBlank }];
  });
}

function attributesOf(mappings: readonly ObjectMapping[]): string[] {
  return [...new Set(mappings.flatMap(({ attributes }) => Object.keys(attributes)))].sort();
}

function writtenBy(
  parties: readonly Party[],
  { entity, except }: { entity: EntityName; except: string },
): Set<string> {
  const lines = parties
    .filter(({ alias }) => alias !== except)
    .flatMap(({ mappings }) => mappings ?? [])
    .filter((mapping) => mapping.entity === entity)
    .flatMap(({ attributes }) => Object.entries(attributes));
  return new Set(lines.flatMap(([attribute, { direction }]) => (direction === 'in' ? [] : [attribute])));
}

function remembered<Key, Value>(find: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    if (!known.has(key)) known.set(key, find(key));
    return known.get(key)!;
  };
}
