import { suggestion } from '../model/closest.ts';
import {
  type AttributeDefinition,
  type AttributeType,
  type EntityName,
  entities,
} from '../model/entities.ts';
import { nameKey } from '../model/values.ts';
import { type CustomTypes, customTypeOf } from './custom-attributes.ts';
import type { PathKey } from './source.ts';

/** A path such as customer.country, resolved against the entities: the references to follow, then one attribute. */
export interface AttributePath {
  entity: EntityName;
  /** References followed, each with the entity that it leads to. */
  steps: { attribute: string; to: EntityName }[];
  attribute: string;
  type: AttributeType;
  /** For a ref: the entity that it points to. */
  to?: EntityName;
  /** A text, which rules compare without regard to upper and lower case and blanks (ADR 0042). */
  isText: boolean;
}

/** Entities whose records belong to a partner, so that they can be measured. */
export const measurableEntities = [
  'deal',
  'lead',
  'person',
  'certification',
  'case',
  'fact',
  'partner',
] as const;
export type MeasurableEntity = (typeof measurableEntities)[number];

/** What the program decides itself must not decide anything: these attributes cannot be read by rules. */
const ownAttributes = new Set([
  'tier',
  'tierSince',
  'tierNextReview',
  'tierStatus',
  'tierSummary',
  'tierDecision',
]);

export function isMeasurable(entity: string): entity is MeasurableEntity {
  return (measurableEntities as readonly string[]).includes(entity);
}

/** Attributes of an entity that rules can read. */
export function readableAttributes(entity: EntityName): [string, AttributeDefinition][] {
  return Object.entries(entities[entity].attributes).filter(
    ([name]) => entity !== 'partner' || !ownAttributes.has(name),
  );
}

/**
 * Resolves a path from an entity; a text says what is wrong with it. `custom`: what the program reads attributes of one's own
 * (extra.<name>) as. (Default: texts, for those who ask only what is read)
 */
export function resolvePath(
  entity: EntityName,
  path: string,
  custom: CustomTypes = {},
): AttributePath | string {
  const parts = path.split('.');
  const steps: AttributePath['steps'] = [];
  let at = entity;
  while (parts.length > 1 && parts[0] !== 'extra') {
    const name = parts.shift()!;
    const definition = attributeOf(at, name);
    if (definition?.type !== 'ref' || definition.to === undefined) return unknownAttribute(at, name, true);
    steps.push({ attribute: name, to: definition.to });
    at = definition.to;
  }
  if (parts[0] === 'extra' && parts.length === 2) {
    const attribute = parts.join('.');
    const type = customTypeOf(custom, at, attribute);
    return { entity, steps, attribute, type, isText: isTextType(type) };
  }
  const name = parts[0]!;
  const definition = attributeOf(at, name);
  if (definition === undefined) return unknownAttribute(at, name, false);
  return {
    entity,
    steps,
    attribute: name,
    type: definition.type,
    ...(definition.to === undefined ? {} : { to: definition.to }),
    isText: isTextType(definition.type),
  };
}

/** Splits "deal.amount" into its entity and path; a text says what is wrong. */
export function resolveEntityPath(text: string, custom: CustomTypes = {}): AttributePath | string {
  const [entity, ...rest] = text.split('.');
  const wrong = checkEntity(entity!);
  if (wrong !== undefined) return wrong;
  if (rest.length === 0) return `names no attribute; write ${entity}.<attribute>`;
  return resolvePath(entity as EntityName, rest.join('.'), custom);
}

/** What is wrong with a word that should name a measurable entity, or undefined. */
export function checkEntity(word: string): string | undefined {
  if (isMeasurable(word)) return undefined;
  return `"${word}" is not something that can be measured; use one of ${measurableEntities.join(', ')}${suggestion(word, measurableEntities)}`;
}

/** What an attribute is, where something else is needed; of one's own, also how to make it another type. */
export function typeText(path: AttributePath, wanted = 'number'): string {
  if (!isCustom(path)) return `is ${path.type}`;
  return `is an attribute of your own that is read as ${path.type === 'decimal' ? 'number' : path.type}; say what it is under "attributes", such as ${ownerOf(path)}.${path.attribute}: ${wanted}`;
}

/** Where the file says what an attribute of one's own is, for findings that rest on that; nowhere for others. */
export function typePlaces(path: AttributePath): PathKey[][] {
  return isCustom(path) ? [['attributes', `${ownerOf(path)}.${path.attribute}`]] : [];
}

/** Whether values of a type are texts. Lists hold keys of the program, such as partner types, and are spelt as those are. */
export function isTextType(type: AttributeType): boolean {
  return type === 'text' || type === 'choice';
}

/** A value of an attribute in the form in which rules compare it: of a text, upper and lower case and blanks make no difference. */
export function comparedAs({ isText }: { isText: boolean }, value: string): string {
  return isText ? nameKey(value) : value;
}

export function isCustom({ attribute }: AttributePath): boolean {
  return attribute.startsWith('extra.');
}

/** The entity that has the attribute at the end of a path. */
export function ownerOf({ entity, steps }: AttributePath): EntityName {
  return steps.at(-1)?.to ?? entity;
}

/** Every entity that a path reads, the one that it starts from included. */
export function entitiesOfPath(path: AttributePath): EntityName[] {
  return [path.entity, ...path.steps.map(({ to }) => to)];
}

function attributeOf(entity: EntityName, name: string): AttributeDefinition | undefined {
  return readableAttributes(entity).find(([key]) => key === name)?.[1];
}

function unknownAttribute(entity: EntityName, name: string, asReference: boolean): string {
  const names = readableAttributes(entity)
    .filter(([, { type }]) => !asReference || type === 'ref')
    .map(([key]) => key);
  const what = asReference ? 'is not a reference' : 'is not an attribute';
  return `"${name}" ${what} of ${entity}${suggestion(name, names) || `; it has ${names.join(', ')}`}`;
}
