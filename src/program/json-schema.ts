import { z } from 'zod';
import { programSchema } from './schema.ts';

/** The JSON Schema of a program file, for editors; programs/program.schema.json holds it. */
export function programJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(programSchema, { io: 'input', unrepresentable: 'any' });
  return { ...schema, title: 'Tierlink program' };
}
