import { z } from 'zod';
import type { JsonSchema } from '../../program/schema/keys.ts';
import { objectMappingSchema } from './schema.ts';

/** The JSON Schema of a mapping file, for editors; mappings/mapping.schema.json is this, written out. */
export function mappingJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(objectMappingSchema, { io: 'input', target: 'draft-2020-12' }) as JsonSchema;
  return { title: 'Tierlink mapping', ...schema };
}
