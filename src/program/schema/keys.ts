import { closest, suggest } from '../../model/closest.ts';
import { entities } from '../../model/entities.ts';

export type JsonSchema = Record<string, unknown>;

/** The keys that a file may have at a path, by its JSON Schema; empty where any key is allowed or none is. */
export function keysAt(schema: JsonSchema, path: readonly PropertyKey[]): string[] {
  const walk = walkOf(schema);
  let nodes: JsonSchema[] = [schema];
  for (const key of path) nodes = nodes.flatMap(walk.alternatives).flatMap((node) => step(node, key));
  const keys = nodes
    .flatMap(walk.alternatives)
    .flatMap((node) => Object.keys(objectAt(node, 'properties') ?? {}));
  return [...new Set(keys)];
}

/** How people call what the schema names otherwise. */
const words: Readonly<Record<string, string>> = {
  filter: 'condition',
  oneWindow: 'window',
  aggregateCondition: 'condition of has or having',
  otherKpi: 'bound that is a KPI',
};

/** What people write who know other languages than this one. */
const synonyms: Readonly<Record<string, string>> = {
  and: 'all',
  or: 'any',
  min: 'atLeast',
  minimum: 'atLeast',
  max: 'atMost',
  maximum: 'atMost',
  above: 'moreThan',
  below: 'lessThan',
  equals: 'is',
  equal: 'is',
};

const attributes = new Set(Object.values(entities).flatMap((entity) => Object.keys(entity.attributes)));

/** Why a file may not have a key at a path, with the key that was meant, which is never the same word, or where it belongs. */
export function unknownKeyReason(schema: JsonSchema, path: readonly PropertyKey[], key: string): string {
  const here = keysAt(schema, path);
  if (here.includes(key)) return `"${key}" cannot stand beside the other keys here`;
  const [, name, value] = /^([A-Za-z]\w*):(\S.*)$/.exec(key) ?? [];
  if (name !== undefined) return `a blank is missing behind the colon; write ${name}: ${value}`;
  if (/^-\w/.test(key))
    return `"${key}" is not a known key; an entry of a list has a blank behind its dash: - ${key.slice(1)}`;
  const isOfCondition = here.includes('attribute');
  if (isOfCondition && attributes.has(key))
    return `"${key}" is an attribute; a condition on it is written like { attribute: ${key}, is: ... }`;
  const synonym = synonyms[key];
  const near = synonym !== undefined && here.includes(synonym) ? synonym : closest(key, here);
  // A key of a block that can stand here was meant as it is, however near another one is.
  const isInside = here.some((block) => keysAt(schema, [...path, block]).includes(key));
  if (near !== undefined && !isInside) return `"${key}" is not a known key${suggest(near)}`;
  const places = placesOfKeys(schema);
  const placeOf = (known: string) => `belongs ${orList(places.get(known) ?? [])}`;
  if (places.has(key)) return `"${key}" is not a known key here; it ${placeOf(key)}`;
  const elsewhere = closest(key, places.keys());
  if (elsewhere !== undefined)
    return `"${key}" is not a known key${suggest(elsewhere)} That ${placeOf(elsewhere)}`;
  if (/\s/.test(key))
    return `"${key}" is not a known key; where it is the end of a text, put the whole text in quotes: between braces a comma ends it`;
  return `"${key}" is not a known key${here.length === 0 ? '' : `; the keys here are ${here.join(', ')}`}`;
}

function orList(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`;
}

const topPlace = 'at the top of the file';

/** Where each key of a file can stand, in words, by key. */
function placesOfKeys(schema: JsonSchema): Map<string, string[]> {
  const places = new Map<string, string[]>();
  const seen = new Set<JsonSchema>();
  const walk = walkOf(schema);
  /** path: keys from the top, or from the named part of the schema that this is in. */
  const visit = (node: JsonSchema, place: { words: string; path: string }): void => {
    const fresh = walk.alternatives(node).filter((one) => !seen.has(one));
    for (const one of fresh) {
      seen.add(one);
      const name = walk.nameOf(one);
      const here = name === undefined ? place : { words: `in a ${name}`, path: name };
      for (const key of Object.keys(objectAt(one, 'properties') ?? {}))
        places.set(key, [...new Set([...(places.get(key) ?? []), here.words])]);
      for (const [key, inner] of innerOf(one)) {
        const path = [here.path, key].filter((part) => part !== '').join('.');
        visit(inner, key === '' ? here : { words: `in ${path}`, path });
      }
    }
  };
  visit(schema, { words: topPlace, path: '' });
  return places;
}

/** What stands inside, by key; an item of a list has none of its own. */
function innerOf(node: JsonSchema): [key: string, inner: JsonSchema][] {
  const properties = Object.entries(objectAt(node, 'properties') ?? {}) as [string, JsonSchema][];
  const items = objectAt(node, 'items');
  const any = objectAt(node, 'additionalProperties');
  return [
    ...properties,
    ...(items === undefined ? [] : [['', items] as [string, JsonSchema]]),
    ...(any === undefined ? [] : [['<name>', any] as [string, JsonSchema]]),
  ];
}

/** Follows references and choices; a definition of its own has a name by which people know it. */
function walkOf(schema: JsonSchema) {
  const definitions = objectAt(schema, '$defs') ?? {};
  const names = new Map(Object.entries(definitions).map(([name, node]) => [node, words[name] ?? name]));
  const resolve = (node: JsonSchema): JsonSchema => {
    const name = typeof node.$ref === 'string' ? node.$ref.replace('#/$defs/', '') : undefined;
    return name === undefined ? node : (objectAt(definitions, name) ?? node);
  };
  const alternatives = (node: JsonSchema): JsonSchema[] => {
    const own = resolve(node);
    const choices = (own.anyOf ?? own.oneOf) as JsonSchema[] | undefined;
    return choices === undefined ? [own] : choices.flatMap(alternatives);
  };
  return { alternatives, nameOf: (node: JsonSchema): string | undefined => names.get(node) };
}

function step(node: JsonSchema, key: PropertyKey): JsonSchema[] {
  const properties = objectAt(node, 'properties');
  const next =
    (properties === undefined ? undefined : objectAt(properties, String(key))) ??
    (typeof key === 'number' ? objectAt(node, 'items') : objectAt(node, 'additionalProperties'));
  return next === undefined ? [] : [next];
}

/** Whether something is a part of a schema, and no single value. */
export function isSchema(node: unknown): node is JsonSchema & Record<string, JsonSchema> {
  return typeof node === 'object' && node !== null;
}

function objectAt(node: JsonSchema, key: string): JsonSchema | undefined {
  const value = node[key];
  return isSchema(value) ? value : undefined;
}
