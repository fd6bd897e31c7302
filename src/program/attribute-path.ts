import { suggestion } from '../model/closest.ts';
import {
  type AttributeDefinition,
  type AttributeType,
  type EntityName,
  entities,
} from '../model/entities.ts';

/** A path such as customer.country, resolved against the entities: the references to follow, then one attribute. */
export interface AttributePath {
  entity: EntityName;
  /** References followed, each with the entity that it leads to. */
  steps: { attribute: string; to: EntityName }[];
  attribute: string;
  type: AttributeType;
  /** For a ref: the entity that it points to. */
  to?: EntityName;
  /** A name: upper and lower case and blanks make no difference. */
  isName?: true;
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

/** Resolves a path from an entity; a text says what is wrong with it. `extra.<name>` is a custom attribute, as text. */
export function resolvePath(entity: EntityName, path: string): AttributePath | string {
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
  if (parts[0] === 'extra' && parts.length === 2)
    return { entity, steps, attribute: parts.join('.'), type: 'text' };
  const name = parts[0]!;
  const definition = attributeOf(at, name);
  if (definition === undefined) return unknownAttribute(at, name, false);
  return {
    entity,
    steps,
    attribute: name,
    type: definition.type,
    ...(definition.to === undefined ? {} : { to: definition.to }),
    ...(definition.isName === undefined ? {} : { isName: definition.isName }),
  };
}

/** Splits "deal.amount" into its entity and path; a text says what is wrong. */
export function resolveEntityPath(text: string): AttributePath | string {
  const [entity, ...rest] = text.split('.');
  const wrong = checkEntity(entity!);
  if (wrong !== undefined) return wrong;
  if (rest.length === 0) return `names no attribute; write ${entity}.<attribute>`;
  return resolvePath(entity as EntityName, rest.join('.'));
}

/** What is wrong with a word that should name a measurable entity, or undefined. */
export function checkEntity(word: string): string | undefined {
  if (isMeasurable(word)) return undefined;
  return `"${word}" is not something that can be measured; use one of ${measurableEntities.join(', ')}${suggestion(word, measurableEntities)}`;
}

/** What to say of a custom attribute that is used as more than a text. */
export const customIsText =
  'is a custom attribute, and those are read as text: compare them with is, isNot, in, notIn or blank';

export function isCustom({ attribute }: AttributePath): boolean {
  return attribute.startsWith('extra.');
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
