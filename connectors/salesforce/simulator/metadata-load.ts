import { readFileSync } from 'node:fs';
import { SimulatorInputError } from '../../../src/sync/connector-manifest.ts';
import { jsonFiles, readJsonFiles } from '../../simulation/json-files.ts';
import {
  type CompactExtension,
  type CompactObject,
  expandObject,
  objectShape,
  traitsOf,
} from './metadata.ts';
import { compactField, fieldShape } from './metadata-field.ts';
import type { Schema } from './schema.ts';
import type { ObjectMeta } from './types.ts';

/** Adds the objects and extensions of a folder in compact notation. */
export function loadCompactFolder(schema: Schema, folder: string): void {
  for (const file of jsonFiles(folder)) {
    const content = JSON.parse(readFileSync(file, 'utf8')) as CompactObject | CompactExtension;
    if ('extends' in content) {
      for (const [name, text] of Object.entries(content.fields)) {
        schema.putField(content.extends, compactField(name, text));
      }
    } else schema.put(expandObject(content), traitsOf(content));
  }
}

function isDescribe(value: unknown): value is ObjectMeta {
  const given = value as Partial<ObjectMeta> | null;
  return typeof given?.name === 'string' && Array.isArray(given.fields);
}

/** Answers come bare, wrapped by a client (`result`), or as a list. */
function describesIn(value: unknown): ObjectMeta[] {
  if (isDescribe(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(describesIn);
  const wrapped = (value as { result?: unknown } | null)?.result;
  return wrapped === undefined ? [] : describesIn(wrapped);
}

/**
 * Adds or replaces objects by an org's own describe answers: one JSON file, or a folder of them. Answers of older API
 * versions lack keys; those are filled in. Returns the names of the objects.
 */
export function loadDescribes(schema: Schema, path: string): string[] {
  const names: string[] = [];
  for (const { file, content } of readJsonFiles(path)) {
    const describes = describesIn(content);
    if (describes.length === 0)
      throw new SimulatorInputError(`${file}: holds no describe answer of an object`);
    for (const describe of describes) {
      const fields = describe.fields.map((field) =>
        fieldShape({ ...field, size: field.precision || field.length, scale: field.scale }),
      );
      schema.put(objectShape({ ...describe, fields }));
      names.push(describe.name);
    }
  }
  return names;
}
