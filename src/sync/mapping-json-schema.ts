import { z } from 'zod';
import { objectMappingSchema } from './mapping-schema.ts';

export type JsonSchema = Record<string, unknown>;

/** The JSON Schema of a mapping file, for editors; mappings/mapping.schema.json is this, written out. */
export function mappingJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(objectMappingSchema, { io: 'input', target: 'draft-2020-12' }) as JsonSchema;
  return { title: 'Tierlink mapping', ...schema };
}

/** The keys that a mapping file may have at a path; empty where any key is allowed or none is. */
export function keysAt(path: readonly PropertyKey[], schema: JsonSchema = mappingJsonSchema()): string[] {
  let nodes: JsonSchema[] = [schema];
  for (const key of path)
    nodes = nodes.flatMap((node) => alternatives(node).flatMap((each) => step(each, key)));
  const keys = nodes.flatMap(alternatives).flatMap((node) => Object.keys(objectAt(node, 'properties') ?? {}));
  return [...new Set(keys)];
}

function step(node: JsonSchema, key: PropertyKey): JsonSchema[] {
  const properties = objectAt(node, 'properties');
  const next =
    (properties === undefined ? undefined : objectAt(properties, String(key))) ??
    (typeof key === 'number' ? objectAt(node, 'items') : objectAt(node, 'additionalProperties'));
  return next === undefined ? [] : [next];
}

function alternatives(node: JsonSchema): JsonSchema[] {
  const choices = (node.anyOf ?? node.oneOf) as JsonSchema[] | undefined;
  return choices === undefined ? [node] : choices.flatMap(alternatives);
}

function objectAt(node: JsonSchema, key: string): JsonSchema | undefined {
  const value = node[key];
  return typeof value === 'object' && value !== null ? (value as JsonSchema) : undefined;
}
